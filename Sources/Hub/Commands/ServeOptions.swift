import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import NIOCore
import Sessions

struct ServeOptions: ParsableArguments {
    @Option(help: "Address to listen on. 0.0.0.0 for every network.")
    var host = "127.0.0.1"

    @Option(help: "Port for pages, REST and WebSocket.")
    var port = 8080

    @Option(help: "Directory of the hub's own data, with its private PostgreSQL.")
    var data = "var/hub"

    @Option(help: "Directory of the day's seals, best on another disk; by default seals in --data.")
    var seals: String?

    @Option(
        help:
            "Directory on another disk, which exists: the private PostgreSQL's log is streamed there (docs/backup.md).")
    var walTo: String?

    @Option(help: "JSON file of those outside who are told of slips (docs/receivers.md).")
    var receivers: String?

    @Option(help: "Directory of the pages.")
    var web = "web"

    @OptionGroup var tls: TLSOptions

    @Option(name: .customLong("allow-origin"), help: "Another origin whose pages may connect; may be repeated.")
    var allowedOrigins: [String] = []

    @Option(
        name: .customLong("trust-proxy"),
        help: "Address of a reverse proxy whose X-Forwarded-For is believed; may be repeated.")
    var trustedProxies: [String] = []

    @Option(help: "WebSockets that one address may have open. A yard's phones share one address.")
    var connectionsPerAddress = 1000

    @Option(help: "WebSockets that one account or device may have open.")
    var connectionsPerUser = SessionLimits().sessionsPerUserMax

    @Option(help: "Messages a second that one WebSocket may send, weights not counted.")
    var messagesPerSecond = Int(SessionLimits().messagesPerSecond)

    @Option(help: "Event loops; by default one per core.")
    var loops: Int?

    @Option(help: "REST requests per minute and account.")
    var requestsPerMinute = 100

    @Flag(inversion: .prefixedNo, help: "Write frames straight to the socket while nothing is pending.")
    var directWrites = true

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port takes 0 to 65535, not \(port).") }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level does not know '\(logLevel)'.")
        }
        guard loops.map({ $0 > 0 }) ?? true else { throw ValidationError("--loops takes 1 or more.") }
        for origin in allowedOrigins {
            let rest =
                origin.hasPrefix("https://")
                ? origin.dropFirst(8) : origin.hasPrefix("http://") ? origin.dropFirst(7) : ""
            guard !rest.isEmpty, !rest.contains("/") else {
                throw ValidationError("--allow-origin takes an origin such as https://yard.example, not \(origin).")
            }
        }
        for proxy in trustedProxies where (try? SocketAddress(ipAddress: proxy, port: 0)) == nil {
            throw ValidationError("--trust-proxy takes an IP address, not \(proxy).")
        }
        for (option, value) in [
            ("--requests-per-minute", requestsPerMinute), ("--connections-per-address", connectionsPerAddress),
            ("--connections-per-user", connectionsPerUser), ("--messages-per-second", messagesPerSecond),
        ] where !(1...1_000_000).contains(value) {
            throw ValidationError("\(option) takes 1 to 1000000, not \(value).")
        }
    }

    /// Throws when a certificate cannot be used.
    func configuration() throws -> Configuration {
        var configuration = Configuration(
            dataDirectory: Self.absolute(data), databaseURL: Self.environment("DATABASE_URL"),
            webDirectory: Self.absolute(web), loopCount: loops ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        if walTo != nil, configuration.databaseURL != nil {
            throw ValidationError("--wal-to is for the private PostgreSQL, and DATABASE_URL names another.")
        }
        do {
            configuration.receivers = try receivers.map { try ReceiversFile(path: Self.absolute($0)).entries } ?? []
        } catch {
            throw ValidationError("--receivers: \(error)")
        }
        configuration.logDirectory = walTo.map(Self.absolute)
        configuration.host = host
        configuration.sealPath = seals.map(Self.absolute)
        configuration.port = port
        configuration.tls = try tls.configuration
        configuration.trustedProxies = Set(trustedProxies.map(ClientAddresses.canonical))
        configuration.webSocketsPerAddress = connectionsPerAddress
        configuration.sessionLimits.sessionsPerUserMax = connectionsPerUser
        configuration.sessionLimits.messagesPerSecond = Double(messagesPerSecond)
        configuration.sessionLimits.messageBurst = Double(4 * messagesPerSecond)
        configuration.allowedOrigins = allowedOrigins
        configuration.usesDirectWrites = directWrites
        configuration.requestsPerMinute = requestsPerMinute
        return configuration
    }

    func startLogging() {
        let level = Logger.Level(rawValue: logLevel) ?? .info
        LoggingSystem.bootstrap { label in
            var handler = JSONLogHandler(label: label)
            handler.logLevel = level
            return handler
        }
    }

    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        guard let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return String(cString: here) + "/" + path
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
