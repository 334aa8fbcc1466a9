import Testing

@testable import Actors
@testable import Persistence

@Suite("Seals")
struct SealTests {
    private static let key = Seal.Key()
    private static let seal = Seal(
        epoch: "e1", madeAt: "2026-11-25T00:00:00Z", purpose: "daily 2026-11-25",
        heads: [
            .init(stream: StreamID(site: "pusan", kind: "queue", key: "main"), version: 7, chain: [1, 2, 3]),
            .init(stream: StreamID(site: "pusan", kind: "register", key: "main"), version: 2, chain: [4]),
        ])

    @Test func `a seal reads as it was signed`() throws {
        let text = try Self.seal.signed(with: Self.key)
        #expect(try Seal(text, publicKey: Self.key.publicKey) == Self.seal)
        let empty = Seal(epoch: "e", madeAt: "t", purpose: "p", heads: [])
        #expect(try Seal(empty.signed(with: Self.key), publicKey: Self.key.publicKey) == empty)
    }

    @Test func `no line of it can be changed, left out or added`() throws {
        let text = try Self.seal.signed(with: Self.key)
        let lines = text.split(separator: "\n").map(String.init)
        var changed = [
            text.replacing("queue/main 7", with: "queue/main 8"), text.replacing("epoch e1", with: "epoch e2"),
        ]
        for index in lines.indices {
            changed.append((lines[..<index] + lines[(index + 1)...]).joined(separator: "\n") + "\n")
            changed.append((lines[...index] + lines[index...]).joined(separator: "\n") + "\n")
        }
        changed += [String(text.dropLast()), text + "\n", "", "x"]
        for text in changed {
            #expect(throws: Seal.Invalid.self, "\(text)") { try Seal(text, publicKey: Self.key.publicKey) }
        }
        #expect(throws: Seal.Invalid.signature) {
            try Seal(changed[0], publicKey: Self.key.publicKey)
        }
    }

    @Test func `a seal of baselines signs their states, and no other has any`() throws {
        func text(_ purpose: String, _ state: [UInt8]?) throws -> String {
            let head = Seal.Head(stream: Self.seal.heads[0].stream, version: 7, chain: [1], state: state)
            return try Seal(epoch: "e", madeAt: "t", purpose: purpose, heads: [head]).signed(with: Self.key)
        }
        let baseline = try Seal(text("baseline 202601", [5]), publicKey: Self.key.publicKey)
        #expect(baseline.isOfBaselines && baseline.heads[0].state == [5])
        #expect(try !Seal(text("daily baseline 1", nil), publicKey: Self.key.publicKey).isOfBaselines)
        for (purpose, state) in [("baseline 202601", nil), ("daily 2026-01-01", [UInt8(5)])] {
            #expect(throws: Seal.Invalid.format(line: 6)) {
                try Seal(text(purpose, state), publicKey: Self.key.publicKey)
            }
        }
    }

    @Test func `a stream of another age, whose name would be refused today, is in its seal`() throws {
        let names = ["e\u{301}", "\u{301}", "ㅏ\u{1161}", "a/b", String(repeating: "x", count: 99), ""]
        let heads = names.map { name in
            Seal.Head(stream: StreamID(site: "pusan", kind: "order", key: name), version: 1, chain: [1])
        }
        #expect(names.allSatisfy { StreamID("pusan/order/\($0)") == nil })
        let seal = Seal(epoch: "e", madeAt: "t", purpose: "p", heads: heads)
        #expect(try Seal(seal.signed(with: Self.key), publicKey: Self.key.publicKey) == seal)
    }

    @Test func `the key in a seal proves nothing by itself`() throws {
        let other = Seal.Key()
        let text = try Self.seal.signed(with: other)
        #expect(throws: Seal.Invalid.otherKey(other.publicKey)) { try Seal(text, publicKey: Self.key.publicKey) }
        let forged = text.replacing(other.publicKey, with: Self.key.publicKey)
        #expect(throws: Seal.Invalid.signature) { try Seal(forged, publicKey: Self.key.publicKey) }
        #expect(try Seal.Key(bytes: Self.key.bytes).publicKey == Self.key.publicKey)
        #expect(throws: (any Error).self) { try Seal.Key(bytes: [1, 2]) }
    }
}
