import NIOCore
import Testing
import Wire

@testable import Actors
@testable import Sessions

private let main = "ulsan/queue/main"

/// A journal that is read through `SharedReplays` and answers when it is told to. `@unchecked Sendable`: a test uses it from one
/// thread.
private final class Bench: @unchecked Sendable {
    var reads: [(topic: Topic, span: ReplaySpan, done: SharedReplays.Done)] = []
    /// By asker, in the order of their answers; nil for one whose events cannot be had.
    var answers: [(name: String, seqs: [Int64]?, prevs: [Int64])] = []
    private var shared: SharedReplays?

    init(readCountMax: Int = 2000, keptByteCountMax: Int = 1 << 20) {
        shared = SharedReplays(readCountMax: readCountMax, keptByteCountMax: keptByteCountMax) {
            [weak self] topic, after, count, done in
            self?.reads.append((topic, ReplaySpan(after: after, until: after + Int64(count)), done))
        }
    }

    var readCount: Int { shared?.counters.readCount ?? -1 }

    func ask(_ name: String, _ after: Int64, _ until: Int64, of topic: Topic = queueTopic) {
        shared?.replay(topic, after: after, count: Int(until - after)) { [self] frames in
            let fields = frames?.compactMap { try? JSONMembers(Array($0.frame.message.readableBytesView)) }
            answers.append((name, frames?.map(\.seq), fields?.compactMap { $0.integer("prev") } ?? []))
        }
    }

    /// The read that is under way, in few words.
    var reading: [String] { reads.map { "\($0.topic.view) \($0.span.after)–\($0.span.until)" } }

    /// The journal answers the oldest read.
    func answer(without hidden: Set<Int64> = []) {
        let (_, span, done) = reads.removeFirst()
        done((span.after + 1...span.until).filter { !hidden.contains($0) }.map { stored($0) })
    }

    func fail() { reads.removeFirst().done(nil) }

    /// Who was answered since the last call.
    func names() -> [String] {
        defer { answers = [] }
        return answers.map { $0.seqs == nil ? "\($0.name) failed" : $0.name }
    }
}

@Suite struct `Shared replays` {
    @Test func `who asks during a read waits for it, or shares the next one`() throws {
        let bench = Bench()
        bench.ask("a", 10, 20)
        bench.ask("b", 15, 20)
        bench.ask("c", 5, 20)
        bench.ask("d", 7, 19)
        #expect(bench.reading == ["staff 10–20"])
        bench.answer()
        #expect(bench.answers.map(\.seqs) == [Array(11...20), Array(16...20)])
        #expect(bench.names() == ["a", "b"])
        #expect(bench.reading == ["staff 5–20"])
        bench.ask("e", 18, 20)
        #expect(bench.names() == ["e"], "it was read before")
        bench.answer()
        #expect(bench.answers.map(\.seqs) == [Array(6...20), Array(8...19)])
        #expect(bench.names() == ["c", "d"])
        #expect(bench.reads.isEmpty && bench.readCount == 2)
    }

    @Test func `what is kept is not read again, and what came after it is`() {
        let bench = Bench()
        bench.ask("a", 10, 20)
        bench.answer(without: [19, 20])
        bench.ask("b", 12, 18)
        #expect(bench.names() == ["a", "b"] && bench.reads.isEmpty)
        bench.ask("c", 12, 23)
        #expect(bench.reading == ["staff 20–23"])
        bench.answer(without: [21])
        #expect(bench.answers.map(\.seqs) == [[13, 14, 15, 16, 17, 18, 22, 23]])
        #expect(bench.answers.map(\.prevs) == [[12, 13, 14, 15, 16, 17, 18, 22]])
        #expect(bench.names() == ["c"])
        // In front of it, or with a gap: anew.
        bench.ask("d", 9, 23)
        #expect(bench.reading == ["staff 9–23"])
        bench.answer()
        bench.ask("e", 30, 31)
        #expect(bench.reading == ["staff 30–31"])
        bench.answer()
        #expect(bench.names() == ["d", "e"])
    }

    @Test func `no one is told of an event as if there were none before it that he lacks`() {
        let bench = Bench()
        bench.ask("a", 10, 20)
        bench.ask("b", 13, 20)
        bench.ask("c", 14, 20)
        bench.answer(without: [11, 13, 15, 16])
        #expect(bench.answers.map(\.seqs) == [[12, 14, 17, 18, 19, 20], [14, 17, 18, 19, 20], [17, 18, 19, 20]])
        #expect(bench.answers.map { $0.prevs.first } == [10, 12, 14])
    }

    @Test func `nothing shown is an answer, too`() {
        let bench = Bench()
        bench.ask("a", 10, 12)
        bench.answer(without: [11, 12])
        bench.ask("b", 11, 12)
        #expect(bench.answers.map(\.seqs) == [[], []])
    }

    @Test func `a read grows up to its bound and no further`() {
        let bench = Bench(readCountMax: 10)
        bench.ask("a", 100, 101)
        bench.ask("b", 90, 95)
        bench.ask("c", 85, 87)
        bench.ask("d", 84, 87)
        bench.answer()
        #expect(bench.reading == ["staff 85–95"])
        bench.answer()
        #expect(bench.reading == ["staff 84–87"])
        bench.answer()
        #expect(bench.names() == ["a", "b", "c", "d"])
        bench.ask("e", 86, 94)
        #expect(bench.reading == ["staff 87–94"])
        bench.answer()
        // With one more, what is kept would be longer than a read may be.
        bench.ask("f", 90, 95)
        #expect(bench.reading == ["staff 90–95"])
        bench.answer()
        #expect(bench.names() == ["e", "f"])
        // One alone may be longer.
        bench.ask("g", 0, 50)
        #expect(bench.reading == ["staff 0–50"])
    }

    @Test func `a read that fails, fails for those it was for`() {
        let bench = Bench()
        bench.ask("a", 10, 20)
        bench.ask("b", 15, 20)
        bench.ask("c", 5, 20)
        bench.fail()
        #expect(bench.names() == ["a failed", "b failed"])
        #expect(bench.reading == ["staff 5–20"])
        bench.answer()
        bench.ask("d", 5, 21)
        bench.fail()
        #expect(bench.names() == ["c", "d failed"])
        bench.ask("e", 6, 20)
        #expect(bench.names() == ["e"], "what was read before is still so")
    }

    @Test func `views do not mix`() {
        let bench = Bench()
        let other = Topic(queue, .device)
        bench.ask("a", 10, 20)
        bench.ask("b", 10, 20, of: other)
        #expect(bench.reading == ["staff 10–20", "device 10–20"])
        bench.answer(without: [11])
        #expect(bench.names() == ["a"])
        bench.answer()
        #expect(bench.answers.map(\.seqs) == [Array(11...20)])
    }

    @Test func `so much is kept and no more, and the oldest goes first`() {
        func run(_ key: String) -> (Topic, Int) {
            let topic = Topic(StreamID(site: "ulsan", kind: "queue", key: key), .staff)
            let span = ReplaySpan(after: 0, until: 3)
            return (topic, ReplayRun(topic, span, [stored(1), stored(2), stored(3)], behind: nil).byteCount)
        }
        let (a, b, c) = (run("a"), run("b"), run("c"))
        for (bytes, isKept) in [(a.1 + b.1 + c.1, true), (a.1 + b.1 + c.1 - 1, false)] {
            let bench = Bench(keptByteCountMax: bytes)
            for (topic, _) in [a, b, c] {
                bench.ask("first", 0, 3, of: topic)
                bench.answer()
            }
            for (topic, _) in [b, c] { bench.ask("again", 0, 3, of: topic) }
            #expect(bench.reads.isEmpty)
            bench.ask("oldest", 0, 3, of: a.0)
            #expect(bench.reads.isEmpty == isKept)
        }
    }

    @Test func `a thousand who come back together are served by two reads, each with all he missed, once`() throws {
        var limits = SessionLimits()
        limits.sessionsPerUserMax = 1000
        let yard = Yard(limits: limits)
        let hidden: Set<Int64> = [4, 7, 12, 20, 38]
        let cursors: [Int64] = [10, 3, 25, 39]
        let clients = (0..<1000).map { index in
            let client = yard.client(onOther: index % 2 == 1)
            let seq = cursors[index / 2 % cursors.count]
            client.say(
                #"{"op":"sub","id":"s","topic":"\#(main)","cursor":{"epoch":"\#(testEpoch)","seq":\#(seq)}}"#)
            return (seq, client)
        }
        #expect(yard.services.looks.count == 1000)
        // One more is committed while they look: some know of it, others get it live.
        for (index, look) in yard.services.looks.enumerated() { look.reply(.seen(sight(index < 700 ? 40 : 41))) }
        yard.lane.run()
        #expect(yard.services.reads.count == 1)
        for loop in [yard.loop, yard.otherLoop] { loop.publish(PublishedRun.runs(of: [frame(41)])) }
        yard.services.answerReplays(without: hidden)
        yard.lane.run()
        for loop in [yard.loop, yard.otherLoop] { loop.publish(PublishedRun.runs(of: [frame(42)])) }
        #expect(yard.services.reads.count == 2)
        for (index, (cursor, client)) in clients.enumerated() {
            let until: Int64 = index < 700 ? 40 : 41
            let seqs = (cursor + 1...42).filter { !hidden.contains($0) }
            let lines = client.connection.read()
            #expect(lines.first == "resumed #s \(main) @\(until)")
            #expect(lines.dropFirst().map { $0.prefix { $0 != "<" } } == seqs.map { "event \(main) @\($0) " })
            var seen = cursor
            for (line, seq) in zip(lines.dropFirst(), seqs) {
                let prev = try #require(Int64(line.split(separator: "<")[1]))
                #expect(prev <= seen)
                seen = seq
            }
        }
    }
}
