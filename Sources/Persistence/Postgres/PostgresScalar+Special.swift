/// `timestamptz`: microseconds since the UNIX epoch. PostgreSQL counts from 2000-01-01, which stays in here.
package struct PostgresTimestamp: PostgresScalar, Hashable, Comparable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    package static var postgresType: PostgresType { .timestamptz }
    private static let epochOffset: Int64 = 946_684_800_000_000

    package func encode(into bytes: inout [UInt8]) {
        // What does not fit becomes the lowest finite value, which the server refuses (22008) instead of a trap here.
        let (value, overflow) = microseconds.subtractingReportingOverflow(Self.epochOffset)
        bytes.append(bigEndian: overflow ? Int64.min + 1 : value)
    }

    package init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32) {
        guard oid == PostgresType.timestamptz.oid, let value = bytes.bigEndian(as: Int64.self),
            value != .min, value != .max  // -infinity and infinity are no moments
        else { return nil }
        let (microseconds, overflow) = value.addingReportingOverflow(Self.epochOffset)
        guard !overflow else { return nil }
        self.microseconds = microseconds
    }

    package static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }
}

/// `date`: days since 1970-01-01.
package struct PostgresDate: PostgresScalar, Hashable, Comparable {
    package var days: Int32

    package init(days: Int32) { self.days = days }

    package static var postgresType: PostgresType { .date }
    private static let epochOffset: Int32 = 10_957

    package func encode(into bytes: inout [UInt8]) {
        let (value, overflow) = days.subtractingReportingOverflow(Self.epochOffset)
        bytes.append(bigEndian: overflow ? Int32.min + 1 : value)
    }

    package init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32) {
        guard oid == PostgresType.date.oid, let value = bytes.bigEndian(as: Int32.self), value != .min, value != .max
        else { return nil }
        let (days, overflow) = value.addingReportingOverflow(Self.epochOffset)
        guard !overflow else { return nil }
        self.days = days
    }

    package static func < (left: Self, right: Self) -> Bool { left.days < right.days }
}

/// `json`: the exact text is kept, key order and blanks included (what a hash chain needs).
package struct PostgresJSON: PostgresScalar, Hashable {
    package var text: String

    package init(_ text: String) { self.text = text }

    package static var postgresType: PostgresType { .json }

    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: text.utf8) }

    package init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32) {
        guard oid == PostgresType.json.oid, let text = String(postgres: bytes, oid: oid) else { return nil }
        self.text = text
    }
}

/// `jsonb`: the server reorders keys; what comes back is equal in meaning, not in bytes.
package struct PostgresJSONB: PostgresScalar, Hashable {
    package var text: String

    package init(_ text: String) { self.text = text }

    package static var postgresType: PostgresType { .jsonb }
    static let version: UInt8 = 1

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(Self.version)
        bytes.append(contentsOf: text.utf8)
    }

    package init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32) {
        guard oid == PostgresType.jsonb.oid, let text = String(postgres: bytes, oid: oid) else { return nil }
        self.text = text
    }
}

/// `uuid`, written and read as the usual 36 characters in lower case.
package struct PostgresUUID: PostgresScalar, Hashable, CustomStringConvertible {
    private let value: UInt128

    package init(_ value: UInt128) { self.value = value }

    /// `nil` unless `text` is 8-4-4-4-12 hexadecimal digits.
    package init?(_ text: String) {
        let characters = Array(text.utf8)
        guard characters.count == 36 else { return nil }
        var value: UInt128 = 0
        for (index, character) in characters.enumerated() {
            if Self.dashes.contains(index) {
                guard character == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
            value = value << 4 | UInt128(digit)
        }
        self.value = value
    }

    package var description: String {
        var characters: [UInt8] = []
        for shift in stride(from: 124, through: 0, by: -4) {
            if Self.dashes.contains(characters.count) { characters.append(UInt8(ascii: "-")) }
            let digit = UInt8(truncatingIfNeeded: value >> UInt128(shift)) & 0xF
            characters.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
        return String(decoding: characters, as: UTF8.self)
    }

    package static var postgresType: PostgresType { .uuid }
    private static let dashes: Set<Int> = [8, 13, 18, 23]

    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: value) }

    package init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32) {
        guard oid == PostgresType.uuid.oid, let value = bytes.bigEndian(as: UInt128.self) else { return nil }
        self.value = value
    }
}
