/// What a client says: one envelope of `gwanje.v1` (docs/protocol.md).
package enum ClientMessage: Sendable, Hashable {
    case hello(token: String, build: String?)
    case helloDevice(apiKey: String)
    case refresh(token: String)
    case subscribe(id: String, topic: String, cursor: Cursor?)
    case unsubscribe(id: String, topic: String)
    case command(Command)
    /// A value that is never stored, newest counts.
    case live(topic: String, value: [UInt8])
    case settled(Settled)
    case ping

    package struct Cursor: Sendable, Hashable {
        package let epoch: String
        package let seq: Int64
        package init(epoch: String, seq: Int64) {
            self.epoch = epoch
            self.seq = seq
        }
    }

    package struct Command: Sendable, Hashable {
        package let id: String
        package let key: String
        package let topic: String
        package let name: String
        /// A JSON object.
        package let arguments: [UInt8]
        package let expected: Int64?
    }

    /// A weight that came to rest.
    package struct Settled: Sendable, Hashable {
        package let topic: String
        package let boot: String
        package let n: Int64
        package let binding: String?
        /// A JSON object.
        package let reading: [UInt8]
        /// Answered for in another history, and offered to this one: such weights are acknowledged by themselves.
        package let again: Bool

        package init(topic: String, boot: String, n: Int64, binding: String?, reading: [UInt8], again: Bool = false) {
            self.topic = topic
            self.boot = boot
            self.n = n
            self.binding = binding
            self.reading = reading
            self.again = again
        }
    }

    /// The longest `id`, `key`, `boot` or `binding`, in bytes.
    package static let labelByteCountMax = 64
    /// The longest topic, in bytes: three parts of 64, two slashes and `/mine`.
    package static let topicByteCountMax = 256
    /// The longest token, in bytes.
    package static let tokenByteCountMax = 4096

    package init(_ bytes: [UInt8]) throws(EnvelopeError) {
        let members: JSONMembers
        do throws(JSONMembers.Failure) {
            members = try JSONMembers(bytes)
        } catch {
            throw EnvelopeError(.badJSON, id: nil, expected: Self.describe(error))
        }
        let reader = Reader(members)
        switch members.string("op") {
        case "hello": self = try Self.hello(reader)
        case "refresh": self = .refresh(token: try reader.text("token", max: Self.tokenByteCountMax))
        case "sub":
            self = .subscribe(id: try reader.label("id"), topic: try reader.topic(), cursor: try reader.cursor())
        case "unsub": self = .unsubscribe(id: try reader.label("id"), topic: try reader.topic())
        case "cmd": self = .command(try reader.command())
        case "w": self = try Self.telemetry(reader)
        case "again": self = .settled(try reader.settled(again: true))
        case "ping": self = .ping
        case let op?:
            // Scalars, not characters: one character may be as long as the whole frame.
            throw EnvelopeError(.unknownOp, id: reader.id, expected: String(op.unicodeScalars.prefix(32)))
        case nil: throw reader.bad("op", "문자열")
        }
    }

    private static func hello(_ reader: Reader) throws(EnvelopeError) -> ClientMessage {
        if reader.members.isMissingOrNull("apiKey") {
            return .hello(
                token: try reader.text("token", max: tokenByteCountMax), build: reader.members.string("build"))
        }
        return .helloDevice(apiKey: try reader.text("apiKey", max: 256))
    }

    private static func telemetry(_ reader: Reader) throws(EnvelopeError) -> ClientMessage {
        guard !reader.members.isMissingOrNull("live") else { return .settled(try reader.settled(again: false)) }
        let topic = try reader.topic()
        guard let value = reader.members.object("live") else { throw reader.bad("live", "객체") }
        return .live(topic: topic, value: value)
    }

    private static func describe(_ failure: JSONMembers.Failure) -> String {
        switch failure {
        case .notJSON(let index): "\(index + 1)번째 바이트부터 JSON이 아닙니다"
        case .notAnObject: "JSON 객체여야 합니다"
        case .tooDeep: "\(JSONMembers.depthMax)단계보다 깊습니다"
        }
    }
}

/// Reads the fields of an envelope, and names the one that is wrong.
private struct Reader {
    let members: JSONMembers

    init(_ members: JSONMembers) { self.members = members }

    var id: String? {
        members.string("id").flatMap { $0.utf8.count <= ClientMessage.labelByteCountMax ? $0 : nil }
    }

    func bad(_ field: String, _ expected: String) -> EnvelopeError {
        EnvelopeError(.badField(field), id: id, expected: expected)
    }

    func text(_ field: String, max: Int) throws(EnvelopeError) -> String {
        guard let text = members.string(field), !text.isEmpty, text.utf8.count <= max else {
            throw bad(field, "1–\(max)바이트 문자열")
        }
        return text
    }

    func label(_ field: String) throws(EnvelopeError) -> String {
        let text = try text(field, max: ClientMessage.labelByteCountMax)
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }) else {
            throw bad(field, "1–\(ClientMessage.labelByteCountMax)자의 영문·숫자·기호")
        }
        return text
    }

    /// What makes a command safe to repeat: it ends up in logs, queries and file names, hence the narrow alphabet.
    func key() throws(EnvelopeError) -> String {
        let text = try label("key")
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A: true
            default: [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/")].contains(byte)
            }
        }
        guard isPlain else { throw bad("key", "1–\(ClientMessage.labelByteCountMax)자의 영문·숫자와 - _ . : /") }
        return text
    }

    func topic() throws(EnvelopeError) -> String { try text("topic", max: ClientMessage.topicByteCountMax) }

    func settled(again: Bool) throws(EnvelopeError) -> ClientMessage.Settled {
        let topic = try topic()
        guard let reading = members.object("reading") else { throw bad("reading", "객체") }
        guard let n = members.integer("n"), n > 0 else { throw bad("n", "1 이상의 정수") }
        let binding = members.isMissingOrNull("binding") ? nil : try label("binding")
        return ClientMessage.Settled(
            topic: topic, boot: try label("boot"), n: n, binding: binding, reading: reading, again: again)
    }

    func cursor() throws(EnvelopeError) -> ClientMessage.Cursor? {
        guard !members.isMissingOrNull("cursor") else { return nil }
        guard let object = members.object("cursor"), let fields = try? JSONMembers(object),
            let epoch = fields.string("epoch"), let seq = fields.integer("seq"), seq >= 0
        else { throw bad("cursor", "{epoch, seq}") }
        return ClientMessage.Cursor(epoch: epoch, seq: seq)
    }

    func command() throws(EnvelopeError) -> ClientMessage.Command {
        guard members.isMissingOrNull("args") || members.object("args") != nil else { throw bad("args", "객체") }
        guard members.isMissingOrNull("expect") || members.integer("expect") != nil else { throw bad("expect", "정수") }
        return ClientMessage.Command(
            id: try label("id"), key: try key(), topic: try topic(), name: try label("name"),
            arguments: members.object("args") ?? Array("{}".utf8), expected: members.integer("expect"))
    }
}
