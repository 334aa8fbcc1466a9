/// One binary parameter with the type it is declared as, so that bytes are never read as another type.
package struct PostgresParameter: Sendable {
    let oid: UInt32
    /// `nil` is NULL.
    let bytes: [UInt8]?

    package init<Value: PostgresScalar>(_ value: Value) { self.init(optional: value) }

    package init<Value: PostgresScalar>(optional value: Value?) {
        oid = Value.postgresType.oid
        guard let value else {
            bytes = nil
            return
        }
        var encoded: [UInt8] = []
        value.encode(into: &encoded)
        bytes = encoded
    }

    /// An array that was filled row by row, for `INSERT … SELECT … FROM unnest($1::int8[], …)`.
    package init<Element>(_ array: PostgresArray<Element>) {
        oid = Element.postgresType.arrayOID
        bytes = array.bytes
    }

    package static func null(_ type: PostgresType) -> PostgresParameter { .init(oid: type.oid, bytes: nil) }

    package static func array<Element: PostgresScalar>(_ elements: some Sequence<Element>) -> PostgresParameter {
        var array = PostgresArray<Element>()
        for element in elements { array.append(element) }
        return .init(array)
    }

    package static func array<Element: PostgresScalar>(optional elements: some Sequence<Element?>) -> PostgresParameter
    {
        var array = PostgresArray<Element>()
        for element in elements { array.append(optional: element) }
        return .init(array)
    }

    private init(oid: UInt32, bytes: [UInt8]?) {
        self.oid = oid
        self.bytes = bytes
    }
}

extension PostgresParameter {
    package static func bool(_ value: Bool?) -> Self { .init(optional: value) }
    package static func int4(_ value: Int32?) -> Self { .init(optional: value) }
    package static func int8(_ value: Int64?) -> Self { .init(optional: value) }
    package static func text(_ value: String?) -> Self { .init(optional: value) }
    package static func bytea(_ value: [UInt8]?) -> Self { .init(optional: value) }
    package static func timestamptz(microseconds: Int64?) -> Self {
        .init(optional: microseconds.map(PostgresTimestamp.init(microseconds:)))
    }
    package static func date(days: Int32?) -> Self { .init(optional: days.map(PostgresDate.init(days:))) }
    package static func json(_ text: String?) -> Self { .init(optional: text.map(PostgresJSON.init)) }
    package static func jsonb(_ text: String?) -> Self { .init(optional: text.map(PostgresJSONB.init)) }
    package static func uuid(_ value: PostgresUUID?) -> Self { .init(optional: value) }
    package static func numeric(_ value: PostgresNumeric?) -> Self { .init(optional: value) }
}

/// The parameters of one call in the form libpq takes.
struct PostgresParameterVector {
    private var bytes: [UInt8] = [0]  // never empty: a zero-length value still needs an address, nil means NULL
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []
    let oids: [UInt32]

    init(_ parameters: [PostgresParameter]) {
        precondition(parameters.count <= 65_535, "PostgreSQL takes at most 65,535 parameters")
        oids = parameters.map(\.oid)
        bytes.reserveCapacity(1 + parameters.reduce(0) { $0 + ($1.bytes?.count ?? 0) })
        for parameter in parameters {
            guard let value = parameter.bytes else {
                offsets.append(nil)
                lengths.append(0)
                continue
            }
            offsets.append(bytes.count)
            lengths.append(Int32(value.count))
            bytes.append(contentsOf: value)
        }
    }

    /// Calls `body` with count, values, lengths and formats; the pointers live as long as the call.
    func withPointers<T>(
        _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> T
    ) -> T {
        let formats = [Int32](repeating: 1, count: offsets.count)
        return bytes.withUnsafeBytes { raw in
            let base = raw.baseAddress!.assumingMemoryBound(to: CChar.self)
            let values = offsets.map { offset in offset.map { base + $0 } }
            return body(Int32(offsets.count), values, lengths, formats)
        }
    }
}
