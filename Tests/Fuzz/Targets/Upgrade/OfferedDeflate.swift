import Wire

/// The offers of permessage-deflate in a head, read a second time: first the words, then what they mean (RFC 6455 §9.1,
/// RFC 7692 §7.1).
struct OfferedDeflate {
    /// What stands in the field between blanks.
    private enum Word: Equatable {
        case token([UInt8])
        case quoted([UInt8])
        case comma, semicolon, equals
        /// What may not stand there, or is not finished.
        case bad
    }

    private let offers: [ArraySlice<Word>]

    init(_ fields: [[UInt8]]) {
        offers = fields.flatMap { Self.words($0).split(separator: .comma, omittingEmptySubsequences: false) }
    }

    /// What the first offer that can be met leads to.
    func agreed(_ policy: DeflatePolicy) -> DeflateParameters? {
        offers.lazy.compactMap { Self.agreed($0, policy) }.first
    }

    /// What an answer of ours agrees on; nil if it is none.
    static func meaning(_ answer: String) -> DeflateParameters? {
        OfferedDeflate([Array(answer.utf8)]).agreed(DeflatePolicy(keepsContext: true))
    }

    private static func agreed(_ offer: ArraySlice<Word>, _ policy: DeflatePolicy) -> DeflateParameters? {
        let parts = offer.split(separator: .semicolon, omittingEmptySubsequences: false).map(Array.init)
        guard parts[0] == [.token(Array("permessage-deflate".utf8))] else { return nil }
        var agreed = DeflateParameters(serverKeepsContext: policy.keepsContext, clientKeepsContext: policy.keepsContext)
        var names: [[UInt8]] = []
        for part in parts.dropFirst() {
            guard case .token(let name)? = part.first, !names.contains(name) else { return nil }
            names.append(name)
            switch (String(decoding: name, as: UTF8.self), Array(part.dropFirst())) {
            case ("server_no_context_takeover", []): agreed.serverKeepsContext = false
            case ("client_no_context_takeover", []): agreed.clientKeepsContext = false
            case ("client_max_window_bits", []): continue
            case ("client_max_window_bits", let value):
                guard let bits = bits(value) else { return nil }
                agreed.clientWindowBits = bits
            case ("server_max_window_bits", let value):
                guard let bits = bits(value), bits > 8 else { return nil }
                agreed.serverWindowBits = bits
            default: return nil
            }
        }
        return agreed
    }

    /// 8 to 15 behind an equals sign.
    private static func bits(_ value: [Word]) -> Int? {
        (8...15).first { bits in
            let digits = Array(String(bits).utf8)
            return value == [.equals, .token(digits)] || value == [.equals, .quoted(digits)]
        }
    }

    private static func words(_ field: [UInt8]) -> [Word] {
        var words: [Word] = []
        var rest = field[...]
        while let byte = rest.popFirst() {
            switch byte {
            case 0x20, 0x09: continue
            case UInt8(ascii: ","): words.append(.comma)
            case UInt8(ascii: ";"): words.append(.semicolon)
            case UInt8(ascii: "="): words.append(.equals)
            case UInt8(ascii: "\""): words.append(quoted(&rest))
            default:
                let end = rest.firstIndex { !isTokenByte($0) } ?? rest.endIndex
                words.append(isTokenByte(byte) ? .token([byte] + rest[..<end]) : .bad)
                if isTokenByte(byte) { rest = rest[end...] }
            }
        }
        return words
    }

    /// The text up to the closing quotation mark, each backslash replaced by what follows it.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> Word {
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return .quoted(text)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return .bad }
                text.append(escaped)
            default: text.append(byte)
            }
        }
        return .bad
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
