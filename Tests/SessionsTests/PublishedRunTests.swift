import Actors
import NIOCore
import Testing

@testable import Sessions

@Suite struct `Published runs` {
    private let other = Topic(StreamID(site: "ulsan", kind: "queue", key: "side"), .board)

    private func shown(_ frames: PublishedFrame...) -> [String] {
        PublishedRun.runs(of: frames).map { run in
            "\(run.topic.name)\(run.isLive ? " live" : ""): \(run.frames.map { "\($0.seq)" }.joined(separator: " "))"
        }
    }

    @Test func `what follows one another on a topic is one run, whatever stands between on other topics`() {
        #expect(
            shown(frame(5), frame(7, other), frame(6), frame(8, other)) == [
                "\(queueTopic.name): 5 6", "\(other.name): 7 8",
            ])
    }

    @Test func `live values keep their place among the events of their topic`() {
        #expect(
            shown(frame(5), liveFrame(), liveFrame(), frame(6), frame(7)) == [
                "\(queueTopic.name): 5", "\(queueTopic.name) live: 0 0", "\(queueTopic.name): 6 7",
            ])
    }

    @Test func `a run ends where it would be longer than 64 KiB, and a frame that is longer is a run of its own`() {
        func frames(_ byteCounts: Int...) -> [Int] {
            let frames = byteCounts.enumerated().map { number, byteCount in
                // A frame of this size has a head of four bytes, of ten above 65,535.
                let message = [UInt8](repeating: 0x78, count: byteCount - (byteCount > 65_539 ? 10 : 4))
                return PublishedFrame(
                    topic: queueTopic, content: .event(name: "x"), seq: Int64(number), frame: SharedFrame(message))
            }
            return PublishedRun.runs(of: frames).map { $0.bytes.readableBytes }
        }
        #expect(frames(32_768, 32_768, 200) == [65_536, 200])
        #expect(frames(32_768, 32_769, 200) == [32_768, 32_969])
        #expect(frames(200, 100_000, 200) == [200, 100_000, 200])
    }

    @Test func `the bytes of a run are its frames, one behind the other`() {
        for frames in [[frame(5)], [frame(5), frame(6), frame(7)]] {
            let run = PublishedRun.runs(of: frames)[0]
            #expect(Array(run.bytes.readableBytesView) == frames.flatMap { Array($0.frame.bytes.readableBytesView) })
        }
        #expect(PublishedRun.runs(of: []).isEmpty)
    }
}
