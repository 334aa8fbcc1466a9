internal import Glibc
internal import NIOCore
internal import Persistence

/// Does what the plan says.
struct Troublemaker: Sendable {
    let hub: HubUnderTest
    let relay: Relay
    let edges: [EdgePart]

    /// Returns when it is over, and what has to be true before that can be believed.
    func perform(_ fault: Fault) async throws -> @Sendable () -> Bool {
        var random = SplitMix64(seed: fault.seed)
        switch fault.kind {
        case .hubKilled: try hub.killAndLaunch()
        case .postmasterKilled:
            let old = hub.postmaster
            if let old { kill(old, SIGKILL) }
            // The backends serve on until they notice.
            return { [hub] in hub.postmaster.map { $0 != old && kill($0, 0) == 0 } ?? false }
        case .backendKilled:
            if let pid = try? backend(.any, random.next()) { kill(pid, SIGKILL) }
        case .writerTerminated: try? terminate(.writer, random.next())
        case .readerTerminated: try? terminate(.other, random.next())
        case .databaseStopped:
            hub.freeze()
            defer { hub.thaw() }
            try await Task.sleep(for: .seconds(fault.seconds))
        case .diskFull: try await fillDisk(fault.seconds, needsLog: Bool.random(using: &random))
        case .linksCut:
            _ = try await relay.cut(Double.random(in: 0.2...1, using: &random), seed: random.next())
        case .linksStalled:
            try await relay.stall(true)
            try await Task.sleep(for: .seconds(fault.seconds))
            try await relay.stall(false)
        case .linksDelayed:
            try await relay.delay(.milliseconds(Int64.random(in: 50...1500, using: &random)))
            try await Task.sleep(for: .seconds(fault.seconds))
            try await relay.delay(.zero)
        case .clocksMoved:
            for edge in edges {
                let minutes = Int64.random(in: -360...360, using: &random)
                try await edge.link.place.run { edge.clockLeadMillis = minutes * 60_000 }
            }
        }
        return { true }
    }

    // MARK: The database's processes

    private enum Whose { case any, writer, other }

    /// The one that has done something last writes the journal: nobody else works all the time.
    private func backend(_ whose: Whose, _ number: UInt64) throws -> pid_t? {
        var connection = try PostgresConnection.connect(hub.conninfo, readOnly: true)
        let rows = try connection.query(
            """
            SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
            ORDER BY state_change DESC NULLS LAST
            """)
        var pids: [pid_t] = []
        for row in rows { pids.append(try row.value(0, as: Int32.self)) }
        switch whose {
        case .writer: pids = Array(pids.prefix(1))
        case .other: pids = Array(pids.dropFirst())
        case .any: break
        }
        return pids.isEmpty ? nil : pids[Int(number % UInt64(pids.count))]
    }

    private func terminate(_ whose: Whose, _ number: UInt64) throws {
        guard let pid = try backend(whose, number) else { return }
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.query("SELECT pg_terminate_backend($1)", [.int4(pid)])
    }

    // MARK: The disk

    /// - Parameter needsLog: uses up the log files that the database has in store, so that it needs a new one, and has to give
    ///   up when there is none.
    private func fillDisk(_ seconds: Double, needsLog: Bool) async throws {
        guard let disk = hub.disk else { return }
        let end = NIODeadline.now() + .nanoseconds(Int64(seconds * 1_000_000_000))
        _ = disk.fill()
        defer { disk.empty() }
        while NIODeadline.now() < end {
            if needsLog { useUpLog() }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func useUpLog() {
        guard var connection = try? PostgresConnection.connect(hub.conninfo) else { return }
        _ = try? connection.execute(
            "SET statement_timeout = '1s'; SELECT pg_logical_emit_message(false, 'load', 'x'); SELECT pg_switch_wal()")
    }
}
