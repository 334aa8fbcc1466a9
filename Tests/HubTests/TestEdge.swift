import Actors
import NIOCore
import Synchronization

@testable import Hub

/// What an edge says for one station: a deck that trucks drive onto and off.
final class TestEdge: Sendable {
    let client: TestClient
    let topic: String
    private let boot: String
    private let count = Atomic<Int64>(0)
    private static let bootCount = Atomic(0)

    init(_ client: TestClient, _ station: String, boot: String? = nil) {
        self.client = client
        topic = TestHub.station(station)
        self.boot = boot ?? "boot\(Self.bootCount.wrappingAdd(1, ordering: .relaxed).newValue)"
    }

    /// What the deck shows now.
    func show(_ grams: Int64?, _ state: String) {
        let live: JSONValue = [
            "grams": grams.map { .integer($0) } ?? .null, "state": .text(state),
            "at": .integer(LoopLane.wallClock().milliseconds),
        ]
        client.send(["op": "w", "topic": .text(topic), "live": live])
    }

    /// The number of the next settled weight.
    func nextNumber() -> Int64 { count.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Sends a settled weight without waiting for its ack.
    func settle(
        _ grams: Int64, for binding: JSONValue, n: Int64, stable: Bool = true, at: Int64? = nil, offline: Bool = false
    ) {
        let reading: JSONValue = [
            "grams": .integer(grams), "stable": .flag(stable),
            "at": .integer(at ?? LoopLane.wallClock().milliseconds), "offsetMillis": 0, "offline": .flag(offline),
            "raw": "53542c",
        ]
        client.send([
            "op": "w", "topic": .text(topic), "boot": .text(boot), "n": .integer(n), "binding": binding,
            "reading": reading,
        ])
    }

    /// Sends a settled weight; answers with the code it was refused with, or nil.
    func weigh(_ grams: Int64, for binding: JSONValue, stable: Bool = true) async throws -> String? {
        let n = nextNumber()
        settle(grams, for: binding, n: n, stable: stable)
        let ack = try await ack(through: n)
        return ack.refused.array.first { $0.n == .integer(n) }?.code.string
    }

    func ack(through n: Int64) async throws -> JSONValue {
        try await client.inbox.take("ack \(n)") { [boot] in
            $0.op == "ack" && $0.boot == .text(boot) && ($0.n.int ?? 0) >= n
        }
    }

    /// The truck that was weighed drives off.
    func clear() { show(0, "zero") }
}
