internal import Logging
internal import NIOCore
internal import Wire

/// Somebody with a log-in who stays connected for ever and plays a part.
struct Person<P: Part>: Sendable {
    let login: String
    let password: String
    let rest: REST
    let logger: Logger
    var part: P
    /// Only one password is checked at a time: the hub has better things to do than twenty at once. Nil: need not wait.
    let door: Door?
    /// Makes command keys unique between runs.
    private let run = String(UInt64.random(in: 0 ... .max), radix: 36)
    private var grant: REST.Grant?

    init(_ login: String, password: String, rest: REST, door: Door?, logger: Logger, part: P) {
        self.login = login
        self.password = password
        self.rest = rest
        self.door = door
        self.logger = logger
        self.part = part
    }

    /// Until the task is cancelled; then logs out.
    mutating func live() async {
        var attempt = 0
        while !Task.isCancelled {
            let wait: Duration
            do {
                wait = try await converse(&attempt)
            } catch {
                wait = pause(after: error, attempt)
                attempt += 1
                if attempt == 3 || attempt.isMultiple(of: 30) {
                    logger.info("not connected", metadata: ["login": "\(login)", "reason": "\(error)"])
                }
            }
            try? await Task.sleep(for: wait)
        }
        if let grant { try? await rest.logOut(grant.refreshToken) }
    }

    /// One connection from hello to its end. Returns how long to stay away.
    private mutating func converse(_ attempt: inout Int) async throws -> Duration {
        let token = try await token()
        let (events, feed) = AsyncStream.makeStream(of: HubSocket.Event.self)
        let place = try Place(rest.address, on: rest.group.next())
        let socket = try await place.loop.submit {
            HubSocket.open(place) { event in
                feed.yield(event)
                if case .ended = event { feed.finish() }
            }
        }.get()
        let line = Line(socket: socket, loop: place.loop)
        defer { line.close() }
        var wait = Duration.milliseconds(Int64.random(in: 200...1000))
        for await event in events {
            switch event {
            case .opened: line.send(ClientSays.hello(token: token))
            case .frame(let bytes, _):
                let says = try HubSays(bytes)
                switch says {
                case .welcome:
                    attempt = 0
                    logger.info("in the yard", metadata: ["login": "\(login)"])
                    carryOut(part.welcomed(), on: line)
                case .drain(let after): wait = .milliseconds(after + Int64.random(in: 100...500))
                case .expiring: try await renew(on: line)
                default: break
                }
                carryOut(part.heard(says, at: .now), on: line)
            case .ended(let end):
                // The log-in is over: get a new one. Everything else is worth another try with the same.
                if end.code == Self.loginRefused || end.code == Self.tokenExpired { grant = nil }
                guard end.code == Self.draining else { throw Gone(description: end.description) }
            }
        }
        return wait
    }

    /// The socket lives on its loop, a person does not.
    private struct Line {
        let socket: HubSocket
        let loop: any EventLoop

        func send(_ text: [UInt8]) { loop.execute { socket.send(text) } }
        func close() { loop.execute { socket.close() } }
    }

    private struct Gone: Error, CustomStringConvertible { let description: String }

    private static var loginRefused: CloseCode { CloseCode(rawValue: 4001) }
    private static var tokenExpired: CloseCode { CloseCode(rawValue: 4101) }
    private static var draining: CloseCode { CloseCode(rawValue: 4200) }

    private func carryOut(_ wishes: [Wish], on line: Line) {
        for wish in wishes {
            switch wish {
            case .follow(let topic): line.send(ClientSays.subscribe(topic))
            case .leave(let topic): line.send(ClientSays.unsubscribe(topic))
            case .ask(let id, let topic, let name, let arguments):
                let key = "\(run):\(id)"
                logger.debug("asks", metadata: ["login": "\(login)", "command": "\(name)"])
                line.send(ClientSays.command(id, key: key, topic: topic, name: name, arguments: arguments))
            }
        }
    }

    private mutating func token() async throws -> String {
        if let grant { return grant.accessToken }
        await door?.enter()
        do {
            try Task.checkCancellation()
            let fresh = try await rest.logIn(login, password: password)
            await door?.leave()
            grant = fresh
            logger.debug("logged in", metadata: ["login": "\(login)"])
            return fresh.accessToken
        } catch {
            await door?.leave()
            throw error
        }
    }

    private mutating func renew(on line: Line) async throws {
        guard let old = grant else { return }
        let fresh = try await rest.refresh(old.refreshToken)
        grant = fresh
        line.send(ClientSays.refresh(token: fresh.accessToken))
    }

    /// Growing pauses, spread so that a yard does not come back in step; long ones when a person has to do something.
    private func pause(after error: any Error, _ attempt: Int) -> Duration {
        let millis = Int64.random(in: 500...1000) << min(attempt, 3)
        guard let failure = error as? REST.Failure else { return .milliseconds(millis) }
        if let seconds = failure.retryAfter { return .seconds(seconds) + .milliseconds(Int64.random(in: 0...3000)) }
        return failure.status == 401 ? .seconds(60) : .milliseconds(millis)
    }
}

/// Lets one in at a time, in order.
actor Door {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func enter() async {
        guard isTaken else {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        guard waiting.isEmpty else { return waiting.removeFirst().resume() }
        isTaken = false
    }
}
