internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Persistence
internal import Synchronization

/// A demonstration hub on a free port with a directory of its own, for the length of a measurement.
final class HubUnderTest: Sendable {
    let address: HubAddress
    private let arguments: [String]
    private let directory: String
    /// The hub's own.
    private var data: String { directory + "/hub" }
    private let group: any EventLoopGroup
    /// Where its data are; nil: with everything else.
    let disk: BoundedDisk?
    private let state = Mutex(State())

    private struct State {
        var child: Child?
        /// Stopped for good.
        var isOver = false
        /// Processes of its PostgreSQL that were stopped.
        var frozen: [pid_t] = []
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private static let startTimeout = Duration.seconds(120)

    /// Makes the directory; `stop` has to be called, whatever happens.
    ///
    /// - Parameters:
    ///   - options: more options of `hub demo`.
    ///   - diskByteCount: of a file system of its own; nil, or not allowed: none.
    init(_ path: String, options: [String] = [], diskByteCount: Int? = nil, on group: any EventLoopGroup) throws {
        let port = try RawSocket.freePort()
        directory = try ScratchDirectory.make()
        address = try HubAddress(parsing: "ws://127.0.0.1:\(port)/ws")
        arguments = [path, "demo", "--data", directory + "/hub", "--port", "\(port)"] + options
        self.group = group
        disk = diskByteCount.flatMap { [directory] in
            BoundedDisk(image: directory + "/disk", at: directory + "/hub", byteCount: $0)
        }
    }

    /// Returns when the hub takes requests.
    func start() async throws {
        try launch()
        let rest = REST(address: address, group: group)
        try await wait(upTo: Self.startTimeout, every: .milliseconds(50), for: "the hub takes requests") {
            try self.checkRunning()
            return await rest.isReady()
        }
    }

    /// Stops the hub and its PostgreSQL, and removes their directory. Blocks, at most a minute. May be called again.
    func stop() {
        let child = state.withLock { state in
            state.isOver = true
            defer { state.child = nil }
            return state.child
        }
        thaw()
        disk?.empty()
        child?.stop()
        stopOrphan()
        disk?.unmount()
        ScratchDirectory.remove(directory)
    }

    /// The last lines of its log, for somebody who wants to know why.
    func logTail() -> String {
        guard let file = fopen(log, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        fseek(file, -bytes.count, SEEK_END)
        let count = fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        return text.split(separator: "\n").suffix(20).joined(separator: "\n")
    }

    // MARK: Stopping and starting

    /// Stops the hub and starts it again on the same port.
    ///
    /// - Parameter kills: by SIGKILL, without a word to anybody; its PostgreSQL lives on.
    /// - Returns: when it was told to stop, when it had ended, and when its port was open again.
    func restart(kills: Bool) async throws -> (toldAt: NIODeadline, endedAt: NIODeadline, openAt: NIODeadline) {
        guard let old = state.withLock({ $0.child }) else { throw Failed(description: "the hub is not running") }
        let toldAt = NIODeadline.now()
        old.signal(kills ? SIGKILL : SIGTERM)
        try await wait(upTo: .seconds(30), every: .milliseconds(2), for: "the hub has stopped") { !old.isRunning }
        let endedAt = NIODeadline.now()
        try launch()
        try await wait(upTo: Self.startTimeout, every: .milliseconds(2), for: "the hub's port is open again") {
            try self.checkRunning()
            // Blocking: the loops are busy with thousands of others at this moment.
            return RawSocket.isListening(self.address.port)
        }
        return (toldAt, endedAt, .now())
    }

    private func launch() throws {
        try state.withLock { state throws(Child.Failed) in
            if !state.isOver { state.child = try Child(arguments, log: log) }
        }
    }

    /// - Throws: when the hub has ended by itself.
    func checkRunning() throws {
        let isRunning = state.withLock { state in
            if state.child?.isRunning == false { state.child = nil }
            return state.child != nil
        }
        guard isRunning else { throw Failed(description: "the hub has ended:\n" + logTail()) }
    }

    /// The PostgreSQL of a hub that was killed.
    private func stopOrphan() {
        guard let postmaster else { return }
        kill(postmaster, SIGINT)
        for _ in 0..<1000 where kill(postmaster, 0) == 0 { usleep(10_000) }
        for pid in ProcessFigures.children(postmaster) + [postmaster] where kill(postmaster, 0) == 0 {
            kill(pid, SIGKILL)
        }
    }

    // MARK: Harm

    /// Kills the hub without a word to anybody, its PostgreSQL lives on, and starts it again at once.
    func killAndLaunch() throws {
        try state.withLock { state throws(Child.Failed) in
            guard !state.isOver else { return }
            state.child?.signal(SIGKILL)
            state.child?.wait()
            state.child = try Child(arguments, log: log)
        }
    }

    /// Starts the hub again if it has ended by itself, as the system's service manager would. True when it had.
    func launchIfEnded() throws -> Bool {
        try state.withLock { state throws(Child.Failed) in
            guard !state.isOver, state.child?.isRunning != true else { return false }
            state.child = try Child(arguments, log: log)
            return true
        }
    }

    /// Stops all processes of its PostgreSQL where they are: first the one that has the others.
    func freeze() {
        guard let postmaster else { return }
        state.withLock { state in
            guard !state.isOver else { return }
            kill(postmaster, SIGSTOP)
            let children = ProcessFigures.children(postmaster)
            for pid in children { kill(pid, SIGSTOP) }
            state.frozen += [postmaster] + children
        }
    }

    func thaw() {
        state.withLock { state in
            for pid in state.frozen.reversed() { kill(pid, SIGCONT) }
            state.frozen = []
        }
    }

    // MARK: Figures

    /// User and system time of the hub's process so far, in microseconds; its PostgreSQL is not in it.
    func cpuMicroseconds() -> Double? { pid.flatMap(ProcessFigures.cpuMicroseconds) }

    /// The same of all processes of its PostgreSQL.
    func databaseCPUMicroseconds() -> Double? { postmaster.flatMap(ProcessFigures.familyCPUMicroseconds) }

    func descriptorCount() -> Int? { pid.flatMap(ProcessFigures.descriptorCount) }

    func residentBytes() -> Int? { pid.flatMap(ProcessFigures.residentBytes) }

    /// For libpq.
    var conninfo: String { "host='\(directory)/hub/run' dbname=gwanje user=hub" }

    // MARK: Its history

    /// What `hub verify` says of the whole of it, within a minute.
    func verify() async throws -> (isRight: Bool, text: String) {
        let output = directory + "/verify.log"
        let child = try Child([arguments[0], "verify", "--data", data], log: output)
        var status: Int32?
        do {
            try await wait(upTo: .seconds(60), for: "hub verify has ended") {
                status = child.ended()
                return status != nil
            }
        } catch {
            child.stop(within: 1)
            return (false, "\(error)")
        }
        let text = FileSystem.bytes(of: output, countMax: 1 << 16).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return (status == 0, text.split(separator: "\n").joined(separator: "\n"))
    }

    /// What opens the texts about people in its database.
    func personKey() throws -> [UInt8] {
        let path = data + "/person.key"
        guard let bytes = FileSystem.bytes(of: path, countMax: PersonKeys.keyByteCount),
            bytes.count == PersonKeys.keyByteCount
        else { throw Failed(description: "\(path) cannot be read") }
        return bytes
    }

    private var pid: pid_t? { state.withLock { $0.child?.pid } }
    private var log: String { directory + "/hub.log" }

    var postmaster: pid_t? {
        ProcessFigures.text(directory + "/hub/pgdata/postmaster.pid").flatMap {
            $0.split(separator: "\n").first.flatMap { pid_t($0) }
        }
    }
}
