/// A PostgreSQL type by its fixed OID (`pg_type.dat`), with the OID of its array.
package struct PostgresType: Equatable, Sendable {
    package let oid: UInt32
    package let arrayOID: UInt32
    package let name: String

    package static let bool = PostgresType(oid: 16, arrayOID: 1000, name: "bool")
    package static let bytea = PostgresType(oid: 17, arrayOID: 1001, name: "bytea")
    package static let int8 = PostgresType(oid: 20, arrayOID: 1016, name: "int8")
    package static let int2 = PostgresType(oid: 21, arrayOID: 1005, name: "int2")
    package static let int4 = PostgresType(oid: 23, arrayOID: 1007, name: "int4")
    package static let text = PostgresType(oid: 25, arrayOID: 1009, name: "text")
    package static let json = PostgresType(oid: 114, arrayOID: 199, name: "json")
    package static let date = PostgresType(oid: 1082, arrayOID: 1182, name: "date")
    package static let timestamptz = PostgresType(oid: 1184, arrayOID: 1185, name: "timestamptz")
    package static let numeric = PostgresType(oid: 1700, arrayOID: 1231, name: "numeric")
    package static let uuid = PostgresType(oid: 2950, arrayOID: 2951, name: "uuid")
    package static let jsonb = PostgresType(oid: 3802, arrayOID: 3807, name: "jsonb")

    private static let known = [
        bool, bytea, int8, int2, int4, text, json, date, timestamptz, numeric, uuid, jsonb,
    ]

    /// A name for a message; OIDs of types we never use stay numbers.
    static func name(ofOID oid: UInt32) -> String {
        for type in known {
            if type.oid == oid { return type.name }
            if type.arrayOID == oid { return type.name + "[]" }
        }
        return "type \(oid)"
    }
}

/// A Swift value that has one PostgreSQL type and one binary form (network byte order, format code 1).
package protocol PostgresScalar: Sendable {
    static var postgresType: PostgresType { get }
    /// Appends the value, without its length.
    func encode(into bytes: inout [UInt8])
    /// `nil` when a value of type `oid` is not one of this type or the bytes are malformed.
    init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32)
}

extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Overwrites at `offset`, for lengths that are known only afterwards.
    mutating func replace(at offset: Int, bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { replaceSubrange(offset..<offset + $0.count, with: $0) }
    }
}

extension UnsafeRawBufferPointer {
    /// The integer at `offset`; `nil` when the buffer is too short.
    func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T? {
        guard offset >= 0, count - offset >= MemoryLayout<T>.size else { return nil }
        return T(bigEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    /// The whole buffer as one integer; `nil` when it has another size.
    func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(as type: T.Type) -> T? {
        count == MemoryLayout<T>.size ? bigEndian(at: 0, as: type) : nil
    }
}
