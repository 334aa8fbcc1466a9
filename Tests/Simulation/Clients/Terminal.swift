import Actors
import Wire

/// The machine of one person or one edge: it logs in, follows topics, gives commands, and comes back for ever.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class Terminal: @unchecked Sendable {
    let principal: Principal
    unowned let world: World
    /// An edge's weights.
    let weights: WeightStore?

    private var subscriptions: [Subscription] = []
    private var callers: [Caller] = []
    /// Whose frames are under way on this connection, by their label.
    private var asked: [String: Caller] = [:]
    private var wished: [String: Subscription] = [:]
    private var socket: SimSocket?
    private var connection = 0
    private var labelCount = 0
    private var isAway = false
    /// May talk on this connection: it is welcome, or does not wait to be.
    private var isTalking = false

    init(_ principal: Principal, world: World) {
        self.principal = principal
        self.world = world
        weights = principal.role == .device ? WeightStore(principal) : nil
    }

    var hub: SimHub? { isTalking ? socket?.hub : nil }

    /// Connects, anew when it was connected.
    func connect() {
        leave(hubLearnsWithin: 6000)
        let number = connection
        guard !isAway else { return }
        guard let hub = world.frontHub() else { return again(after: 500, number) }
        let socket = SimSocket(hub, loop: world.luck.below(hub.loops.count), world: world) { [self] event in
            guard connection == number else { return }
            switch event {
            case .message(let bytes): hear(bytes)
            case .closed: lost()
            }
        }
        self.socket = socket
        world.scheduler.trace.line("\(world.scheduler.time) \(principal.id) connects to hub \(hub.number)")
        socket.open()
        socket.say(Frame.hello(principal))
        // Thirty-two frames may follow at once.
        if subscriptions.count + callers.count < 30, world.luck.chance(50) { talk() }
        world.outside(after: 12_000) { [self] in
            if connection == number, !isTalking { connect() }
        }
    }

    /// Gone for a while, as a machine whose cable is out.
    func stayAway(for milliseconds: Int) {
        isAway = true
        leave(hubLearnsWithin: 200)
        world.outside(after: milliseconds) { [self] in
            isAway = false
            connect()
        }
    }

    /// The hub is gone; a terminal notices in its own time.
    func hubCrashed(_ hub: SimHub) {
        guard let socket, socket.hub === hub else { return }
        socket.breakLink()
    }

    private func lost() {
        world.scheduler.trace.line("\(world.scheduler.time) \(principal.id) is cut off")
        leave(hubLearnsWithin: 0)
        again(after: 100 + world.luck.below(2000), connection)
    }

    private func leave(hubLearnsWithin milliseconds: Int) {
        connection += 1
        isTalking = false
        asked = [:]
        wished = [:]
        socket?.cut(hubLearnsWithin: milliseconds)
        socket = nil
        for subscription in subscriptions { subscription.isAnswered = false }
    }

    private func again(after milliseconds: Int, _ number: Int) {
        world.outside(after: milliseconds) { [self] in
            if connection == number { connect() }
        }
    }

    // MARK: Talking

    func follow(_ subscription: Subscription) {
        subscriptions.append(subscription)
        if isTalking { ask(for: subscription) }
    }

    /// Some page asks again for what it follows already.
    func followAgain() {
        guard isTalking, !subscriptions.isEmpty else { return }
        ask(for: world.luck.pick(subscriptions))
    }

    func call(_ caller: Caller) {
        callers.append(caller)
        if isTalking { say(caller) }
    }

    func live(_ json: String, at station: StreamID) {
        if isTalking { socket?.say(Frame.live(json, at: station)) }
    }

    /// Sends the weights that may go out now.
    func pump() {
        guard isTalking, let weights else { return }
        for weight in weights.next() {
            world.scheduler.trace.line("\(world.scheduler.time) \(principal.id) sends weight \(weight.key)")
            socket?.say(Frame.settled(weight))
        }
    }

    private func talk() {
        isTalking = true
        for subscription in subscriptions { ask(for: subscription) }
        for caller in callers { say(caller) }
        weights?.restart()
        pump()
    }

    private func ask(for subscription: Subscription) {
        world.scheduler.trace.line("\(world.scheduler.time) \(principal.id) asks for \(subscription.name)")
        let label = newLabel("s")
        subscription.willAsk(label)
        wished[label] = subscription
        socket?.say(Frame.subscribe(label, subscription))
    }

    private func say(_ caller: Caller) {
        let number = connection
        for _ in 0..<(world.luck.chance(4) ? 2 : 1) {
            let label = newLabel("c")
            asked[label] = caller
            socket?.say(Frame.command(label, caller.ask))
        }
        caller.attempt += 1
        let attempt = caller.attempt
        world.outside(after: Caller.patience) { [self] in
            if connection == number, !caller.isDone, caller.attempt == attempt { say(caller) }
        }
    }

    private func newLabel(_ prefix: String) -> String {
        labelCount += 1
        return "\(prefix)\(labelCount)"
    }

    // MARK: Listening

    private func hear(_ bytes: [UInt8]) {
        guard let message = try? JSONMembers(bytes), let op = message.string("op") else {
            return world.oracle.fail(
                "\(principal.id) gets what is no message: \(String(decoding: bytes, as: UTF8.self))")
        }
        world.scheduler.trace.line(
            "\(world.scheduler.time) \(principal.id) hears \(op) \(message.string("topic") ?? message.string("id") ?? "") \(message.integer("seq") ?? 0)"
        )
        switch op {
        case "welcome": if !isTalking { talk() }
        case "snapshot", "resumed", "event", "state", "live", "ended":
            guard let topic = message.string("topic"), let mine = subscriptions.first(where: { $0.name == topic })
            else { return world.oracle.fail("\(principal.id) gets \(op) of \(message.string("topic") ?? "nothing")") }
            mine.hear(op, message)
        case "reply": replied(message)
        case "ack": acked(message)
        case "expiring":
            // Now and then nobody is there to do it.
            if world.luck.chance(85) { socket?.say(Frame.refresh(principal)) }
        case "error": refused(message)
        case "drain", "refreshed": break
        default: world.oracle.fail("\(principal.id) gets \(op)")
        }
    }

    private func replied(_ message: JSONMembers) {
        guard let label = message.string("id"), let caller = asked.removeValue(forKey: label) else {
            return world.oracle.fail(
                "\(principal.id) gets an answer twice, or to nothing: \(message.string("id") ?? "")")
        }
        guard let fault = Fault(message), fault.retry else {
            callers.removeAll { $0 === caller }
            return caller.finish()
        }
        let number = connection
        world.outside(after: Int(fault.after) + world.luck.below(400)) { [self] in
            if connection == number, !caller.isDone { say(caller) }
        }
    }

    private func acked(_ message: JSONMembers) {
        guard let weights, let boot = message.string("boot"), let n = message.integer("n") else {
            return world.oracle.fail("\(principal.id) gets an ack of nothing")
        }
        weights.acked(boot, through: n, refused: message["refused"].map { Array($0) } ?? [], world.oracle)
        pump()
    }

    /// What is refused for now is asked again; nothing else may be.
    private func refused(_ message: JSONMembers) {
        guard let fault = Fault(message) else { return world.oracle.fail("an error without one") }
        // The connection closes by itself.
        if fault.code == "tokenExpired" { return }
        guard fault.retry else {
            return world.oracle.fail("\(principal.id) is refused: \(fault.code) \(message.string("id") ?? "")")
        }
        let number = connection
        let wish = message.string("id").flatMap { wished.removeValue(forKey: $0) }
        // Too much was asked: what was followed before still is. Else it is not.
        if fault.code != "rateLimited" { wish?.isAnswered = false }
        world.outside(after: Int(fault.after) + world.luck.below(400)) { [self] in
            guard connection == number else { return }
            if let wish { return ask(for: wish) }
            weights?.restart()
            pump()
        }
    }

    struct Fault {
        let code: String
        let retry: Bool
        let after: Int64

        init?(_ message: JSONMembers) {
            guard let error = message.object("error"), let members = try? JSONMembers(error) else { return nil }
            code = members.string("code") ?? ""
            retry = members["retry"].map { Array($0) } == Array("true".utf8)
            after = members.integer("after") ?? 0
        }
    }
}
