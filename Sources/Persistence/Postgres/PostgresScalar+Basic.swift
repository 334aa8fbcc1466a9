extension Bool: PostgresScalar {
    package static var postgresType: PostgresType { .bool }

    package func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }

    package init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32) {
        guard oid == PostgresType.bool.oid, bytes.count == 1 else { return nil }
        self = bytes[0] != 0
    }
}

extension Int32: PostgresScalar {
    package static var postgresType: PostgresType { .int4 }

    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }

    package init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32) {
        guard let wide = Int64(postgres: bytes, oid: oid) else { return nil }
        self.init(exactly: wide)
    }
}

/// Reads every integer type, so that a column may be widened or `count(*)` be summed without a change here.
extension Int64: PostgresScalar {
    package static var postgresType: PostgresType { .int8 }

    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }

    package init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32) {
        switch oid {
        case PostgresType.int8.oid:
            guard let value = bytes.bigEndian(as: Int64.self) else { return nil }
            self = value
        case PostgresType.int4.oid:
            guard let value = bytes.bigEndian(as: Int32.self) else { return nil }
            self = Int64(value)
        case PostgresType.int2.oid:
            guard let value = bytes.bigEndian(as: Int16.self) else { return nil }
            self = Int64(value)
        default: return nil
        }
    }
}

/// Sent as `text`; read from any textual type, and from json, jsonb and uuid in their usual spelling.
extension String: PostgresScalar {
    package static var postgresType: PostgresType { .text }

    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }

    package init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32) {
        switch oid {
        case PostgresType.text.oid, PostgresType.json.oid, 18, 19, 1042, 1043:  // "char", name, bpchar, varchar
            self.init(validating: bytes, as: UTF8.self)
        case PostgresType.jsonb.oid:
            guard bytes.first == PostgresJSONB.version else { return nil }
            self.init(validating: bytes.dropFirst(), as: UTF8.self)
        case PostgresType.uuid.oid:
            guard let uuid = PostgresUUID(postgres: bytes, oid: oid) else { return nil }
            self = uuid.description
        default: return nil
        }
    }
}

extension [UInt8]: PostgresScalar {
    package static var postgresType: PostgresType { .bytea }

    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: self) }

    package init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32) {
        guard oid == PostgresType.bytea.oid else { return nil }
        self.init(bytes)
    }
}
