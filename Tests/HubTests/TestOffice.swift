import NIOCore
import Testing

@testable import Hub

/// The people of a yard at work: staff at a screen that shows everything, and an edge at each deck.
final class TestOffice: Sendable {
    let hub: TestHub
    let staff: TestClient
    /// Follows nothing and only looks.
    private let visitor: TestClient
    let edges: [String: TestEdge]

    private init(_ hub: TestHub, _ staff: TestClient, _ visitor: TestClient, _ edges: [String: TestEdge]) {
        self.hub = hub
        self.staff = staff
        self.visitor = visitor
        self.edges = edges
    }

    static func open(_ hub: TestHub, as login: String = "staff", stations: [String] = ["1"]) async throws -> TestOffice
    {
        let staff = try await hub.client(login)
        for topic in [TestHub.queue, TestHub.register] + ["1", "2", "3"].map(TestHub.station) {
            try await staff.subscribe(topic)
        }
        var edges: [String: TestEdge] = [:]
        for station in stations {
            let edge = try await hub.edge(station)
            try await edge.client.subscribe(edge.topic)
            edges[station] = edge
        }
        return TestOffice(hub, staff, try await hub.client(login), edges)
    }

    func edge(_ station: String) throws -> TestEdge { try #require(edges[station]) }

    /// What a topic shows now.
    func picture(_ topic: String) async throws -> JSONValue { try await visitor.picture(topic) }

    // MARK: Queue

    /// Checks a truck in; answers with its entry.
    @discardableResult
    func checkIn(_ plate: String, _ more: [String: JSONValue] = [:]) async throws -> JSONValue {
        try await staff.succeed(
            TestHub.queue, "checkIn", .object(more.merging(["plate": .text(plate)]) { $1 }))
        return try await staff.inbox.take("check-in of \(plate)") {
            $0.op == "event" && ($0.name == "checkedIn" || $0.name == "rejoined") && $0.data.entry.plate == .text(plate)
        }.data.entry
    }

    /// Calls the next truck; answers with its entry.
    @discardableResult
    func callNext(_ station: String = "1") async throws -> JSONValue {
        try await staff.succeed(TestHub.queue, "callNext", ["station": .text(station)])
        return try await staff.event(TestHub.queue, "called") { $0.entry.station == .text(station) }.entry
    }

    func entry(_ plate: String) async throws -> JSONValue {
        try await picture(TestHub.queue).entries.array.first { $0.plate == .text(plate) } ?? .null
    }

    /// Plates in the order in which they will be called.
    func waiting() async throws -> [String] {
        try await picture(TestHub.queue).entries.array.filter { $0.state == "waiting" }.compactMap(\.plate.string)
    }

    // MARK: Weighing

    /// The binding with which the edge of a station marks the weights of this truck.
    func binding(_ entry: JSONValue, at station: String = "1") async throws -> JSONValue {
        let edge = try edge(station)
        return try await edge.client.event(edge.topic, "bound") { $0.binding.visit == entry.id }.binding
    }

    /// A called truck drives on and is weighed; answers with what the register says.
    @discardableResult
    func weigh(_ entry: JSONValue, _ grams: Int64, at station: String = "1") async throws -> JSONValue {
        let edge = try edge(station)
        let binding = try await binding(entry, at: station)
        edge.show(grams, "moving")
        #expect(try await edge.weigh(grams, for: binding.id) == nil)
        return try await registered(entry.vehicle)
    }

    /// The register's next word about a truck.
    func registered(_ vehicle: JSONValue) async throws -> JSONValue {
        try await staff.inbox.take("weighing of \(vehicle)") {
            guard $0.op == "event", $0.topic == .text(TestHub.register) else { return false }
            return [$0.data.ticket.load, $0.data.slip.load, $0.data.refusal.load].contains { $0.vehicle == vehicle }
        }
    }

    /// The truck that was weighed drives off: the deck is free again.
    func leave(_ station: String = "1") async throws {
        try await clear(station)
        try await staff.event(TestHub.queue, "slotFreed") { $0.station == .text(station) }
    }

    /// The deck shows zero, again and again as an indicator does, until the hub has heard it.
    func clear(_ station: String = "1") async throws {
        let edge = try edge(station)
        for _ in 0..<100 {
            edge.clear()
            let cleared = try? await edge.client.event(edge.topic, "platformCleared", within: .milliseconds(200))
            if cleared != nil { return }
        }
        Issue.record("station \(station) was not cleared")
    }

    /// Checks in, calls, weighs and drives off; answers with what the register said.
    @discardableResult
    func pass(_ plate: String, _ grams: Int64, at station: String = "1") async throws -> JSONValue {
        try await checkIn(plate)
        let entry = try await callNext(station)
        #expect(entry.plate == .text(plate))
        let word = try await weigh(entry, grams, at: station)
        try await leave(station)
        return word
    }

    /// Both weighings; answers with the slip.
    func slip(_ plate: String, _ first: Int64, _ second: Int64, at station: String = "1") async throws -> JSONValue {
        try await pass(plate, first, at: station)
        return try await pass(plate, second, at: station).data.slip
    }
}

extension TestClient {
    /// Fails when the reply is not this refusal.
    func expectRefusal(
        _ code: String, _ topic: String, _ name: String, _ arguments: JSONValue = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let reply = try await command(topic, name, arguments)
        #expect(reply.ok == false && reply.error.code == .text(code), "\(reply)", sourceLocation: sourceLocation)
        // A refusal is a sentence that a person can read.
        #expect(reply.error.message.string?.isEmpty == false, sourceLocation: sourceLocation)
    }
}
