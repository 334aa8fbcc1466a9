import Glibc
import Synchronization

/// Streams the write-ahead log of a private cluster to another disk with pg_receivewal, and starts it again when it ends.
///
/// A replication slot keeps what has not arrived there, up to 4 GiB: beyond that the stream has a gap, and the first
/// disk is not filled because of the second.
package final class LogStream: Sendable {
    package struct Status: Sendable, Equatable {
        package var isRunning = false
        /// Written here and not known to be flushed on the other disk.
        package var bytesBehind: Int64 = 0
        /// For how long the oldest of it has been waiting, as seen by `step`.
        package var behind: Duration = .zero
    }

    package enum Note: Sendable, Equatable {
        case started(folder: String)
        case ended(reason: String, again: Duration)
        /// The slot could not keep enough: from here on only a new backup can be continued.
        case gap(setAside: String)
    }

    static let slot = "gwanje_log"
    static let keptMegabytesMax = 4096
    private static let waitMax: Duration = .seconds(60)

    private struct State: ~Copyable {
        var child: ChildProcess.Running?
        var connection: PostgresConnection?
        /// Before the program is started again; doubles each time, until it has caught up once.
        var wait: Duration = .seconds(1)
        var dueAt = ContinuousClock.now
        var hasGap = false
        var backlog = LogBacklog()
    }

    private let conninfo: String
    private let directory: String
    private let program: String
    private let keptMegabytes: Int
    private let note: @Sendable (Note) -> Void
    private let state = Mutex(State())
    private let latest = Mutex(Status())

    package var status: Status { latest.withLock { $0 } }

    /// - Parameters:
    ///   - configuration: of the cluster, which exists.
    ///   - directory: on the other disk, absolute. Must exist: a disk that is not mounted is noticed.
    package init(
        of configuration: ClusterConfiguration, conninfo: String, to directory: String,
        keptMegabytes: Int = keptMegabytesMax, note: @escaping @Sendable (Note) -> Void
    ) throws(ClusterError) {
        self.conninfo = conninfo
        self.directory = try FileSystem.canonical(directory)
        self.keptMegabytes = keptMegabytes
        self.note = note
        let store = ClusterStore(
            directory: configuration.directory, user: try ServerUser.resolve(named: configuration.serverUser))
        program = try PostgresBinaries.find(
            binDirectory: configuration.binDirectory ?? ChildProcess.variable("PG_BIN"),
            preferring: store.dataVersion()
        ).path(of: "pg_receivewal")
    }

    /// Looks after the program and measures. Call it about once a second, one at a time. Blocks.
    package func step() {
        state.withLock { state in
            hear(&state)
            let isDue = state.child == nil && ContinuousClock.now >= state.dueAt
            do {
                if isDue { try start(&state) }
                try measure(&state)
            } catch {
                state.connection = nil
                if isDue { later(&state, "\(error)") }
            }
            let status = Status(
                isRunning: state.child != nil, bytesBehind: state.backlog.bytesBehind,
                behind: state.backlog.behind(at: .now))
            latest.withLock { $0 = status }
        }
    }

    /// For after the server's stop, which sends all it has first: then the program ends by itself. Blocks, for ten seconds at
    /// most.
    package func stop() {
        state.withLock { state in
            state.connection = nil
            guard let child = state.child.take() else { return }
            let begun = ContinuousClock.now
            for (signal, seconds) in [(0, 5), (SIGTERM, 8), (SIGKILL, 10)] {
                if signal != 0 { kill(child.pid, signal) }
                while begun.duration(to: .now) < .seconds(seconds) {
                    if hasEnded(child) { return }
                    usleep(20_000)
                }
            }
        }
    }

    /// For a hub that does not stream: a slot that nobody reads keeps log for nothing. Blocks.
    package static func dropSlot(_ conninfo: String) throws(PostgresError) {
        var connection = try PostgresConnection.connect(conninfo)
        try dropSlot(&connection)
    }

    // MARK: The program

    private func hasEnded(_ child: borrowing ChildProcess.Running) -> Bool {
        do { return try child.poll() != nil } catch { return true }
    }

    private func hear(_ state: inout State) {
        guard let child = state.child.take() else { return }
        let outcome: ChildProcess.Outcome?
        do { outcome = try child.poll() } catch { outcome = .init(status: -1, output: "\(error)") }
        guard let outcome else {
            state.child = consume child
            if state.backlog.bytesBehind == 0 { state.wait = .seconds(1) }
            return
        }
        state.hasGap = outcome.output.contains("has already been removed")
        let said = outcome.output.trimmingTrailingWhitespace
        later(&state, said.isEmpty ? "pg_receivewal ended with status \(outcome.status)" : said)
    }

    private func later(_ state: inout State, _ reason: String) {
        state.dueAt = .now + state.wait
        note(.ended(reason: reason, again: state.wait))
        state.wait = min(state.wait * 2, Self.waitMax)
    }

    private func start(_ state: inout State) throws {
        // Its own connection: what is left of an earlier hub's program is ended before ours begins.
        var connection = try PostgresConnection.connect(conninfo)
        try Self.endReader(&connection)
        try connection.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '\(keptMegabytes)MB'")
        try connection.execute("SELECT pg_reload_conf()")
        let database = try DatabaseState.read(&connection)
        let folder =
            directory + "/"
            + BackupRecord.history(epoch: database.epoch, systemIdentifier: database.systemIdentifier)
        let lost = try connection.query(
            "SELECT FROM pg_replication_slots WHERE slot_name = '\(Self.slot)' AND wal_status = 'lost'")
        if state.hasGap || !lost.isEmpty {
            try setAside(folder)
            try Self.dropSlot(&connection)
            state.hasGap = false
        }
        try connection.execute(
            """
            SELECT pg_create_physical_replication_slot('\(Self.slot)', true)
            WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '\(Self.slot)')
            """)
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw ClusterError.system("mkdir", path: folder) }
        // Synchronous: flushed there before it is reported, so that a power cut leaves what the slot says.
        state.child = try ChildProcess.start([
            program, "-D", folder, "-d", conninfo, "-w", "--no-loop", "--slot", Self.slot, "--synchronous",
            "--status-interval", "5",
        ])
        note(.started(folder: folder))
    }

    /// What is there can be replayed up to the gap, by whoever gives it its name back.
    private func setAside(_ folder: String) throws(ClusterError) {
        guard FileSystem.linkStatus(folder) != nil else { return }
        var number = 1
        while FileSystem.linkStatus("\(folder).gap-\(number)") != nil { number += 1 }
        try FileSystem.move(folder, to: "\(folder).gap-\(number)")
        note(.gap(setAside: "\(folder).gap-\(number)"))
    }

    /// Ends whoever reads the slot and waits until the server knows, for five seconds at most.
    private static func endReader(_ connection: inout PostgresConnection) throws(PostgresError) {
        for _ in 0..<250 {
            let readers = try connection.query(
                """
                SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
                WHERE slot_name = '\(slot)' AND active_pid IS NOT NULL
                """)
            if readers.isEmpty { return }
            usleep(20_000)
        }
    }

    private static func dropSlot(_ connection: inout PostgresConnection) throws(PostgresError) {
        try endReader(&connection)
        try connection.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '\(slot)'")
    }

    // MARK: How far behind

    private func measure(_ state: inout State) throws(PostgresError) {
        if state.connection == nil { state.connection = try PostgresConnection.connect(conninfo) }
        // A physical slot's restart position is what its reader has said to have flushed.
        let rows = try state.connection?.query(
            """
            SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint,
                coalesce(pg_wal_lsn_diff(restart_lsn, '0/0'), 0)::bigint
            FROM pg_replication_slots WHERE slot_name = '\(Self.slot)'
            """)
        guard let row = rows?.first else { return }
        state.backlog.saw(written: try row.value(0), flushed: try row.value(1), at: .now)
    }
}

/// How long the oldest write-ahead log that is not on the other disk has been waiting, from positions seen now and then.
/// Never too long, and too short by a thirty-second part at most, or a second.
struct LogBacklog {
    private static let countMax = 128

    private(set) var bytesBehind: Int64 = 0
    /// Positions that have not arrived, oldest first, each with when it was first seen.
    private var waiting: [(position: Int64, since: ContinuousClock.Instant)] = []
    /// Between two of them. A long wait is kept with fewer.
    private var spacing: Duration = .zero

    mutating func saw(written: Int64, flushed: Int64, at now: ContinuousClock.Instant) {
        bytesBehind = max(0, written - flushed)
        waiting.removeAll { $0.position <= flushed }
        if waiting.isEmpty { spacing = .zero }
        guard written > flushed, written > waiting.last?.position ?? 0 else { return }
        guard waiting.last.map({ now - $0.since >= spacing }) ?? true else { return }
        waiting.append((written, now))
        guard waiting.count > Self.countMax else { return }
        waiting = waiting.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        spacing = (now - waiting[0].since) / (Self.countMax / 2)
    }

    func behind(at now: ContinuousClock.Instant) -> Duration { waiting.first.map { now - $0.since } ?? .zero }
}
