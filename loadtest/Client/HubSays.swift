internal import NIOCore
internal import Wire

/// What the hub says (docs/protocol.md), as far as somebody here listens to it.
enum HubSays: Sendable {
    case welcome(epoch: String)
    /// `data` and the rest are in the members.
    case snapshot(topic: String, epoch: String, seq: Int64, JSONMembers)
    /// `seq` is the newest of the missed events that follow.
    case resumed(topic: String, epoch: String, seq: Int64)
    /// An `event`, or a `state`, which has no name.
    case event(topic: String, seq: Int64, prev: Int64, JSONMembers)
    case live(topic: String, JSONMembers)
    /// Without a fault the command is durable.
    case reply(id: String, seq: Int64, Fault?)
    /// `refused` is the list as it came.
    case ack(topic: String, boot: String, n: Int64, refused: String?)
    /// Every second.
    case tick
    case drain(afterMillis: Int64)
    case expiring
    /// A subscription is over.
    case ended(topic: String, Fault)
    /// Something was refused.
    case error(Fault)
    case other

    struct Fault: Sendable, CustomStringConvertible {
        let code: String
        let message: String
        /// Worth another try, from then on.
        let afterMillis: Int64?

        init(_ members: JSONMembers) {
            let error = members.object("error").flatMap { try? JSONMembers($0) }
            code = error?.string("code") ?? "?"
            message = error?.string("message") ?? ""
            afterMillis = error?.integer("after")
        }

        var description: String { "\(code) \(message)" }
    }

    init(_ frame: ByteBuffer) throws(JSONMembers.Failure) {
        if let quick = frame.withUnsafeReadableBytes(Self.quick) {
            self = quick
            return
        }
        let members = try JSONMembers(Array(frame.readableBytesView))
        let topic = members.string("topic") ?? ""
        let seq = members.integer("seq") ?? 0
        switch members.string("op") {
        case "welcome": self = .welcome(epoch: members.string("epoch") ?? "")
        case "snapshot": self = .snapshot(topic: topic, epoch: members.string("epoch") ?? "", seq: seq, members)
        case "resumed": self = .resumed(topic: topic, epoch: members.string("epoch") ?? "", seq: seq)
        case "event", "state": self = .event(topic: topic, seq: seq, prev: members.integer("prev") ?? 0, members)
        case "live": self = .live(topic: topic, members)
        case "reply":
            let isDone = members["ok"]?.first == UInt8(ascii: "t")
            self = .reply(id: members.string("id") ?? "", seq: seq, isDone ? nil : Fault(members))
        case "ack":
            self = .ack(
                topic: topic, boot: members.string("boot") ?? "", n: members.integer("n") ?? 0,
                refused: members["refused"].map { String(decoding: $0, as: UTF8.self) })
        case "tick": self = .tick
        case "drain": self = .drain(afterMillis: members.integer("after") ?? 0)
        case "expiring": self = .expiring
        case "ended": self = .ended(topic: topic, Fault(members))
        case "error": self = .error(Fault(members))
        default: self = .other
        }
    }

    // MARK: The two frames that come in thousands are read without building anything

    private static let tickHead = Array(#"{"op":"tick""#.utf8)
    private static let replyHead = Array(#"{"op":"reply","id":""#.utf8)
    private static let isDone = Array(#"","ok":true,"seq":"#.utf8)

    /// Nil for every other frame, and when the members stand in another order.
    private static func quick(_ bytes: UnsafeRawBufferPointer) -> HubSays? {
        if bytes.starts(with: tickHead) { return .tick }
        guard bytes.starts(with: replyHead) else { return nil }
        var index = replyHead.count
        guard let number = bytes.digits(&index), bytes[index...].starts(with: isDone) else { return nil }
        index += isDone.count
        guard let seq = bytes.digits(&index), bytes[index...].elementsEqual([UInt8(ascii: "}")]) else { return nil }
        return .reply(id: String(number), seq: seq, nil)
    }
}

extension UnsafeRawBufferPointer {
    /// The number that stands at `index`, which moves behind it. At most 18 digits: no number that overflows.
    func digits(_ index: inout Int) -> Int64? {
        let start = index
        var value: Int64 = 0
        while index < count, index - start < 18, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self[index]) {
            value = value * 10 + Int64(self[index] - UInt8(ascii: "0"))
            index += 1
        }
        return index > start ? value : nil
    }
}
