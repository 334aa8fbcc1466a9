import CPostgres

/// The rows of one statement, in binary form.
///
/// A class and not `~Copyable`, because a pipeline returns an array of results, an array cannot hold noncopyable
/// elements yet, and rows keep their result alive. The PGresult is freed exactly once, in `deinit`.
package final class PostgresResult: RandomAccessCollection {
    fileprivate let handle: OpaquePointer
    package let startIndex = 0
    package let endIndex: Int

    /// Takes over the PGresult.
    init(owning handle: OpaquePointer) {
        self.handle = handle
        endIndex = Int(PQntuples(handle))
    }

    deinit { PQclear(handle) }

    package subscript(position: Int) -> PostgresRow {
        precondition(indices.contains(position), "row \(position) of \(count)")
        return PostgresRow(result: self, index: Int32(position))
    }

    package var columnCount: Int { Int(PQnfields(handle)) }

    /// Rows inserted, updated, deleted or selected.
    package var affectedRowCount: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }

    var status: ExecStatusType { PQresultStatus(handle) }

    /// A part of the server's error message.
    func field(_ field: Field) -> String? {
        PQresultErrorField(handle, Int32(field.rawValue.value)).map { String(cString: $0) }
    }

    /// `INSERT 0 1`, `COMMIT`, …
    var commandTag: String { String(cString: PQcmdStatus(handle)) }
}

/// One row; columns are counted from 0.
package struct PostgresRow {
    fileprivate let result: PostgresResult
    fileprivate let index: Int32

    package func value<Value: PostgresScalar>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard let value = try optional(column, as: type) else { throw mismatch(column, "\(type)", "NULL") }
        return value
    }

    package func optional<Value: PostgresScalar>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value? {
        defer { withExtendedLifetime(result) {} }
        guard let bytes = try bytes(column) else { return nil }
        guard let value = Value(postgres: bytes, oid: oid(column)) else {
            throw mismatch(column, "\(type)", describe(column))
        }
        return value
    }

    /// A one-dimensional array; NULL elements are `nil`.
    package func array<Element: PostgresScalar>(
        _ column: Int, of type: Element.Type = Element.self
    ) throws(PostgresError) -> [Element?] {
        defer { withExtendedLifetime(result) {} }
        guard let bytes = try bytes(column) else { throw mismatch(column, "array of \(type)", "NULL") }
        guard let elements = PostgresArray<Element>.decode(bytes) else {
            throw mismatch(column, "array of \(type)", describe(column))
        }
        return elements
    }

    package func isNull(_ column: Int) throws(PostgresError) -> Bool { try bytes(column) == nil }

    /// The bytes live as long as the result: callers extend its lifetime to the end of their reading.
    private func bytes(_ column: Int) throws(PostgresError) -> UnsafeRawBufferPointer? {
        guard (0..<result.columnCount).contains(column) else {
            throw mismatch(column, "one of \(result.columnCount) columns", "not there")
        }
        if PQgetisnull(result.handle, index, Int32(column)) != 0 { return nil }
        let count = Int(PQgetlength(result.handle, index, Int32(column)))
        return UnsafeRawBufferPointer(start: PQgetvalue(result.handle, index, Int32(column)), count: count)
    }

    private func oid(_ column: Int) -> UInt32 { PQftype(result.handle, Int32(column)) }

    private func describe(_ column: Int) -> String {
        let length = PQgetlength(result.handle, index, Int32(column))
        return "\(PostgresType.name(ofOID: oid(column))) of \(length) bytes"
    }

    private func mismatch(_ column: Int, _ expected: String, _ found: String) -> PostgresError {
        let name = PQfname(result.handle, Int32(column)).map { " \(String(cString: $0))" } ?? ""
        return .decoding(column: "\(column)\(name)", expected: expected, found: found)
    }
}
