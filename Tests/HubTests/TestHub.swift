import Actors
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Persistence
import ServiceLifecycle
import Sessions
import Synchronization

@testable import Hub

/// A whole hub in this process, on a port of its own and a database of its own, with the demonstration yard.
final class TestHub: Sendable {
    static let site = DemoYard.site
    static let queue = "\(site)/queue/main"
    static let register = "\(site)/register/main"
    static func station(_ key: String) -> String { "\(site)/station/\(key)" }
    static func ticket(_ slip: String) -> String { "\(site)/ticket/\(slip)" }

    let conninfo: String
    let port: Int
    let yard: Yard
    let tokens: Tokens
    private let known = Mutex<[String: String]>([:])

    private init(conninfo: String, port: Int, yard: Yard, tokens: Tokens) {
        self.conninfo = conninfo
        self.port = port
        self.yard = yard
        self.tokens = tokens
    }

    /// As it is served, but quick: cheap password hashes, and no limits that a test does not ask about.
    static var configuration: Configuration {
        var configuration = Configuration(dataDirectory: "/nonexistent", webDirectory: "/nonexistent", loopCount: 2)
        configuration.port = 0
        configuration.passwordCost = 4
        configuration.requestsPerMinute = 100_000
        configuration.sessionLimits.messagesPerSecond = 100_000
        configuration.sessionLimits.messageBurst = 100_000
        configuration.drainSpread = .milliseconds(100)
        return configuration
    }

    static let secret = [UInt8](repeating: 7, count: 32)

    /// Serves for as long as the body lasts, and stops as a service manager would.
    ///
    /// - Parameter conninfo: of a database that an earlier hub has used; nil for a fresh one.
    static func run<T: Sendable>(
        on conninfo: String? = nil, _ configure: (inout Configuration) -> Void = { _ in },
        _ body: @Sendable @escaping (TestHub) async throws -> T
    ) async throws -> T {
        await gate.enter()
        defer { gate.leave() }
        let conninfo = if let conninfo { conninfo } else { try await TestDatabases.make() }
        var configuration = configuration
        configure(&configuration)
        return try await inside(of: conninfo, configuration: configuration) { [configuration] yard, group, _ in
            try await yard.start()
            return try await serve(conninfo, configuration, yard, group, body)
        }
    }

    private static func serve<T: Sendable>(
        _ conninfo: String, _ configuration: Configuration, _ yard: Yard, _ group: any EventLoopGroup,
        _ body: @Sendable @escaping (TestHub) async throws -> T
    ) async throws -> T {
        let (ports, running) = AsyncStream<Int>.makeStream()
        let application = try HubApplication(configuration: configuration, yard: yard, group: group, logger: quiet)
            .make { running.yield($0.localAddress?.port ?? 0) }
        let services = ServiceGroup(
            configuration: .init(
                services: HubProcess.services(application, yard: yard, drainSpread: configuration.drainSpread),
                logger: quiet))
        let tokens = await Tokens(secret: secret)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { running.finish() }
                try await services.run()
            }
            var outcome: Result<T, any Error>?
            for await port in ports {
                let hub = TestHub(conninfo: conninfo, port: port, yard: yard, tokens: tokens)
                do { outcome = .success(try await body(hub)) } catch { outcome = .failure(error) }
                break
            }
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
            guard let outcome else { throw NotRunning() }
            return try outcome.get()
        }
    }

    struct NotRunning: Error {}

    /// The hub without its port.
    static func inside<T>(
        of conninfo: String, configuration: Configuration,
        _ body: (Yard, MultiThreadedEventLoopGroup, Passwords) async throws -> T
    ) async throws -> T {
        let (claim, keys, directory) = try await TestDatabases.blocking {
            let database = HubDatabase(conninfo: conninfo)
            let claim = try database.claim(now: LoopLane.wallClock())
            let keys = try database.personKeys(master: secret)
            return (claim, keys, try database.directory(keys))
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.loopCount)
        let passwords = Passwords(threads: .singleton, cost: configuration.passwordCost)
        let parts = Yard.Parts(
            claim: claim, conninfo: conninfo, keys: keys, directory: directory, tokens: await Tokens(secret: secret),
            passwords: passwords)
        let yard = Yard(parts, configuration: configuration, group: group, logger: quiet) {}
        let outcome: Result<T, any Error>
        do { outcome = .success(try await body(yard, group, passwords)) } catch { outcome = .failure(error) }
        await yard.stop(spread: .zero)
        try await group.shutdownGracefully()
        return try outcome.get()
    }

    private static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    /// A few hubs at once are quicker than one; many would only wait for each other.
    private static let gate = Gate(4)

    // MARK: Clients

    func get(_ path: String, as login: String? = nil) async throws -> TestHTTP.Answer {
        let token: String? = if let login { try await token(of: login) } else { nil }
        return try await TestHTTP.send(.GET, path, port: port, token: token)
    }

    func post(_ path: String, _ body: JSONValue) async throws -> TestHTTP.Answer {
        try await TestHTTP.send(.POST, path, port: port, body: body)
    }

    /// A new log-in: access token and refresh token.
    func logIn(_ login: String) async throws -> JSONValue {
        let answer = try await post(
            "/api/v1/auth/login", ["login_id": .text(login), "password": .text(DemoYard.password)])
        guard answer.status == 200 else { throw TestClient.Refused(description: "log-in: \(answer)") }
        return answer.json.data
    }

    /// The access token of an account, of one log-in per hub.
    func token(of login: String) async throws -> String {
        if let token = known.withLock({ $0[login] }) { return token }
        guard let token = try await logIn(login).access_token.string else { throw NotRunning() }
        known.withLock { $0[login] = token }
        return token
    }

    func connect() async throws -> TestClient { try await TestClient.connect(port: port) }

    /// Connected and logged in.
    /// - Parameter token: of an earlier log-in; many log-ins of one account at once count as guesses.
    func client(_ login: String, token: String? = nil) async throws -> TestClient {
        let client = try await connect()
        let known: String
        if let token { known = token } else { known = try await self.token(of: login) }
        let welcome = try await client.hello(token: known)
        guard welcome.op == "welcome" else { throw TestClient.Refused(description: "hello: \(welcome)") }
        return client
    }

    func edge(_ station: String, key: String? = nil) async throws -> TestEdge {
        let client = try await connect()
        let welcome = try await client.hello(apiKey: key ?? DemoYard.edgeKeys[station] ?? "")
        guard welcome.op == "welcome" else { throw TestClient.Refused(description: "hello: \(welcome)") }
        return TestEdge(client, station)
    }

    // MARK: Yard

    /// Trucks beside those of the demonstration, each with a plate of its own and no driver.
    func addTrucks(_ count: Int, tareGrams: Int64? = nil) async throws -> [String] {
        let admin = try await client("admin")
        var plates: [String] = []
        for number in 1...count {
            let plate = "부산99바\(1000 + number)"
            try await admin.succeed(
                "\(Self.site)/master/vehicle:t\(number)", "create", ["fields": ["plate": .text(plate)]])
            plates.append(plate)
        }
        try await admin.close()
        return plates
    }

    /// Changes fields of the site's own record.
    func changeSite(_ fields: JSONValue) async throws {
        let admin = try await client("admin")
        try await admin.succeed("\(Self.site)/master/site:\(Self.site)", "change", ["fields": fields])
        try await admin.close()
    }
}

/// Lets a few in at a time, in order.
private final class Gate: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
