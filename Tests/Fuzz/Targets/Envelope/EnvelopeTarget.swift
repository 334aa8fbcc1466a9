import Wire

/// Reads any bytes as JSON and as an envelope, and writes any text into envelopes.
enum EnvelopeTarget {
    static func run(_ input: FuzzInput) throws(Finding) {
        let bytes = Array(input.rest)
        let members = try? JSONMembers(bytes)
        if let members { try JSONComparison(members).check() }
        switch read(bytes) {
        case .success(let message):
            try demand(members != nil, "\(message) was read from what is no JSON")
            try EnvelopeLimits.check(message)
            try demandEqual(read(message.written), .success(message), "written anew")
        case .failure(let error):
            try demand((error.code == .badJSON) == (members == nil), "\(error) does not say whether it is JSON")
            try check(error)
        }
        // One level of nesting more must still be legible.
        let nested = Array("{\"data\":".utf8) + bytes + [UInt8(ascii: "}")]
        let data = members != nil && (try? JSONMembers(nested)) != nil ? bytes : Array("{}".utf8)
        try write(text: String(decoding: bytes, as: UTF8.self), data: data)
    }

    private static func read(_ bytes: [UInt8]) -> Result<ClientMessage, EnvelopeError> {
        Result { () throws(EnvelopeError) in try ClientMessage(bytes) }
    }

    /// A refusal is short, whatever was refused, and can be sent.
    private static func check(_ error: EnvelopeError) throws(Finding) {
        try demand((error.id ?? "").utf8.count <= ClientMessage.labelByteCountMax, "a refusal has a long id")
        try demand(error.expected.utf8.count <= 256, "a refusal says \(error.expected.utf8.count) bytes")
        let fault = ServerMessage.Fault(
            code: "badField", params: ["field": error.expected], message: error.expected)
        let sent = try JSONComparison(parsing: ServerMessage.error(id: error.id, fault))
        try sent.check()
        try demandText(sent.members, "id", error.id)
    }

    /// What the hub writes with this text in every place for text is JSON, and says the same when it is read.
    private static func write(text: String, data: [UInt8]) throws(Finding) {
        let fault = ServerMessage.Fault(code: text, params: [text: text], message: text, retry: true, afterMillis: 1)
        let event = try JSONComparison(
            parsing: ServerMessage.event(topic: text, seq: .max, prev: .min, at: 0, name: text, data: data))
        try event.check()
        try demandText(event.members, "topic", text)
        try demandText(event.members, "name", text)
        try demandEqual(event.members["data"].map(Array.init), trimmed(data), "data")
        try demandEqual(event.members.integer("seq"), .max, "seq")
        try demandEqual(event.members.integer("prev"), .min, "prev")

        let reply = try JSONComparison(parsing: ServerMessage.reply(id: text, fault))
        try reply.check()
        try demandText(reply.members, "id", text)
        guard let error = reply.members.object("error") else { throw Finding("a reply without its error") }
        let said = try JSONComparison(parsing: error).members
        try demandText(said, "code", text)
        try demandText(said, "message", text)
        guard let params = said.object("params") else { throw Finding("an error without its params") }
        try demandText(try JSONComparison(parsing: params).members, text, text)
    }

    private static func demandText(_ members: JSONMembers, _ name: String, _ text: String?) throws(Finding) {
        try demandEqual(members.string(name).map { Array($0.utf8) }, text.map { Array($0.utf8) }, "the text of \(name)")
    }

    /// Without the blanks around a value, which are not part of it.
    private static func trimmed(_ json: [UInt8]) -> [UInt8] {
        let isBlank = { (byte: UInt8) in [0x20, 0x0A, 0x0D, 0x09].contains(byte) }
        return Array(json.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
