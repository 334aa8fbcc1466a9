import FoundationEssentials
import Testing

@testable import Edge

/// A directory of one test, gone with it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "edge-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

private let topic = "ulsan/station/1"

private func weight(_ kilograms: Int64, binding: String? = "b") -> SettledWeight {
    SettledWeight(grams: kilograms * 1000, binding: binding, at: 1_000, raw: [0x02, 0xC4, 0x03])
}

@Suite struct OutboxTests {
    @Test("1.12 weights come back in order and unchanged, also after the file is opened again")
    func order() throws {
        let scratch = try Scratch()
        var written: [StoredWeight] = []
        do {
            let outbox = try Outbox(path: scratch.file("edge.sqlite"))
            for kilograms in 1...5 as ClosedRange<Int64> {
                let binding = kilograms == 3 ? nil : "b\(kilograms)"
                written.append(
                    try outbox.record(
                        weight(kilograms, binding: binding), topic: topic, offsetMillis: -12, offline: true))
            }
        }
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        #expect(try outbox.unsettled(topic: topic, after: 0, limit: 32) == written)
        #expect(try outbox.unsettled(topic: topic, after: 2, limit: 2).map(\.n) == [3, 4])
        let next = try outbox.record(weight(6), topic: topic, offsetMillis: 0, offline: false)
        #expect(next.n == 6)
        #expect(next.boot == written[0].boot)
        #expect(next.boot.utf8.count == 32)
    }

    @Test("each topic counts by itself under its own boot, and a new database has new ones")
    func boots() throws {
        let scratch = try Scratch()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        let one = try outbox.record(weight(1), topic: topic, offsetMillis: 0, offline: false)
        let two = try outbox.record(weight(1), topic: "ulsan/station/2", offsetMillis: 0, offline: false)
        let other = try Outbox(path: scratch.file("other.sqlite"))
            .record(weight(1), topic: topic, offsetMillis: 0, offline: false)
        #expect([one.n, two.n, other.n] == [1, 1, 1])
        #expect(Set([one.boot, two.boot, other.boot]).count == 3)
    }

    @Test("an ack settles everything up to its number, refusals keep their code, another boot changes nothing")
    func settle() throws {
        let scratch = try Scratch()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        for kilograms in 1...4 as ClosedRange<Int64> {
            _ = try outbox.record(weight(kilograms), topic: topic, offsetMillis: 0, offline: false)
        }
        let boot = try #require(try outbox.all(topic: topic).first?.boot)
        try outbox.markSent(topic: topic, through: 3)
        try outbox.settle(topic: topic, boot: "other", through: 4, refused: [:], at: 5)
        #expect(try outbox.all(topic: topic).map(\.state) == [.sent, .sent, .sent, .pending])
        try outbox.settle(topic: topic, boot: boot, through: 3, refused: [2: "forbidden"], at: 5)
        let all = try outbox.all(topic: topic)
        #expect(all.map(\.state) == [.acked, .refused, .acked, .pending])
        #expect(all[1].code == "forbidden")
        try outbox.settle(topic: topic, boot: boot, through: 4, refused: [1: "late"], at: 5)
        #expect(try outbox.all(topic: topic).map(\.state) == [.acked, .refused, .acked, .acked])
    }

    @Test("pruning takes only what had its answer 90 days ago")
    func prune() throws {
        let scratch = try Scratch()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        for kilograms in 1...3 as ClosedRange<Int64> {
            _ = try outbox.record(weight(kilograms), topic: topic, offsetMillis: 0, offline: false)
        }
        let boot = try #require(try outbox.all(topic: topic).first?.boot)
        try outbox.settle(topic: topic, boot: boot, through: 1, refused: [:], at: 1_000)
        try outbox.settle(topic: topic, boot: boot, through: 2, refused: [:], at: 2_000)
        #expect(try outbox.prune(at: Outbox.keptMillis + 1_000) == 0)
        #expect(try outbox.prune(at: Outbox.keptMillis + 1_001) == 1)
        #expect(try outbox.all(topic: topic).map(\.n) == [2, 3])
        #expect(try outbox.prune(at: .max) == 1)
        #expect(try outbox.all(topic: topic).map(\.state) == [.pending])
    }

    @Test("the offset of the clock outlives a restart without a hub")
    func offset() throws {
        let scratch = try Scratch()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        #expect(try outbox.latestOffsetMillis() == 0)
        for (offset, topic) in [(12, "ulsan/station/1"), (-7, "ulsan/station/2")] as [(Int64, String)] {
            _ = try outbox.record(weight(1), topic: topic, offsetMillis: offset, offline: false)
        }
        #expect(try Outbox(path: scratch.file("edge.sqlite")).latestOffsetMillis() == -7)
    }

    @Test("a file that is no database is refused with its path")
    func notADatabase() throws {
        let scratch = try Scratch()
        try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: scratch.file("x")))
        let error = #expect(throws: OutboxError.self) { _ = try Outbox(path: scratch.file("x")) }
        #expect(error?.description.contains(scratch.file("x")) == true)
    }
}
