import Actors
import Wire

/// Does what sessions ask for, and brings the answers back to them.
extension SessionLoop {
    func run(_ actions: [Session.Action], _ id: Int, _ member: Member) {
        for action in actions {
            switch action {
            case .send(let message): member.connection.send(message)
            case .sendShared(let frames): for frame in frames { member.connection.send(frame) }
            case .authenticate(let credential): authenticate(credential, id, member)
            case .greet(let identity): greet(identity, member)
            case .look(let stream, let mine, let number, .zero): look(stream, mine, number, id, member)
            case .look(let stream, let mine, let number, let wait):
                lane.after(wait) { [self] in
                    if let member = members[id] { look(stream, mine, number, id, member) }
                }
            case .replay(let stream, let view, let after, let count, let number):
                replays.replay(Topic(stream, view), after: after, count: count) { [self] events in
                    back(id) { $0.session.replayed(number, events) }
                }
            case .join(let topic):
                // A new wish for a topic that skips: from here on the session decides what it gets.
                member.lagging.remove(topic)
                table.join(topic, member)
            case .promote(let topic): table.promote(topic, member)
            case .leave(let topic): table.leave(topic, member)
            case .command(let command, let stream): send(command, stream, id, member)
            case .settled(let settled, let stream): send(settled, stream, id, member)
            case .live(let value, let stream):
                guard let principal = member.session.identity?.principal else { continue }
                services.observe(value, by: principal, at: stream)
            case .close(let code, let reason): member.connection.close(code, reason: reason)
            }
        }
    }

    /// Continues a session with an answer that came from elsewhere; if it is still there.
    private func back(_ id: Int, _ body: @escaping @Sendable (Member) -> [Session.Action]) {
        lane.post { [self] in
            guard let member = members[id] else { return }
            run(body(member), id, member)
        }
    }

    private func authenticate(_ credential: Credential, _ id: Int, _ member: Member) {
        services.authenticate(credential, session: member.name) { [self] result in
            back(id) { [self] in $0.session.authenticated(seated(result, $0), now: lane.now()) }
        }
    }

    /// A log-in takes a seat; a refresh keeps it.
    private func seated(_ result: AuthenticationResult, _ member: Member) -> AuthenticationResult {
        guard case .accepted(let identity) = result, member.seat == nil else { return result }
        guard seats.take(identity.principal) else { return .crowded(max: seats.countMax) }
        member.seat = identity.principal
        return result
    }

    private func greet(_ identity: Identity, _ member: Member) {
        let greeting = services.greeting(for: identity.principal)
        let message = ServerMessage.welcome(
            session: member.name, epoch: services.epoch, now: lane.now().milliseconds, build: greeting.build,
            expiresAt: identity.expiresAt?.milliseconds, principal: greeting.principal, yard: greeting.yard)
        member.connection.send(message)
        if identity.principal.role == .device { services.deviceLinked(identity.principal, true) }
    }

    private func look(_ stream: StreamID, _ mine: Bool, _ number: Int, _ id: Int, _ member: Member) {
        guard let principal = member.session.identity?.principal else { return }
        let look = Look(principal: principal, mine: mine) { [self] answer in
            back(id) { $0.session.looked(number, answer) }
        }
        services.look(look, at: stream)
    }

    private func send(_ command: ClientMessage.Command, _ stream: StreamID, _ id: Int, _ member: Member) {
        guard let principal = member.session.identity?.principal else { return }
        let request = services.request(command, of: principal) { [self] outcome in
            back(id) { $0.session.answered(command.id, outcome) }
        }
        services.send(request, to: stream)
    }

    /// A settled weight is asked again here until it has an outcome; those behind it wait.
    private func send(_ settled: ClientMessage.Settled, _ stream: StreamID, _ id: Int, _ member: Member) {
        guard let principal = member.session.identity?.principal else { return }
        services.settle(settled, of: principal, at: stream) { [self] outcome in
            switch outcome {
            case .busy(let after), .unavailable(let after):
                lane.after(after) { [self] in
                    guard let member = members[id] else { return }
                    send(settled, stream, id, member)
                }
            default: back(id) { $0.session.answered(settled, outcome) }
            }
        }
    }
}
