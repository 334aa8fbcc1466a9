internal import NIOCore
internal import Persistence

/// Edges of a run, each with a station of its own, and what the journal holds of their weights.
struct EdgeFleet: Sendable {
    let edges: [EdgePart]
    private let stage: Stage
    /// The demonstration yard has these already.
    private static let demoCount = 3

    /// Makes stations and keys that are missing, and returns when every edge is logged in.
    ///
    /// - Parameter settleMillis: between two settled weights of an edge.
    init(_ stage: Stage, count: Int, settleMillis: Int64, password: String) async throws {
        self.stage = stage
        if count > Self.demoCount { try await Self.make(upTo: count, stage, password) }
        let edges = (0..<count).map { index in
            let key = index < Self.demoCount ? "demo-edge-\(index + 1)" : "load-edge-\(index + 1)"
            return EdgePart(
                HubLink(stage.places[index % stage.places.count], .device(apiKey: key)),
                topic: "\(stage.site)/station/\(index + 1)", settleInterval: .milliseconds(settleMillis))
        }
        self.edges = edges
        for edge in edges { try await edge.link.place.run { edge.link.start() } }
        try await wait(upTo: .seconds(30), for: "\(count) edges are logged in") {
            for edge in edges {
                if let failure = try await edge.link.place.run({ edge.link.record.failure }) {
                    throw HubUnderTest.Failed(description: "\(edge.topic): \(failure)")
                }
                guard try await edge.link.place.run({ edge.isOpen }) else { return false }
            }
            return true
        }
    }

    /// Spread over a tenth of a second: edges do not weigh in step.
    func weigh(from start: NIODeadline, to end: NIODeadline) {
        for (index, edge) in edges.enumerated() {
            let offset = TimeAmount.milliseconds(Int64(index * 100 / edges.count))
            edge.link.place.loop.execute { edge.weigh(from: start + offset, to: end) }
        }
    }

    func stopWeighing() async throws {
        for edge in edges { try await edge.link.place.run { edge.stopWeighing() } }
    }

    /// Returns when every settled weight has its outcome.
    func finish() async throws {
        try await wait(upTo: .seconds(30), for: "every settled weight is acknowledged") {
            for edge in edges {
                guard try await edge.link.place.run({ edge.waitingCount }) == 0 else { return false }
            }
            return true
        }
    }

    func count() async throws -> EdgePart.Count {
        var sum = EdgePart.Count()
        for edge in edges { sum.add(try await edge.link.place.run { edge.count }) }
        return sum
    }

    func stop() async throws {
        for edge in edges { try await edge.link.place.run { edge.link.stop() } }
    }

    /// Every settled weight is in the journal exactly once.
    func add(to report: inout Report) async throws {
        let count = try await count()
        var connection = try PostgresConnection.connect(stage.hub.conninfo, readOnly: true)
        let rows = try connection.query(
            """
            SELECT count(*), count(DISTINCT (key, command_key)) FROM journal
            WHERE site = $1 AND kind = 'station' AND event IN ('unmatched', 'weighed')
            """, [.text(stage.site)])
        let (events, keys): (Int64, Int64) = (try rows[0].value(0), try rows[0].value(1))
        report.count("liveSent", "live weights sent", count.live)
        report.count("settled", "settled weights", count.settled)
        report.count("settledAcknowledged", "acknowledged", count.acknowledged)
        report.count("settledInJournal", "of these in the journal", events)
        report.count("settledRepeats", "sent once more", count.repeats)
        report.latencies("ackMillis", "settled → acknowledged", count.latencies)
        report.require(count.settled == count.acknowledged, "not every settled weight was acknowledged")
        report.require(
            events == Int64(count.settled) && keys == events,
            "\(count.settled) settled weights, but the journal has \(events) events of \(keys)")
        report.require(count.refusals.isEmpty, "weights were refused: \(count.refusals.first ?? "")")
        report.require(count.faults.isEmpty, "edges were refused something: \(count.faults)")
    }

    /// Seq of the newest event of each station. Blocks.
    func heads() throws -> [String: Int64] {
        var connection = try PostgresConnection.connect(stage.hub.conninfo, readOnly: true)
        let rows = try connection.query(
            "SELECT key, version FROM stream_head WHERE site = $1 AND kind = 'station'", [.text(stage.site)])
        var heads: [String: Int64] = [:]
        for row in rows { heads["\(stage.site)/station/\(try row.value(0) as String)"] = try row.value(1) }
        return heads
    }

    /// Stations the way everybody makes them. Keys can only be made while no hub runs, and never for a demonstration:
    /// these are written where the hub looks for them.
    private static func make(upTo count: Int, _ stage: Stage, _ password: String) async throws {
        let admin = try await TokenSource("admin", password: password, rest: stage.rest)
        let commander = Commander(HubLink(stage.places[0], .user(admin)))
        try await stage.places[0].run { commander.link.start() }
        for number in (demoCount + 1)...count {
            try await commander.ask(
                "create", of: "\(stage.site)/master/station:\(number)",
                #"{"fields":{"name":"\#(number)번","divisionGrams":20000,"zeroBandGrams":100000,"capacityGrams":80000000}}"#
            )
        }
        try await stage.places[0].run { commander.link.stop() }
        var connection = try PostgresConnection.connect(stage.hub.conninfo)
        _ = try connection.query(
            """
            INSERT INTO api_key (key_hash, device, site, stations)
            SELECT sha256(convert_to('load-edge-' || n, 'UTF8')), 'load-' || n, $1, ARRAY[n::text]
            FROM generate_series($2, $3) AS n
            """, [.text(stage.site), .int8(Int64(demoCount + 1)), .int8(Int64(count))])
    }
}
