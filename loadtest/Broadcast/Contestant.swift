internal import Glibc

/// A server that broadcasts, and how to start it.
///
/// In its programs `@PORT@` is the port it shall listen on, on 127.0.0.1, and `@DIR@` a directory of its own.
struct Contestant: Sendable {
    struct Program: Sendable {
        let arguments: [String]
        /// A file that is there once the program is ready; nil: the port is the sign.
        var readyFile: String?
    }

    let name: String
    let dialect: Dialect
    let programs: [Program]
    /// Files of the directory, by name.
    var files: [String: String] = [:]
    /// Runs already, and is not ours to stop.
    var running: (port: Int, pid: pid_t?)?

    /// The hub's WebSocket server and broadcaster, on one event loop as the others are, with the heap that its unit file gives it.
    static func hub(_ path: String, name: String = "hub", options: [String] = []) -> Contestant {
        let heap = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"
        let arguments = ["env", heap, path, "echo", "--broadcast", "--loops", "1", "--port", "@PORT@"] + options
        return Contestant(
            name: name, dialect: .plain(target: "/"), programs: [Program(arguments: arguments)])
    }
}

/// A contestant that runs, all its processes on one core.
final class RunningServer {
    let port: Int
    private let pids: [pid_t]
    private var children: [Child] = []
    private let directory: String

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private static let startMillisMax = 30_000

    /// Returns when it listens. Blocks.
    init(_ contestant: Contestant, core: Int) throws {
        directory = try ScratchDirectory.make()
        if let running = contestant.running {
            (port, pids) = (running.port, running.pid.map { [$0] } ?? [])
            return
        }
        port = try RawSocket.freePort()
        do {
            pids = try Self.start(contestant, core: core, port: port, directory, &children)
        } catch {
            for child in children { child.stop(within: 3) }
            ScratchDirectory.remove(directory)
            throw error
        }
    }

    /// User and system time of all its processes so far, in microseconds; nil when they are not known.
    func cpuMicroseconds() -> Double? {
        pids.isEmpty ? nil : pids.reduce(0) { $0 + (ProcessFigures.familyCPUMicroseconds($1) ?? 0) }
    }

    /// Blocks until all have ended.
    func stop() {
        for child in children.reversed() { child.stop(within: 3) }
        ScratchDirectory.remove(directory)
    }

    private static func start(
        _ contestant: Contestant, core: Int, port: Int, _ directory: String, _ children: inout [Child]
    ) throws -> [pid_t] {
        func filled(_ text: String) -> String {
            text.replacing("@PORT@", with: "\(port)").replacing("@DIR@", with: directory)
        }
        for (name, text) in contestant.files { try write(filled(text), to: directory + "/" + name) }
        let log = directory + "/log"
        for program in contestant.programs {
            // They end when we do, however that comes.
            let arguments = ["setpriv", "--pdeathsig", "TERM", "taskset", "--cpu-list", "\(core)"]
            let child = try Child(arguments + program.arguments.map(filled), log: log)
            children.append(child)
            try wait(for: contestant.name, child, log) {
                program.readyFile.map { access(filled($0), F_OK) == 0 } ?? RawSocket.isListening(port)
            }
        }
        return children.map(\.pid)
    }

    private static func wait(for name: String, _ child: Child, _ log: String, until isReady: () -> Bool) throws {
        var millis = 0
        while !isReady() {
            guard child.isRunning, millis < startMillisMax else {
                throw Failed(description: "\(name) did not start:\n\(ProcessFigures.text(log) ?? "")")
            }
            usleep(10_000)
            millis += 10
        }
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw RawSocket.Failed.last(path) }
        defer { fclose(file) }
        guard fputs(text, file) >= 0 else { throw RawSocket.Failed.last(path) }
    }
}
