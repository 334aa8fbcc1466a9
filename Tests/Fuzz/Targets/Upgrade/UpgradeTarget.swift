import NIOCore
import Wire

/// Reads any request head as a server, any response head as a client, and builds any request.
enum UpgradeTarget {
    static func run(_ input: FuzzInput) throws(Finding) {
        var input = input
        switch input.byte() & 3 {
        case 0, 1: try ServerUpgrade.judge(&input)
        case 2: try ClientUpgrade.judgeResponse(&input)
        default: try ClientUpgrade.buildRequest(&input)
        }
    }
}

/// An HTTP head taken apart at its line breaks and colons and nothing else, so that the judges see more than an
/// HTTP parser would let through.
struct LooseHead {
    var startLine: [UInt8]
    var fields: [HeaderField]

    /// The head must be UTF-8 or is made so.
    init(_ bytes: some Collection<UInt8>) {
        let lines = Array(String(decoding: bytes, as: UTF8.self).utf8)
            .split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { $0.last == 0x0D ? $0.dropLast() : $0 }
        startLine = Array(lines.first ?? [])
        fields = lines.dropFirst().prefix { !$0.isEmpty }.map { line in
            let name = line.prefix { $0 != 0x3A }
            let value = line.dropFirst(name.count + 1)
            return HeaderField(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    /// Values of the field of this name in ASCII, whatever its case, without blanks around them.
    func values(of name: String) -> [[UInt8]] {
        let name = Array(name.utf8).asciiLowercased
        return fields.filter { Array($0.name.utf8).asciiLowercased == name }.map { Array($0.value.utf8).trimmed }
    }

    /// The elements of a list, lower-cased.
    func list(_ name: String) -> [[UInt8]] {
        values(of: name).flatMap { $0.split(separator: 0x2C) }.map { Array($0).trimmed }.filter { !$0.isEmpty }
    }

    func listHas(_ name: String, _ token: String) -> Bool {
        list(name).contains { $0.asciiLowercased == Array(token.utf8) }
    }
}

extension [UInt8] {
    var asciiLowercased: [UInt8] { map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } }

    /// Without blanks and tabs at both ends.
    var trimmed: [UInt8] {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        return Array(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}

/// Fields that we write ourselves must not be able to break a head apart.
func demandSound(_ fields: [HeaderField]) throws(Finding) {
    for field in fields {
        let isSound = !field.name.isEmpty && (field.name + field.value).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        try demand(isSound, "the field \(field) breaks its head apart")
    }
}
