import Foundation
import NIOCore
import Testing
import Wire

@testable import Actors
@testable import Sessions

/// The same seed draws the same sequence (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

let testEpoch = "e1"
let queue = StreamID(site: "ulsan", kind: "queue", key: "main")
let queueTopic = Topic(queue, .staff)
let staff = Principal(id: "user:7", role: .staff, site: "ulsan", name: "김반장")
let driver = Principal(id: "user:8", role: .driver, site: "ulsan", name: "이기사", driver: "D8")
let device = Principal(id: "device:edge-1", role: .device, site: "ulsan", name: "edge-1", stations: ["1"])

func at(_ seconds: Int64) -> Instant { Instant(milliseconds: seconds * 1000) }

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Who may see what in these tests: no `secret`, no `nothing`, and drivers only their own.
@Sendable func whoSees(_ principal: Principal, _ stream: StreamID, _ mine: Bool) -> Session.ViewAnswer {
    switch (stream.kind, principal.role) {
    case ("nothing", _): .unknownKind
    case ("secret", _): .forbidden
    case (_, .driver): mine ? .view(.person(principal.id)) : .view(.driver)
    case (_, .device): .view(.device)
    default: .view(.staff)
    }
}

func sight(
    _ seq: Int64, _ topic: Topic = queueTopic, isResumable: Bool = true, data: String = #"{"v":1}"#
) -> Sight {
    Sight(topic: topic, seq: seq, at: at(1), data: bytes(data), isResumable: isResumable)
}

func stored(_ seq: Int64) -> StoredEvent {
    StoredEvent(
        seq: seq, name: "called", schema: 1, payload: bytes(#"{"id":"E\#(seq)"}"#), at: at(seq), principal: "user:7",
        commandKey: "k\(seq)")
}

func frame(_ seq: Int64, _ topic: Topic = queueTopic) -> PublishedFrame {
    PublishedFrame(
        Publication(
            topic: topic, content: .event(name: "called"), seq: seq, prev: seq - 1, at: at(seq), data: bytes("{}")))
}

func liveFrame(_ topic: Topic = queueTopic) -> PublishedFrame {
    PublishedFrame(Publication(topic: topic, content: .live, seq: 0, prev: 0, at: at(1), data: bytes("{}")))
}

/// A message in few words: what matters of it in these tests.
func brief(_ message: [UInt8]) -> String {
    guard let fields = try? JSONSerialization.jsonObject(with: Data(message)) as? [String: Any] else {
        return "not JSON: \(String(decoding: message, as: UTF8.self))"
    }
    let error = (fields["error"] as? [String: Any])?["code"] as? String
    let refused = (fields["refused"] as? [[String: Any]])?.map { "\($0["n"] ?? "")=\($0["code"] ?? "")" }
    let words: [String?] = [
        fields["op"] as? String, (fields["id"] as? String).map { "#\($0)" }, fields["topic"] as? String,
        (fields["seq"] as? Int64).map { "@\($0)" }, (fields["prev"] as? Int64).map { "<\($0)" },
        (fields["n"] as? Int64).map { "n\($0)" }, fields["again"] as? Bool == true ? "again" : nil,
        refused?.joined(separator: ","),
        (fields["now"] as? Int64).map { "now \($0)" }, (fields["expiresAt"] as? Int64).map { "until \($0)" },
        (fields["after"] as? Int64).map { "after \($0)" }, error.map { "!\($0)" },
    ]
    return words.compactMap(\.self).joined(separator: " ")
}

private func seq(_ message: [UInt8]) -> Int64 {
    let fields = try? JSONSerialization.jsonObject(with: Data(message)) as? [String: Any]
    return fields?["seq"] as? Int64 ?? -1
}

/// The message in a server's frame.
func payload(_ buffer: ByteBuffer) -> [UInt8] {
    var buffer = buffer
    guard buffer.readInteger(as: UInt8.self) == 0x81, let short = buffer.readInteger(as: UInt8.self) else { return [] }
    switch short {
    case 126: _ = buffer.readInteger(as: UInt16.self)
    case 127: _ = buffer.readInteger(as: UInt64.self)
    default: break
    }
    return Array(buffer.readableBytesView)
}

func brief(_ action: Session.Action) -> String {
    switch action {
    case .send(let message): brief(message)
    case .sendShared(let frames): "frames [" + frames.map { "\(seq(payload($0.bytes)))" }.joined(separator: " ") + "]"
    case .authenticate(.token(let token)): "authenticate \(token)"
    case .authenticate(.apiKey(let key)): "authenticate key \(key)"
    case .look(let stream, let mine, let number, let after):
        "look \(stream)\(mine ? " mine" : "") ?\(number)" + (after > .zero ? " after \(after)" : "")
    case .replay(let stream, let view, let after, let count, let number):
        "replay \(stream) \(view) >\(after) ×\(count) ?\(number)"
    case .join(let topic): "join \(topic.name)"
    case .promote(let topic): "promote \(topic.name)"
    case .leave(let topic): "leave \(topic.name)"
    case .command(let command, let stream): "command \(command.name) to \(stream)"
    case .settled(let settled, let stream): "settled \(settled.n) to \(stream)"
    case .live(let value, let stream): "live \(String(decoding: value, as: UTF8.self)) to \(stream)"
    case .greet(let identity): "greet \(identity.principal.id)"
    case .close(let code, let reason): "close \(code.rawValue) \(reason)"
    }
}

func brief(_ actions: [Session.Action]) -> [String] { actions.map { brief($0) } }

extension Session {
    static func fresh(_ limits: SessionLimits = SessionLimits()) -> Session {
        Session(limits: limits, epoch: testEpoch, now: at(0), viewOf: whoSees)
    }

    static func open(
        _ principal: Principal = staff, until: Instant? = nil, limits: SessionLimits = SessionLimits()
    ) -> Session {
        var session = fresh(limits)
        _ = session.received(bytes(#"{"op":"hello","token":"t"}"#), now: at(0))
        _ = session.authenticated(.accepted(Identity(principal: principal, expiresAt: until)), now: at(1))
        return session
    }

    mutating func say(_ json: String, at now: Instant = at(1)) -> [String] {
        brief(received(bytes(json), now: now))
    }

    mutating func sub(_ id: String, _ topic: String = "ulsan/queue/main", cursor: (String, Int64)? = nil) -> [String] {
        let cursor = cursor.map { #","cursor":{"epoch":"\#($0.0)","seq":\#($0.1)}"# } ?? ""
        return say(#"{"op":"sub","id":"\#(id)","topic":"\#(topic)"\#(cursor)}"#)
    }

    mutating func saw(_ number: Int, _ sight: Sight) -> [String] { brief(looked(number, .seen(sight))) }
}

func settled(
    _ n: Int64, boot: String = "b", topic: String = "ulsan/station/1", again: Bool = false
) throws -> ClientMessage.Settled {
    let json =
        #"{"op":"\#(again ? "again" : "w")","topic":"\#(topic)","boot":"\#(boot)","n":\#(n),"reading":{"grams":1}}"#
    guard case .settled(let settled) = try ClientMessage(bytes(json)) else { throw CancellationError() }
    return settled
}
