import Actors

/// One table of a projection: whole rows, replaced by their key, many in one statement.
struct ProjectionTable: Sendable {
    enum Column: String, Sendable {
        case bool, bigint, text, bytea, timestamptz, date, numeric, json
    }

    let name: String
    let columns: [(name: String, type: Column)]
    /// The first columns are the key.
    let keyCount: Int
    let statement: PostgresStatement

    init(_ name: String, key: [(String, Column)], _ rest: [(String, Column)]) {
        self.name = name
        columns = (key + rest).map { (name: $0.0, type: $0.1) }
        keyCount = key.count
        let names = columns.map(\.name).joined(separator: ", ")
        let arrays = columns.enumerated().map { "$\($0 + 1)::\($1.type.rawValue)[]" }.joined(separator: ", ")
        let updates = rest.map { "\($0.0) = EXCLUDED.\($0.0)" }.joined(separator: ", ")
        statement = PostgresStatement(
            "project_\(name)",
            """
            INSERT INTO \(name) (\(names)) SELECT * FROM unnest(\(arrays))
            ON CONFLICT (\(key.map(\.0).joined(separator: ", "))) DO UPDATE SET \(updates)
            """)
    }

    /// The upsert of `rows`; of rows with one key the last counts.
    func call(_ rows: [Row]) -> PostgresCall {
        var places: [[Row.Value]: Int] = [:]
        var kept: [Row] = []
        for row in rows {
            precondition(row.values.count == columns.count, "a row of \(name) has \(columns.count) values")
            let key = Array(row.values.prefix(keyCount))
            if let place = places[key] {
                kept[place] = row
            } else {
                places[key] = kept.count
                kept.append(row)
            }
        }
        return PostgresCall(
            statement, columns.indices.map { index in parameter(columns[index].type, kept.map { $0.values[index] }) })
    }

    private func parameter(_ type: Column, _ values: [Row.Value]) -> PostgresParameter {
        switch type {
        case .bool: .array(optional: values.map { if case .bool(let value) = $0 { value } else { Bool?.none } })
        case .bigint: .array(optional: values.map { if case .int(let value) = $0 { value } else { Int64?.none } })
        case .text: .array(optional: values.map { if case .text(let value) = $0 { value } else { String?.none } })
        case .bytea: .array(optional: values.map { if case .bytes(let value) = $0 { value } else { [UInt8]?.none } })
        case .timestamptz:
            .array(
                optional: values.map {
                    if case .instant(let value) = $0 { PostgresTimestamp(value) } else { PostgresTimestamp?.none }
                })
        case .date:
            .array(
                optional: values.map {
                    if case .day(let value) = $0 {
                        PostgresDate(days: Int32(value.daysSinceEpoch))
                    } else {
                        PostgresDate?.none
                    }
                })
        case .numeric:
            .array(
                optional: values.map {
                    if case .grams(let value) = $0 {
                        PostgresNumeric(kilogramsFromGrams: value)
                    } else {
                        PostgresNumeric?.none
                    }
                })
        case .json:
            .array(
                optional: values.map {
                    if case .bytes(let value) = $0 {
                        PostgresJSON(String(decoding: value, as: UTF8.self))
                    } else {
                        PostgresJSON?.none
                    }
                })
        }
    }
}

extension PostgresTimestamp {
    init(_ instant: Instant) { self.init(microseconds: instant.milliseconds * 1000) }
    var instant: Instant { Instant(milliseconds: microseconds / 1000) }
}

extension Row.Value {
    static func text(_ value: String?) -> Row.Value { value.map { .text($0 as String) } ?? .null }
    static func instant(_ value: Instant?) -> Row.Value { value.map { .instant($0 as Instant) } ?? .null }
    static func grams(_ value: Int64?) -> Row.Value { value.map { .grams($0 as Int64) } ?? .null }
}
