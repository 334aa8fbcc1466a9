internal import Wire

/// What the hub says (docs/protocol.md), as far as somebody here listens to it.
enum HubSays: Sendable {
    case welcome
    case snapshot(topic: String, seq: Int64, data: [UInt8])
    case event(topic: String, seq: Int64, prev: Int64, at: Int64, name: String, data: [UInt8])
    case state(topic: String, seq: Int64, data: [UInt8])
    /// Nil: the command is durable.
    case reply(id: String, Fault?)
    /// Every second.
    case tick
    case drain(afterMillis: Int64)
    case expiring
    /// A subscription is over, or was refused.
    case ended(Fault)
    case other

    struct Fault: Sendable, CustomStringConvertible {
        let code: String
        let message: String
        let afterMillis: Int64?

        init(_ members: JSONMembers) {
            let error = members.object("error").flatMap { try? JSONMembers($0) }
            code = error?.string("code") ?? "?"
            message = error?.string("message") ?? ""
            afterMillis = error?.integer("after")
        }

        var description: String { "\(code) \(message)" }
    }

    init(_ frame: [UInt8]) throws(JSONMembers.Failure) {
        let members = try JSONMembers(frame)
        let topic = members.string("topic") ?? ""
        let seq = members.integer("seq") ?? 0
        switch members.string("op") {
        case "welcome": self = .welcome
        case "snapshot": self = .snapshot(topic: topic, seq: seq, data: members.object("data") ?? [])
        case "event":
            self = .event(
                topic: topic, seq: seq, prev: members.integer("prev") ?? 0, at: members.integer("at") ?? 0,
                name: members.string("name") ?? "", data: members.object("data") ?? [])
        case "state": self = .state(topic: topic, seq: seq, data: members.object("data") ?? [])
        case "reply":
            let isDone = members["ok"]?.first == UInt8(ascii: "t")
            self = .reply(id: members.string("id") ?? "", isDone ? nil : Fault(members))
        case "tick": self = .tick
        case "drain": self = .drain(afterMillis: members.integer("after") ?? 0)
        case "expiring": self = .expiring
        case "ended", "error": self = .ended(Fault(members))
        default: self = .other
        }
    }
}
