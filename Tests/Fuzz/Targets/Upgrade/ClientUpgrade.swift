import NIOCore
import Wire

/// `ClientHandshake` on responses of any shape, and on requests of any shape.
enum ClientUpgrade {
    /// The nonce of RFC 6455 §1.3, "the sample nonce", so that its accept value may stand in a seed.
    private static let nonce = Array("the sample nonce".utf8)
    private static let acceptValue = Array("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".utf8)
    private static let subprotocols = ["gwanje.v1", "chat"]

    private enum Result: Equatable {
        case accepted(ClientHandshake.Outcome, rest: [UInt8])
        case failed(HandshakeFailure)
        case incomplete
    }

    /// The same result whatever the cuts, and 101 only for an answer that meets §4.1.
    static func judgeResponse(_ input: inout FuzzInput) throws(Finding) {
        let cuts = Cuts(input.byte())
        let stream = Array(input.rest)
        let whole = result(of: [ByteBuffer(bytes: stream)])
        try demandEqual(result(of: cuts.pieces(of: stream)), whole, "in pieces")
        guard case .accepted(let outcome, let rest) = whole else { return }

        let headByteCount = stream.count - rest.count
        try demand(headByteCount <= ClientHandshake.headByteCountMax, "a head of \(headByteCount) bytes was taken")
        let head = stream.prefix(headByteCount)
        try demand(head.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A], "the head does not end with an empty line")
        if let unmet = unmetDemand(LooseHead(head), outcome) { throw Finding("taken as 101, but \(unmet)") }
    }

    private static func result(of pieces: [ByteBuffer]) -> Result {
        var handshake = ClientHandshake(.init(host: "h", target: "/", subprotocols: subprotocols), nonce: nonce)
        for (index, piece) in pieces.enumerated() {
            var bytes = piece
            do throws(HandshakeFailure) {
                guard let outcome = try handshake.receive(&bytes) else { continue }
                let rest = [bytes] + pieces[(index + 1)...]
                return .accepted(outcome, rest: rest.flatMap { Array($0.readableBytesView) })
            } catch {
                return .failed(error)
            }
        }
        return .incomplete
    }

    private static func unmetDemand(_ head: LooseHead, _ outcome: ClientHandshake.Outcome) -> String? {
        let start = head.startLine
        guard start.starts(with: Array("HTTP/1.1 101".utf8)), start.count == 12 || start[12] == 0x20 else {
            return "its status line is \(String(decoding: start, as: UTF8.self))"
        }
        if head.values(of: "Upgrade").map(\.asciiLowercased) != [Array("websocket".utf8)] { return "it has no Upgrade" }
        if !head.listHas("Connection", "upgrade") { return "its Connection has no Upgrade" }
        if head.values(of: "Sec-WebSocket-Accept") != [acceptValue] { return "its accept value is another one" }
        if !head.list("Sec-WebSocket-Extensions").isEmpty { return "it has an extension that was not offered" }
        let chosen = head.values(of: "Sec-WebSocket-Protocol").map { String(decoding: $0, as: UTF8.self) }
        if chosen.count > 1 || chosen.first != outcome.subprotocol { return "its subprotocol is \(chosen)" }
        if let one = chosen.first, !subprotocols.contains(one) { return "\(one) was not offered" }
        return nil
    }

    /// A request of any parts is refused, or is one head with one line for each field.
    static func buildRequest(_ input: inout FuzzInput) throws(Finding) {
        let parts = String(decoding: input.rest, as: UTF8.self).split(separator: "|", omittingEmptySubsequences: false)
            .map(String.init)
        let fields = stride(from: 3, to: parts.count - 1, by: 2).map { HeaderField(parts[$0], parts[$0 + 1]) }
        let protocols = parts.count > 2 && !parts[2].isEmpty ? [parts[2]] : []
        let request = ClientHandshake.Request(
            host: parts[0], target: parts.count > 1 ? parts[1] : "/", subprotocols: protocols, headers: fields)
        guard let buffer = try? ClientHandshake(request, nonce: nonce).requestHead() else { return }

        let bytes = Array(buffer.readableBytesView)
        let text = String(decoding: bytes.dropLast(2), as: UTF8.self)
        try demand(bytes.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A], "the request does not end with an empty line")
        let lineEnds = bytes.filter { $0 == 0x0A || $0 == 0x0D }.count / 2
        try demandEqual(lineEnds, 1 + 5 + protocols.count + fields.count + 1, "lines of the request \(text)")
        let head = LooseHead(bytes)
        let words = head.startLine.split(separator: 0x20, omittingEmptySubsequences: false)
        try demand(words.count == 3 && Array(words[1]) == Array(request.target.utf8), "the start line is \(words)")
        for (field, asked) in zip(head.fields.dropFirst(5 + protocols.count), fields) {
            let isKept = Array(field.name.utf8) == Array(asked.name.utf8)
            try demand(isKept, "the field \(asked) became \(field)")
        }
    }
}
