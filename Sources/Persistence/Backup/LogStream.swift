import Glibc
import Synchronization

/// Streams the write-ahead log of a private cluster to another disk with pg_receivewal, and starts it again when it ends.
///
/// A replication slot keeps what has not arrived there, up to 4 GiB: beyond that the stream has a gap, and the first
/// disk is not filled because of the second. Only programs of their own touch the other disk, which may be gone, full or hung: the hub
/// never waits for it.
package final class LogStream: Sendable {
    package struct Status: Sendable, Equatable {
        /// The server sends, and the program takes it.
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
        /// At the stop; it goes there after the next start.
        case leftBehind(bytes: Int64)
    }

    static let slot = "gwanje_log"
    static let keptMegabytesMax = 4096
    private static let waitMax: Duration = .seconds(60)
    /// For what is left at a stop.
    private static let catchUpMax: Duration = .seconds(5)
    /// A server that hangs must not hang its hub's stop.
    private static let connectOptions = " connect_timeout=5 options='-c statement_timeout=5s'"

    /// Unchecked: it cannot be copied, so its connection is used by whoever has taken it, alone.
    private struct State: ~Copyable, @unchecked Sendable {
        var child: ChildProcess.Running?
        var connection: PostgresConnection?
        var folder = ""
        /// The name that the files before a gap get, until the stream has caught up once.
        var setAside: String?
        var isStreaming = false
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
    /// Away while `step` works, and for good after `stop`: nothing blocks under the lock.
    private let state = Mutex<State?>(State())
    private let latest = Mutex(Status())

    package var status: Status { latest.withLock { $0 } }

    /// - Parameters:
    ///   - configuration: of the cluster, which exists.
    ///   - directory: on the other disk, absolute; looked for at every start of the program, and never made: a disk that is not
    ///     mounted is noticed.
    package init(
        of configuration: ClusterConfiguration, conninfo: String, to directory: String,
        keptMegabytes: Int = keptMegabytesMax, note: @escaping @Sendable (Note) -> Void
    ) throws(ClusterError) {
        self.conninfo = conninfo + Self.connectOptions
        self.directory = directory
        self.keptMegabytes = keptMegabytes
        self.note = note
        let store = ClusterStore(
            directory: configuration.directory, user: try ServerUser.resolve(named: configuration.serverUser))
        program = try PostgresBinaries.find(
            binDirectory: configuration.binDirectory ?? ChildProcess.variable("PG_BIN"),
            preferring: store.dataVersion()
        ).path(of: "pg_receivewal")
    }

    /// Looks after the program and measures. Call it about once a second. Blocks, for the server at most.
    package func step() {
        guard var state = take() else { return }
        hear(&state)
        let isDue = state.child == nil && ContinuousClock.now >= state.dueAt
        do {
            if isDue { try start(&state) }
            try measure(&state)
        } catch {
            state.connection = nil
            state.isStreaming = false
            if isDue { later(&state, "\(error)") }
        }
        tell(state)
        var back: State? = consume state
        self.state.withLock { swap(&$0, &back) }
    }

    /// Ends the stream before the server's stop, which would wait for it: once all has arrived, or after five seconds; a program that
    /// hangs on its disk is left to itself. Nothing is streamed afterwards. Blocks, for fifteen seconds at most.
    package func stop() {
        let begun = ContinuousClock.now
        var held = take()
        while held == nil, begun.duration(to: .now) < .seconds(5) {
            usleep(20_000)
            held = take()
        }
        guard var state = held.take() else { return }
        catchUp(&state)
        if state.backlog.bytesBehind > 0 { note(.leftBehind(bytes: state.backlog.bytesBehind)) }
        state.connection = nil
        end(state.child.take())
        if var connection = try? PostgresConnection.connect(conninfo) { try? Self.endReader(&connection) }
        state.isStreaming = false
        tell(state)
    }

    /// For a hub that does not stream: a slot that nobody reads keeps log for nothing. Blocks.
    package static func dropSlot(_ conninfo: String) throws(PostgresError) {
        var connection = try PostgresConnection.connect(conninfo + connectOptions)
        try dropSlot(&connection)
    }

    private func take() -> State? {
        var taken: State?
        state.withLock { swap(&$0, &taken) }
        return taken
    }

    private func tell(_ state: borrowing State) {
        let status = Status(
            isRunning: state.isStreaming, bytesBehind: state.backlog.bytesBehind,
            behind: state.backlog.behind(at: .now))
        latest.withLock { $0 = status }
    }

    // MARK: The program

    private func catchUp(_ state: inout State) {
        let end = ContinuousClock.now + Self.catchUpMax
        repeat {
            guard (try? measure(&state)) != nil, state.isStreaming, state.backlog.bytesBehind > 0 else { return }
            usleep(20_000)
        } while ContinuousClock.now < end
    }

    private func end(_ child: consuming ChildProcess.Running?) {
        guard let child else { return }
        for signal in [SIGTERM, SIGKILL] {
            kill(child.pid, signal)
            let end = ContinuousClock.now + .seconds(1)
            while ContinuousClock.now < end {
                if hasEnded(child) { return }
                usleep(10_000)
            }
        }
    }

    private func hasEnded(_ child: borrowing ChildProcess.Running) -> Bool {
        do { return try child.poll() != nil } catch { return true }
    }

    private func hear(_ state: inout State) {
        guard let child = state.child.take() else { return }
        let outcome: ChildProcess.Outcome?
        do { outcome = try child.poll() } catch { outcome = .init(status: -1, output: "\(error)") }
        guard let outcome else {
            state.child = consume child
            return
        }
        state.isStreaming = false
        state.hasGap = state.hasGap || outcome.output.contains("has already been removed")
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
        state.folder =
            directory + "/"
            + BackupRecord.history(epoch: database.epoch, systemIdentifier: database.systemIdentifier)
        let lost = try connection.query(
            "SELECT FROM pg_replication_slots WHERE slot_name = '\(Self.slot)' AND wal_status = 'lost'")
        if state.hasGap || !lost.isEmpty {
            let now = try connection.query("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"')")
            let name = "\(state.folder).gap-\(try now[0].value(0, as: String.self))"
            try Self.dropSlot(&connection)
            note(.gap(setAside: name))
            state.setAside = name
            state.hasGap = false
        }
        // Before the disk is touched: from here on what it lacks is kept, and counted.
        try connection.execute(
            """
            SELECT pg_create_physical_replication_slot('\(Self.slot)', true)
            WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '\(Self.slot)')
            """)
        // Synchronous: flushed there before it is reported, so that a power cut leaves what the slot says.
        state.child = try ChildProcess.start([
            "sh", "-c", Self.script, directory, state.folder, state.setAside ?? "",
            program, "-D", state.folder, "-d", conninfo, "-w", "--no-loop", "--slot", Self.slot, "--synchronous",
            "--status-interval", "5",
        ])
    }

    /// What has to be done on the other disk before the program begins: `$0` the directory, `$1` the folder in it, `$2` the name that
    /// the files before a gap get, whoever gives them the old one can replay them up to the gap. A file that was being made when the
    /// disk was full or the power went is not of the full length, holds nothing yet, and would stop the program.
    private static let script = """
        set -e
        folder=$1 aside=$2
        shift 2
        cd -- "$0"
        if [ -n "$aside" ] && [ -e "$folder" ] && ! [ -e "$aside" ]; then mv -- "$folder" "$aside"; sync -- .; fi
        [ -d "$folder" ] || mkdir -m 700 -- "$folder"
        for file in "$folder"/*.partial; do
            [ -e "$file" ] || continue
            [ "$(stat -c %s -- "$file")" = \(StreamedLog.segmentByteCount) ] || rm -f -- "$file"
        done
        exec "$@"
        """

    // MARK: The slot

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

    private func measure(_ state: inout State) throws(PostgresError) {
        if state.connection == nil { state.connection = try PostgresConnection.connect(conninfo) }
        // A physical slot's restart position is what its reader has said to have flushed.
        let rows = try state.connection?.query(
            """
            SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint,
                coalesce(pg_wal_lsn_diff(restart_lsn, '0/0'), 0)::bigint, active
            FROM pg_replication_slots WHERE slot_name = '\(Self.slot)'
            """)
        guard let row = rows?.first else { return }
        state.backlog.saw(written: try row.value(0), flushed: try row.value(1), at: .now)
        let wasStreaming = state.isStreaming
        let isRead: Bool = try row.value(2)
        state.isStreaming = isRead && state.child != nil
        if state.isStreaming, !wasStreaming { note(.started(folder: state.folder)) }
        guard state.isStreaming, state.backlog.bytesBehind == 0 else { return }
        state.wait = .seconds(1)
        state.setAside = nil
    }
}
