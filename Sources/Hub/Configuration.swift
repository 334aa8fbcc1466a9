import NIOSSL
import Sessions

/// Everything that can be set, in one place.
struct Configuration: Sendable {
    var host = "127.0.0.1"
    var port = 8080
    /// Holds the private cluster and the secret that signs tokens. Absolute.
    var dataDirectory: String
    /// A server of somebody else's; nil means the private cluster.
    var databaseURL: String?
    /// Where the day's seals go; nil means `seals` in the data directory.
    var sealPath: String?
    /// On another disk, for the private cluster's write-ahead log; absolute.
    var logDirectory: String?
    /// Those outside who are told of slips.
    var receivers: [ReceiversFile.Entry] = []
    var webDirectory: String
    var loopCount: Int
    /// For https and wss; nil for http and ws.
    var tls: TLSConfiguration?
    var usesDirectWrites = true
    /// Origins whose pages may open a WebSocket besides the hub's own; empty means same origin only.
    var allowedOrigins: [String] = []
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    var trustedProxies: Set<String> = []
    /// WebSockets one address may have open.
    var webSocketsPerAddress = 1000
    /// Between two pings to a client, or two comments to a reader of events; after three without a sign of it, it is given up.
    var pingInterval: Duration = .seconds(20)
    /// For the body of a request to come in all.
    var requestTimeout: Duration = .seconds(30)
    var requestsPerMinute = 100
    /// Of everybody behind one address, logged in or not: a yard's phones share one.
    var requestsPerMinuteAndAddress = 3000
    var requestsPerMinuteAndDevice = 1200
    var passwordCost = Passwords.cost
    var sessionLimits = SessionLimits()
    /// The build of the pages, shown in `welcome`: an outdated kiosk reloads.
    var build = "dev"
    /// Clients are told to come back within this long when the hub stops.
    var drainSpread: Duration = .seconds(2)

    var seals: SealDirectory {
        SealDirectory(path: sealPath ?? dataDirectory + "/seals", keyPath: dataDirectory + "/seal.key")
    }
}
