internal import FoundationEssentials

/// What the hub says to an edge (`docs/protocol.md`); whatever an edge has no use for is `other`.
package enum HubMessage: Equatable, Sendable {
    case welcome(epoch: Epoch, now: Int64)
    case snapshot(topic: String, cursor: Cursor, station: StationView)
    /// The queue as it is now.
    case queue(topic: String, QueuePicture)
    case resumed(topic: String, cursor: Cursor)
    case event(topic: String, seq: Int64, prev: Int64, StationEvent)
    case ended(topic: String, HubError)
    /// `again`: of the weights offered again; otherwise of the others.
    case ack(topic: String, boot: String, n: Int64, again: Bool = false, refused: [Int64: String])
    /// The answer to a command; nil when the hub has it.
    case reply(id: String, HubError?)
    case tick(now: Int64)
    case drain(afterMillis: Int64)
    case error(id: String?, HubError)
    case other(op: String)
}

/// Where a subscription stands: repeated to the hub after a cut, so that it can send what was missed.
package struct Cursor: Codable, Equatable, Sendable {
    package let epoch: Epoch
    package var seq: Int64

    package init(epoch: Epoch, seq: Int64) {
        self.epoch = epoch
        self.seq = seq
    }
}

/// The hub's label of a history; kept as it came. A hub that was restored from a backup shows another one.
package enum Epoch: Codable, Equatable, Sendable, CustomStringConvertible {
    case text(String)
    case number(Int64)

    package var description: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        }
    }

    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let number = try? value.decode(Int64.self) {
            self = .number(number)
        } else {
            self = .text(try value.decode(String.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .text(let text): try value.encode(text)
        case .number(let number): try value.encode(number)
        }
    }
}

/// What an edge sees of its station.
package struct StationView: Decodable, Equatable, Sendable {
    package let binding: Binding?
    package let divisionGrams: Int64?
}

/// The truck that was called to a station.
package struct Binding: Decodable, Equatable, Sendable {
    package let id: String
    package let plate: String?
    package let pass: Int?
    package let expectedTareGrams: Int64?

    package init(id: String, plate: String? = nil, pass: Int? = nil, expectedTareGrams: Int64? = nil) {
        self.id = id
        self.plate = plate
        self.pass = pass
        self.expectedTareGrams = expectedTareGrams
    }
}

package enum StationEvent: Equatable, Sendable {
    case bound(Binding)
    case unbound(binding: String)
    case weighed(binding: String)
    case platformCleared
    case other(String)
    /// An event an edge knows by its name, with data that are not what the protocol says.
    case unreadable(String)
}

package struct HubError: Decodable, Equatable, Sendable {
    package let code: String
    package let message: String?
    package let retry: Bool?
    /// Milliseconds from now, at the earliest.
    package let after: Int64?
    package let params: [String: String]?

    package init(
        code: String, message: String? = nil, retry: Bool? = nil, after: Int64? = nil, params: [String: String]? = nil
    ) {
        self.params = params
        self.code = code
        self.message = message
        self.retry = retry
        self.after = after
    }

    /// Until it is worth to ask again.
    var wait: Duration { retry == true ? .milliseconds(max(1_000, after ?? 5_000)) : RetryPolicy.slow }

    /// Of a subscription: the key does not speak for the topic, or no station can have this name.
    package var isDenial: Bool { ["forbidden", "unknownTopic"].contains(code) && retry != true }
}

extension HubMessage: Decodable {
    /// - Throws: `DecodingError` for a frame that is not what the protocol says.
    package init(json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(HubMessage.self, from: Data(json))
    }

    private enum Key: String, CodingKey {
        case op, id, topic, epoch, seq, prev, now, name, data, ok, error, boot, n, again, refused, after
    }

    private struct Refusal: Decodable {
        let n: Int64
        let code: String
    }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let topic = { try box.decode(String.self, forKey: .topic) }
        let number = { (key: Key) in try box.decode(Int64.self, forKey: key) }
        let cursor = { Cursor(epoch: try box.decode(Epoch.self, forKey: .epoch), seq: try number(.seq)) }
        let error = { try box.decode(HubError.self, forKey: .error) }
        switch try box.decode(String.self, forKey: .op) {
        case "welcome":
            self = .welcome(epoch: try box.decode(Epoch.self, forKey: .epoch), now: try number(.now))
        case "snapshot" where try isOfQueue(topic()), "state" where try isOfQueue(topic()):
            self = .queue(topic: try topic(), try box.decode(QueuePicture.self, forKey: .data))
        case "snapshot":
            let station = try box.decode(StationView.self, forKey: .data)
            self = .snapshot(topic: try topic(), cursor: try cursor(), station: station)
        case "resumed": self = .resumed(topic: try topic(), cursor: try cursor())
        case "event":
            let name = try box.decode(String.self, forKey: .name)
            // Its place in the order is known all the same, and must not be lost with its data.
            let event = (try? StationEvent(name: name, box, data: .data)) ?? .unreadable(name)
            self = .event(topic: try topic(), seq: try number(.seq), prev: try number(.prev), event)
        case "ended": self = .ended(topic: try topic(), try error())
        case "ack":
            let refusals = try box.decodeIfPresent([Refusal].self, forKey: .refused) ?? []
            let refused = Dictionary(refusals.map { ($0.n, $0.code) }) { first, _ in first }
            let boot = try box.decode(String.self, forKey: .boot)
            let again = try box.decodeIfPresent(Bool.self, forKey: .again) ?? false
            self = .ack(topic: try topic(), boot: boot, n: try number(.n), again: again, refused: refused)
        case "reply":
            let ok = try box.decode(Bool.self, forKey: .ok)
            self = .reply(id: try box.decode(String.self, forKey: .id), try ok ? nil : error())
        case "tick": self = .tick(now: try number(.now))
        case "drain": self = .drain(afterMillis: try box.decodeIfPresent(Int64.self, forKey: .after) ?? 0)
        case "error": self = .error(id: try box.decodeIfPresent(String.self, forKey: .id), try error())
        case let op: self = .other(op: op)
        }
    }
}

private func isOfQueue(_ topic: String) -> Bool { topic.split(separator: "/").dropFirst().first == "queue" }

extension StationEvent {
    private struct BoundData: Decodable { let binding: Binding }
    private struct IdentifierData: Decodable { let binding: String }

    init<Key>(name: String, _ box: KeyedDecodingContainer<Key>, data key: Key) throws {
        switch name {
        case "bound": self = .bound(try box.decode(BoundData.self, forKey: key).binding)
        case "unbound": self = .unbound(binding: try box.decode(IdentifierData.self, forKey: key).binding)
        case "weighed": self = .weighed(binding: try box.decode(BoundData.self, forKey: key).binding.id)
        case "platformCleared": self = .platformCleared
        default: self = .other(name)
        }
    }
}
