import NIOCore
import Testing

@testable import Hub

@Suite struct `Stream cursor` {
    @Test func `it comes back as it was, in ASCII, whatever a topic is called`() {
        for topics in [
            [:], ["a/queue/main": 0], ["a/queue/main/mine": 7, "부산/ticket/W@1": .max, "a/b c%/\n": 3],
        ] as [[String: Int64]] {
            for epoch in ["e1", "한 시대"] {
                let cursor = StreamCursor(epoch: epoch, seqs: topics)
                #expect(StreamCursor(cursor.text) == cursor)
                #expect(cursor.text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            }
        }
        #expect(StreamCursor(epoch: "e1", seqs: ["b/c/d": 2, "a/b/c": 1]).text == "e1 a/b/c@1 b/c/d@2")
    }

    @Test(arguments: ["", " ", "e1 a", "e1 a@", "e1 a@-1", "e1 a@x", "e1 a@9223372036854775808", "e%1 a@1", "e1 %zz@1"])
    func `what is none is none`(text: String) {
        #expect(StreamCursor(text) == nil)
    }
}

@Suite struct `Line queue` {
    private func buffer(_ count: Int, _ byte: UInt8 = 0x61) -> ByteBuffer { ByteBuffer(repeating: byte, count: count) }

    @Test func `what waits is taken together and in order, at most so much at once`() async {
        let most = LineQueue.takenByteCountMax
        let queue = LineQueue()
        queue.add(ByteBuffer(string: "a"))
        queue.add(ByteBuffer(string: "b"))
        #expect(await queue.next() == ByteBuffer(string: "ab"))
        queue.add(buffer(most))
        #expect(await queue.next()?.readableBytes == most)
        queue.add(buffer(most))
        queue.add(ByteBuffer(string: "z"))
        #expect(await queue.next() == buffer(most))
        queue.add(ByteBuffer(string: "y"))
        #expect(await queue.next() == ByteBuffer(string: "zy"))
    }

    @Test func `who waits is told at once, and at the end what is left`() async {
        let queue = LineQueue()
        async let first = queue.next()
        queue.add(ByteBuffer(string: "a"))
        #expect(await first == ByteBuffer(string: "a"))
        queue.add(ByteBuffer(string: "b"))
        queue.finish()
        queue.add(ByteBuffer(string: "c"))
        #expect(await queue.next() == ByteBuffer(string: "b"))
        #expect(await queue.next() == nil)
        #expect(await queue.next() == nil)
    }
}
