/// Writes one JSON object into bytes. Values that are JSON already are taken as they are.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8]

    package init(capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
        bytes.append(UInt8(ascii: "{"))
    }

    package mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        Self.append(text, to: &bytes)
    }

    package mutating func member(_ name: StaticString, _ number: Int64) {
        key(name)
        bytes += Array(String(number).utf8)
    }

    package mutating func member(_ name: StaticString, _ flag: Bool) {
        key(name)
        bytes += Array((flag ? "true" : "false").utf8)
    }

    package mutating func member(_ name: StaticString, json: [UInt8]) {
        key(name)
        bytes += json
    }

    package mutating func null(_ name: StaticString) { member(name, json: Array("null".utf8)) }

    package mutating func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func key(_ name: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// Appends `text` as a string literal. Only what JSON demands is escaped (RFC 8259 §7).
    package static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes += Array("\\u00".utf8)
                bytes.append(hexDigits[Int(byte >> 4)])
                bytes.append(hexDigits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
