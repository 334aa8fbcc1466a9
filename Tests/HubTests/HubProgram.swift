import Glibc
import NIOHTTP1

@testable import Hub
@testable import Persistence

/// The hub's own program on a demonstration yard, as a process that can be killed.
struct HubProgram: ~Copyable {
    let port: Int
    private let process: ChildProcess.Running

    /// Started, and serving.
    static func start(data: String, log: String, _ more: [String] = []) async throws -> HubProgram {
        guard let here = getcwd(nil, 0) else { throw TestHub.NotRunning() }
        defer { free(here) }
        let root = String(cString: here)
        let process = try ChildProcess.start(
            [
                "sh", "-c", "exec \"$@\" 2>\"$0\"", log, "\(root)/.build/debug/hub", "demo", "--data", data, "--port",
                "0",
                "--web", "\(root)/web", "--messages-per-second", "100000",
            ] + more)
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            if let port = port(in: FileSystem.read(log, byteCountMax: 1 << 20) ?? "") {
                return HubProgram(port: port, process: process)
            }
            if let outcome = try process.poll() {
                let said = FileSystem.read(log, byteCountMax: 1 << 16) ?? "no log"
                throw TestClient.Refused(description: "ended with status \(outcome.status): \(said)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        Glibc.kill(process.pid, SIGKILL)
        throw TestClient.Refused(description: FileSystem.read(log, byteCountMax: 1 << 16) ?? "no log")
    }

    /// `… "url":"http://127.0.0.1:43211" …`
    private static func port(in log: String) -> Int? {
        log.split(separator: "http://127.0.0.1:").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) }
    }

    private init(port: Int, process: consuming ChildProcess.Running) {
        self.port = port
        self.process = process
    }

    func client(_ login: String) async throws -> TestClient {
        let answer = try await TestHTTP.send(
            .POST, "/api/v1/auth/login", port: port,
            body: ["login_id": .text(login), "password": .text(DemoYard.password)])
        guard let token = answer.json.data.access_token.string else { throw TestHub.NotRunning() }
        let client = try await TestClient.connect(port: port)
        try await client.hello(token: token)
        return client
    }

    func get(_ path: String) async throws -> TestHTTP.Answer { try await TestHTTP.send(.GET, path, port: port) }

    consuming func kill() throws {
        Glibc.kill(process.pid, SIGKILL)
        _ = try process.wait()
    }

    /// As a service manager does; the exit status.
    consuming func stop() throws -> Int32 {
        Glibc.kill(process.pid, SIGTERM)
        return try process.wait().status
    }
}
