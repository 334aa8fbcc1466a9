import FoundationEssentials

@testable import Actors

/// What somebody makes of a JSON text: the value, written again by Foundation, or every word of the error.
enum Reading: Equatable {
    case read(String)
    case refused(String)

    static func ours<Value: Codable>(_ type: Value.Type, _ text: [UInt8]) -> Reading {
        reading { try JSON.decode(type, from: text) }
    }

    static func foundation<Value: Codable>(_ type: Value.Type, _ text: [UInt8]) -> Reading {
        reading { try JSONDecoder().decode(type, from: Data(text)) }
    }

    private static func reading(_ read: () throws -> some Codable) -> Reading {
        do {
            let value = try read()
            return .read(String(decoding: foundationJSON(value), as: UTF8.self))
        } catch let error as DecodingError {
            return .refused(describe(error))
        } catch {
            return .refused("\(error)")
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        func text(_ kind: String, _ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { "\($0.stringValue)(\($0.intValue ?? -1))" }.joined(separator: ".")
            return "\(kind) at \(path): \(context.debugDescription)"
        }
        return switch error {
        case .typeMismatch(let type, let context): text("typeMismatch \(type)", context)
        case .valueNotFound(let type, let context): text("valueNotFound \(type)", context)
        case .keyNotFound(let key, let context): text("keyNotFound \(key.stringValue)", context)
        case .dataCorrupted(let context): text("dataCorrupted", context)
        @unknown default: "\(error)"
        }
    }
}

func foundationJSON(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { [UInt8]($0) } ?? []
}

/// Everything that a type of the core may hold, and more numbers than any does.
struct Everything: Codable, Equatable {
    enum Colour: String, Codable { case red, darkBlue = "dark-blue" }
    enum Choice: Codable, Equatable {
        case nothing
        case number(Int64)
        case labelled(text: String, flag: Bool?, list: [Colour])
    }
    struct Nothing: Codable, Equatable {}

    var text: String
    var maybe: String?
    var flag: Bool
    var maybeFlag: Bool?
    var int: Int
    var maybeInt: Int?
    var long: Int64
    var maybeLong: Int64?
    var byte: UInt8?
    var unsigned: UInt64
    var short: Int16
    var real: Double
    var maybeReal: Double?
    var colour: Colour
    var maybeColour: Colour?
    var choice: Choice
    var texts: [String]
    var lists: [[Int?]]
    var choices: [Choice]?
    var nothing: Nothing
    var when: Instant
    var plate: Plate?

    static func random(_ random: inout SplitMix64) -> Everything {
        func maybe<Value>(_ make: (inout SplitMix64) -> Value) -> Value? {
            Bool.random(using: &random) ? make(&random) : nil
        }
        func some<Value>(_ max: Int, _ make: (inout SplitMix64) -> Value) -> [Value] {
            (0..<Int.random(in: 0...max, using: &random)).map { _ in make(&random) }
        }
        func colour(_ random: inout SplitMix64) -> Colour { Bool.random(using: &random) ? .red : .darkBlue }
        func choice(_ random: inout SplitMix64) -> Choice {
            switch Int.random(in: 0..<3, using: &random) {
            case 0: .nothing
            case 1: .number(random.number())
            default: .labelled(text: random.text(), flag: Bool.random(using: &random), list: [colour(&random)])
            }
        }
        return Everything(
            text: random.text(), maybe: maybe { $0.text() }, flag: Bool.random(using: &random),
            maybeFlag: maybe { Bool.random(using: &$0) }, int: Int(random.number()),
            maybeInt: maybe { Int($0.number()) }, long: random.number(), maybeLong: maybe { $0.number() },
            byte: maybe { UInt8(truncatingIfNeeded: $0.next()) }, unsigned: UInt64(bitPattern: random.number()),
            short: Int16(truncatingIfNeeded: random.number()), real: random.real(), maybeReal: maybe { $0.real() },
            colour: colour(&random), maybeColour: maybe(colour), choice: choice(&random), texts: some(4) { $0.text() },
            lists: some(3) { random in [Int(random.number()), nil] }, choices: maybe { [choice(&$0), choice(&$0)] },
            nothing: Nothing(), when: Instant(milliseconds: random.number()), plate: maybe { _ in thePlate("12가3456") })
    }
}

extension SplitMix64 {
    /// Of up to five members, or of so many that they are not searched one by one.
    mutating func fields() -> [String: FieldValue] {
        var fields: [String: FieldValue] = [:]
        for _ in 0..<Int.random(in: 0...5, using: &self) * (next() % 8 == 0 ? 20 : 1) {
            let field: FieldValue =
                switch Int.random(in: 0..<5, using: &self) {
                case 0: .text(text())
                case 1: .number(number())
                case 2: .flag(Bool.random(using: &self))
                case 3: .list([text()])
                default: .none
                }
            fields[text()] = field
        }
        return fields
    }

    /// Of any size: small ones as often as big ones.
    mutating func number() -> Int64 { Int64(bitPattern: next()) >> Int64.random(in: 0..<64, using: &self) }

    mutating func real() -> Double {
        let real = Double(bitPattern: next())
        return real.isFinite && Bool.random(using: &self) ? real : Double(number()) / 8
    }

    /// Up to 24 characters, among them all that has to be escaped, and those that some writers escape.
    mutating func text() -> String {
        let special: [Unicode.Scalar] = [
            "\"", "\\", "/", "\u{0}", "\u{7F}", "\u{80}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFD}", "\u{1F69A}",
            "가", "é",
            "\u{301}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...24, using: &self) {
            switch Int.random(in: 0..<8, using: &self) {
            case 0: text.append(special[Int.random(in: 0..<special.count, using: &self)])
            case 1: text.append(Unicode.Scalar(UInt8.random(in: 0..<32, using: &self)))
            default: text.append(Unicode.Scalar(UInt8.random(in: 32..<127, using: &self)))
            }
        }
        return String(text)
    }

    /// A text with one to three mistakes, or none that matters.
    mutating func mutated(_ text: [UInt8]) -> [UInt8] {
        let pieces: [String] = [
            "\"", "\\", "{", "}", "[", "]", ",", ":", " ", "\n", "null", "true", "false", "0", "-0", "-", "01", "1.0",
            "1.5", "1e2",
            "1E400", "1e-400", "-1", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e18",
            "9007199254740993.0", "12345678901234567890123", #""""#, #""a""#, #"\u0000"#, #"\uD83D\uDE9A"#, #"\uD83D"#,
            #"\uDE9A"#, #"\u00zz"#, #"\u12"#, #"\/"#, #"\x"#, "\u{1}", "\u{7F}", "{}", "[]", #""plate":1,"#,
            #","x":[1,{}]"#, "é",
        ]
        let bytes: [[UInt8]] = [[0x80], [0xC3], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0xFF], [0xC0, 0x80]]
        var text = text
        for _ in 0..<Int.random(in: 1...3, using: &self) {
            let start = Int.random(in: 0...text.count, using: &self)
            let end = min(text.count, start + Int.random(in: 0...6, using: &self))
            switch Int.random(in: 0..<8, using: &self) {
            case 0: text.removeSubrange(start..<end)
            case 1: text.insert(contentsOf: text[start..<min(text.count, start + 30)], at: end)
            case 2: text.replaceSubrange(start..<end, with: bytes[Int.random(in: 0..<bytes.count, using: &self)])
            case 3 where next() % 4 == 0: text.removeSubrange(start...)
            default:
                text.replaceSubrange(start..<end, with: pieces[Int.random(in: 0..<pieces.count, using: &self)].utf8)
            }
        }
        return text
    }

    /// A text in which one value is another one: what a client gets wrong.
    mutating func withAnotherValue(_ text: [UInt8]) -> [UInt8] {
        let values = [
            "null", "true", "1", "-7", "1.0", "2.50", "1e2", "1e30", "-0", "00", "300", "70000", #""""#, #""x""#,
            #""80바1234""#, "[]",
            "[1]", "{}", #"{"a":1}"#, "[null]", #"["a",1]"#, "9007199254740993.0", "18446744073709551615", "1.", "1e",
            "1-",
        ]
        let starts = text.indices.filter { text[$0] == UInt8(ascii: ":") || text[$0] == UInt8(ascii: "[") }
        guard let start = starts.randomElement(using: &self) else { return text }
        var end = start + 1
        while end < text.count, ![UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")].contains(text[end]) {
            end += 1
        }
        return text[...start] + Array(values[Int.random(in: 0..<values.count, using: &self)].utf8) + text[end...]
    }
}
