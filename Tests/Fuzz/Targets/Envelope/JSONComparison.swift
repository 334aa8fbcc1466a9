import Foundation
import Wire

/// `JSONMembers` beside Foundation's reader: what ours accepts theirs must accept, with equal names and values.
struct JSONComparison {
    let members: JSONMembers

    init(_ members: JSONMembers) { self.members = members }

    /// - Throws: unless `bytes` is JSON, which what we wrote must be.
    init(parsing bytes: [UInt8]) throws(Finding) {
        guard let members = try? JSONMembers(bytes) else {
            throw Finding("we wrote what is no JSON: \(String(decoding: bytes, as: UTF8.self))")
        }
        self.members = members
    }

    /// The names that envelopes are read by.
    private static let names = [
        "op", "id", "topic", "token", "apiKey", "build", "cursor", "epoch", "seq", "key", "name", "args", "expect",
        "live", "boot", "n", "binding", "reading",
    ]

    func check() throws(Finding) {
        // Text frames are UTF-8 before they come here; bytes that are not have no meaning to compare.
        guard String(validating: members.bytes, as: UTF8.self) != nil else { return }
        guard let theirs = try? JSONSerialization.jsonObject(with: Data(members.bytes)) as? [String: Any] else {
            return try demand(isBeyondFoundation, "Foundation refuses it")
        }
        for (name, value) in theirs { try compare(name, value) }
        let theirNames = Set(theirs.keys.map { Array($0.utf8) })
        for name in Self.names where members[name] != nil {
            try demand(theirNames.contains(Array(name.utf8)), "\(name) is not among its names")
        }
    }

    private func compare(_ name: String, _ value: Any) throws(Finding) {
        guard let ours = members[name] else { throw Finding("\(name) is missing") }
        let text = String(decoding: ours, as: UTF8.self)
        switch value {
        case let string as String:
            // Foundation loses byte order marks at the beginning of a text and behind its escapes.
            let found = members.string(name).map { $0.unicodeScalars.filter { $0 != "\u{FEFF}" } }
            let expected = string.unicodeScalars.filter { $0 != "\u{FEFF}" }
            try demandEqual(found.map(Array.init), Array(expected), "the text of \(name)")
        case is NSNull: try demand(members.isMissingOrNull(name) && text == "null", "\(name) is no null")
        case is [Any]: try demand(ours.first == UInt8(ascii: "["), "\(name) is no list")
        case is [String: Any]:
            guard let object = members.object(name) else { throw Finding("\(name) is no object") }
            try demand((try? JSONMembers(object)) != nil, "\(name) is an object that cannot be read alone")
        case let number as NSNumber where text != "true" && text != "false":
            let isWhole = text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
            let expected = isWhole && Decimal(string: text) == Decimal(number.int64Value) ? number.int64Value : nil
            try demandEqual(members.integer(name), expected, "the number \(name)")
        default: try demand(members.integer(name) == nil && members.string(name) == nil, "\(name) is \(text)")
        }
    }

    /// JSON that Foundation has no value for: half a surrogate pair, or a number beyond Double. Also text that merely
    /// looks so.
    private var isBeyondFoundation: Bool {
        let bytes = members.bytes
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\\") {
            let escape = bytes[index...].prefix(3).map { $0 | 0x20 }
            if escape.count == 3 && escape[1] == UInt8(ascii: "u") && escape[2] == UInt8(ascii: "d") { return true }
        }
        var digitCount = 0
        var isExponent = false
        for byte in bytes {
            switch byte {
            case 0x30...0x39: digitCount += 1
            case UInt8(ascii: "e"), UInt8(ascii: "E"): (isExponent, digitCount) = (true, 0)
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): continue
            default: (isExponent, digitCount) = (false, 0)
            }
            if digitCount > (isExponent ? 2 : 300) { return true }
        }
        return false
    }
}
