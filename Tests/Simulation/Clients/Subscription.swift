import Actors
import Wire

/// A topic that a terminal follows by the one rule of docs/protocol.md, from one connection to the next.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class Subscription: @unchecked Sendable {
    enum Message: Sendable {
        case snapshot([UInt8])
        case event(name: String, data: [UInt8])
        case state([UInt8])
    }

    let stream: StreamID
    let name: String
    /// The hub has answered on this connection.
    var isAnswered = false

    private let principal: Principal
    private let topic: Topic
    private let oracle: Oracle
    private let receive: @Sendable (Message) -> Void
    private var epoch: String?
    private var startSeq: Int64 = 0
    private var seq: Int64 = 0
    private var applied: [Int64] = []
    private var picture: [UInt8] = []
    /// Asked again while it was followed: the answer may begin before what has come meanwhile.
    private var mayRepeatThrough: Int64 = 0
    /// The label of the newest wish, until it is answered.
    private var wish: String?

    init(
        _ stream: StreamID, _ principal: Principal, mine: Bool = false, oracle: Oracle,
        receive: @escaping @Sendable (Message) -> Void = { _ in }
    ) {
        guard let kind = Kinds.all.first(where: { $0.name == stream.kind }),
            let view = kind.view(principal, stream.key, mine)
        else { preconditionFailure("\(principal.id) may not see \(stream)") }
        self.stream = stream
        self.principal = principal
        self.oracle = oracle
        self.receive = receive
        topic = Topic(stream, view)
        name = topic.name
    }

    var cursor: ClientMessage.Cursor? { epoch.map { ClientMessage.Cursor(epoch: $0, seq: seq) } }

    func willAsk(_ label: String) {
        wish = label
        mayRepeatThrough = isAnswered ? .max : 0
    }

    func hear(_ op: String, _ message: JSONMembers) {
        let data = message.object("data") ?? []
        switch op {
        case "snapshot": begin(message, data)
        case "resumed":
            isAnswered = true
            let until = message.integer("seq") ?? -1
            oracle.expect(until >= seq || mayRepeatThrough > 0, "\(who) is at \(seq) and resumes up to \(until)")
            if message.string("id") == wish { wish = nil }
            mayRepeatThrough = min(mayRepeatThrough, until)
        case "event":
            let event = message.string("name") ?? ""
            guard take(message) else { return }
            let stored = oracle.store.event(seq, of: stream)
            oracle.expect(
                stored?.name == event && stored.map { PersonalFields.plain($0.payload) } == data,
                "\(who)#\(seq) is \(event), in the journal it is \(stored?.name ?? "nothing")")
            receive(.event(name: event, data: data))
        case "state":
            guard take(message) else { return }
            picture = data
            receive(.state(data))
        case "live": oracle.expect(isAnswered, "\(who) gets a live value before the picture")
        default: oracle.fail("\(who) ends: \(Terminal.Fault(message)?.code ?? "")")
        }
    }

    private func begin(_ message: JSONMembers, _ data: [UInt8]) {
        isAnswered = true
        epoch = message.string("epoch")
        seq = message.integer("seq") ?? -1
        startSeq = seq
        applied = []
        picture = data
        if message.string("id") == wish { wish = nil }
        // An earlier answer overtakes the newest wish.
        if wish == nil { mayRepeatThrough = 0 }
        receive(.snapshot(data))
    }

    /// The one rule. False for a repeat, which only asking again excuses.
    private func take(_ message: JSONMembers) -> Bool {
        let next = message.integer("seq") ?? -1
        let prev = message.integer("prev") ?? -1
        oracle.expect(isAnswered, "\(who) gets \(next) before the picture")
        if next <= seq, next <= mayRepeatThrough { return false }
        oracle.expect(next > seq, "\(who) gets \(next) again, is at \(seq)")
        oracle.expect(prev <= seq, "\(who) misses something: is at \(seq), the next follows \(prev)")
        seq = next
        applied.append(next)
        return true
    }

    private var who: String { "\(principal.id) on \(name)" }

    /// At rest: everything that the view shows has arrived, and the picture is the one of now.
    func checkComplete(_ hub: SimHub?) {
        guard isAnswered, let hub, hub.isUp else { return oracle.fail("\(who) is not subscribed at the end") }
        let model = oracle.model(stream)
        switch topic.view {
        case .staff, .device:
            let expected = model.shownSeqs(to: topic.view, after: startSeq)
            oracle.expect(applied == expected, "\(who) from \(startSeq) has \(applied), shown must be \(expected)")
        case .driver where stream.kind == WeighStation.name: break
        // A driver's own page of the register may lag behind the new day, or another driver of his truck, until something of his
        // own happens; but what concerns him has arrived.
        case .person where stream == Yard.register:
            oracle.expect(seq >= model.lastConcern(of: topic.view), "\(who) is at \(seq)")
        case .driver, .person, .board:
            let now = model.picture(topic.view, hub.directory.current)
            oracle.expect(
                picture == now,
                "\(who) sees \(String(decoding: picture, as: UTF8.self)), now is \(String(decoding: now, as: UTF8.self))"
            )
        }
    }
}
