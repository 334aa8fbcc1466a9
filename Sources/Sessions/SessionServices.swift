package import Actors
package import Wire

/// The socket under a session, as the loop uses it; all calls on the loop.
package protocol SessionConnection: AnyObject {
    /// Sends a message that is for this peer alone.
    func send(_ message: [UInt8])
    /// Sends what many peers get. All kinds keep their order.
    func send(_ frame: SharedFrame)
    func send(_ published: PublishedRun)
    /// Bytes that the peer has not taken yet.
    var pendingByteCount: Int { get }
    /// Calls back once, when everything written so far has left; never from inside this call. Not called after the end.
    func whenDrained(_ callback: @escaping @Sendable () -> Void)
    func close(_ code: CloseCode, reason: String)
    /// Tells the peer to come back after so many milliseconds, and closes.
    func drain(afterMillis: Int64)
}

extension SessionConnection {
    package func drain(afterMillis: Int64) {
        send(ServerMessage.drain(afterMillis: afterMillis))
        close(.draining, reason: "drain")
    }
}

/// What sessions need from the rest of the hub. Answers come back on any thread; the loop posts them to itself.
package protocol SessionServices: Sendable {
    /// Changes when history is not a continuation of what clients have seen (a restored database).
    var epoch: String { get }
    func authenticate(
        _ credential: Credential, session: String, done: @escaping @Sendable (AuthenticationResult) -> Void)
    /// Who the account or device is by now; nil when it may not be here any more. Asked every second.
    func standing(of principal: Principal) -> Principal?
    func view(_ principal: Principal, of stream: StreamID, mine: Bool) -> Session.ViewAnswer
    func look(_ look: Look, at stream: StreamID)
    /// Events `after < seq`, only those that `view` shows; nil when they cannot be read.
    func replay(
        _ stream: StreamID, view: View, after seq: Int64, count: Int,
        done: @escaping @Sendable ([StoredEvent]?) -> Void)
    func send(_ request: Request, to stream: StreamID)
    func observe(_ live: [UInt8], by principal: Principal, at stream: StreamID)
    /// A digest of what a command says, for its idempotency key.
    func digest(_ parts: [[UInt8]]) -> [UInt8]
    /// What `welcome` says besides the identity.
    func greeting(for principal: Principal) -> Greeting
    /// A device has begun or ceased to speak for its stations.
    func deviceLinked(_ principal: Principal, _ isLinked: Bool)
}

extension SessionServices {
    /// A command as its actor gets it. The same key with the same words is the same command, whichever way it came.
    package func request(
        _ command: ClientMessage.Command, of principal: Principal, reply: @escaping @Sendable (Outcome) -> Void
    ) -> Request {
        Request(
            name: command.name, arguments: command.arguments, key: command.key,
            body: digest([Array(command.topic.utf8), Array(command.name.utf8), command.arguments]),
            principal: principal, expected: command.expected, reply: reply)
    }

    /// A settled weight, for its station. Of one whose number another weight has, staff hear before the edge does.
    package func settle(
        _ settled: ClientMessage.Settled, of principal: Principal, at station: StreamID,
        reply: @escaping @Sendable (Outcome) -> Void
    ) {
        var arguments = JSONWriter()
        if let binding = settled.binding { arguments.member("binding", binding) }
        arguments.member("reading", json: settled.reading)
        let body = arguments.finish()
        let digest = digest([body])
        let request = Request(
            name: "settle", arguments: body, key: "\(settled.boot):\(settled.n)", body: digest, principal: principal
        ) { outcome in
            guard outcome == .keyReused else { return reply(outcome) }
            recordReused(settled, digest, at: station) { reply($0.hasToBeTriedAgain ? $0 : .keyReused) }
        }
        send(request, to: station)
    }

    private func recordReused(
        _ settled: ClientMessage.Settled, _ digest: [UInt8], at station: StreamID,
        reply: @escaping @Sendable (Outcome) -> Void
    ) {
        var arguments = JSONWriter()
        arguments.member("reading", json: settled.reading)
        send(
            Request(
                name: "recordReused", arguments: arguments.finish(), key: CommandKey.reused + digest.hex, body: digest,
                principal: .system(site: station.site), reply: reply), to: station)
    }
}

extension Outcome {
    fileprivate var hasToBeTriedAgain: Bool {
        switch self {
        case .busy, .unavailable: true
        case .committed, .rejected, .keyReused, .versionConflict: false
        }
    }
}

package struct Greeting: Sendable {
    package let build: String
    /// JSON of the principal.
    package let principal: [UInt8]
    /// JSON of the site's name and telephone number.
    package let yard: [UInt8]

    package init(build: String, principal: [UInt8], yard: [UInt8]) {
        self.build = build
        self.principal = principal
        self.yard = yard
    }
}
