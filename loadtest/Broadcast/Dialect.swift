/// How the sockets of a server are opened, and how a message is wrapped there.
enum Dialect: Sendable, Hashable {
    /// A message is a text frame, and so is what comes of it.
    case plain(target: String)
    /// Engine.IO 4 over WebSocket, with Socket.IO 5 in it: a message is the event `m` of the default namespace.
    case socketIO
    /// The hub's own: a client that logs in and follows a topic. What comes are events, and no message is sent.
    case hub(target: String, token: String, topic: String)

    var target: String {
        switch self {
        case .plain(let target): target
        case .socketIO: "/socket.io/?EIO=4&transport=websocket"
        case .hub(let target, _, _): target
        }
    }

    /// What stands before and behind a message in its frame.
    var wrapping: (head: String, tail: String) {
        switch self {
        case .plain, .hub: ("", "")
        case .socketIO: (#"42["m",""#, #""]"#)
        }
    }

    /// What both sides say before the first message: we wait for a text that starts with `hears`, if that is not empty, then say
    /// `says`.
    var greeting: [(hears: String, says: String?)] {
        switch self {
        case .plain: []
        case .socketIO: [("0{", "40"), ("40", nil)]
        case .hub(_, let token, let topic):
            [
                ("", String(decoding: ClientSays.hello(token: token), as: UTF8.self)),
                (#"{"op":"welcome""#, String(decoding: ClientSays.subscribe(topic), as: UTF8.self)),
                (#"{"op":"snapshot""#, nil),
            ]
        }
    }

    /// The answer to a text that keeps the connection alive; nil for any other text.
    func answer(to text: UnsafeRawBufferPointer) -> String? {
        self == .socketIO && text.count == 1 && text[0] == UInt8(ascii: "2") ? "3" : nil
    }
}

/// The messages: 300 bytes each, the first ten of which are its number. ASCII, so that they have this length in every server's
/// JSON, too.
enum NumberedMessage {
    static let byteCount = 300
    private static let digitCount = 10

    static func text(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: digitCount - digits.count) + digits
            + String(repeating: "x", count: byteCount - digitCount)
    }

    /// The number of the message at `offset`; nil when there is none.
    static func number(in text: UnsafeRawBufferPointer, at offset: Int) -> Int? {
        guard text.count >= offset + digitCount else { return nil }
        var number = 0
        for index in offset..<(offset + digitCount) {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = number * 10 + Int(digit)
        }
        return number
    }
}
