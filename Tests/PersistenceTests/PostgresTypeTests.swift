import Testing

@testable import Persistence

@Suite("PostgreSQL types")
struct PostgresTypeTests {
    /// Sends a scalar, NULL and an array with NULLs through the server and back, and compares with SQL's own idea.
    private func roundTrip<Value: PostgresScalar & Equatable>(_ values: [Value], literals: [String]) throws {
        var connection = try TestCluster.connect()
        let type = Value.postgresType.name
        for (value, literal) in zip(values, literals) {
            let row = try #require(
                try connection.query(
                    "SELECT $1, \(literal)::\(type), $1::text = (\(literal)::\(type))::text", [.init(value)]
                )
                .first)
            #expect(try row.value(0, as: Value.self) == value)
            #expect(try row.value(1, as: Value.self) == value)
            #expect(try row.value(2, as: Bool.self), "\(value) is not \(literal)")
        }
        let null = try #require(try connection.query("SELECT $1", [.null(Value.postgresType)]).first)
        #expect(try null.optional(0, as: Value.self) == nil)
        #expect(throws: PostgresError.self) { try null.value(0, as: Value.self) }

        let withNull: [Value?] = values + [nil] + values
        for array in [withNull, [], [nil], values] {
            let row = try #require(
                try connection.query(
                    "SELECT $1, cardinality($1), array_agg(u ORDER BY o) FROM unnest($1) WITH ORDINALITY AS t(u, o)",
                    [.array(optional: array)]
                ).first)
            #expect(try row.array(0, of: Value.self) == array)
            #expect(try row.value(1, as: Int32.self) == Int32(array.count))
            if array.isEmpty { #expect(try row.isNull(2)) } else { #expect(try row.array(2, of: Value.self) == array) }
        }
    }

    @Test func `bool comes back as it went`() throws { try roundTrip([true, false], literals: ["true", "false"]) }

    @Test func `int4 comes back as it went`() throws {
        try roundTrip([0, -1, Int32.max, Int32.min], literals: ["0", "'-1'", "2147483647", "'-2147483648'"])
    }

    @Test func `int8 comes back as it went`() throws {
        try roundTrip(
            [0, -1, Int64.max, Int64.min], literals: ["0", "'-1'", "9223372036854775807", "'-9223372036854775808'"])
    }

    @Test func `text comes back as it went, empty, Korean and quotes`() throws {
        try roundTrip(["", "계량대 1호기", "it's \\ \"x\"\n"], literals: ["''", "'계량대 1호기'", "E'it''s \\\\ \"x\"\\n'"])
    }

    @Test func `bytea comes back as it went, zero bytes included`() throws {
        try roundTrip([[], [0, 255, 0, 1]], literals: ["''", "'\\x00ff0001'"])
    }

    @Test func `timestamptz counts microseconds from the UNIX epoch`() throws {
        try roundTrip(
            [0, 1_700_000_000_123_456, -1, 946_684_800_000_000].map(PostgresTimestamp.init(microseconds:)),
            literals: [
                "'1970-01-01 00:00:00Z'", "'2023-11-14 22:13:20.123456Z'", "'1969-12-31 23:59:59.999999Z'",
                "'2000-01-01 00:00:00Z'",
            ])
    }

    @Test func `date counts days from the UNIX epoch`() throws {
        try roundTrip(
            [0, 19_675, -1].map(PostgresDate.init(days:)), literals: ["'1970-01-01'", "'2023-11-14'", "'1969-12-31'"])
    }

    @Test func `uuid is text here and sixteen bytes there`() throws {
        let text = "0fb1c2d3-0000-4abc-8def-ffffffffffff"
        let uuid = try #require(PostgresUUID(text))
        #expect(uuid.description == text)
        try roundTrip([uuid], literals: ["'\(text)'"])
        for wrong in ["", "0fb1c2d3", text + "0", text.replacing("-", with: "x"), text.replacing("f", with: "g")] {
            #expect(PostgresUUID(wrong) == nil)
        }
    }

    @Test func `numeric keeps every digit of grams`() throws {
        let cases: [(Int64, Int, String)] = [
            (0, 0, "0"), (0, 2, "0.00"), (1, 3, "0.001"), (-1, 3, "'-0.001'"), (12_345_678_901, 3, "12345678.901"),
            (10_000, 0, "10000"), (100_000_000, 4, "10000.0000"), (1_000_010_000, 3, "1000010.000"),
            (9_223_372_036_854_775_807, 2, "92233720368547758.07"),
            (-9_223_372_036_854_775_808, 3, "'-9223372036854775.808'"), (5, 9, "0.000000005"),
            (50_000, 8, "0.00050000"),
        ]
        try roundTrip(cases.map { PostgresNumeric(unscaled: $0.0, scale: $0.1) }, literals: cases.map(\.2))
    }

    @Test func `numeric that is no exact integer of ours is refused`() throws {
        var connection = try TestCluster.connect()
        for text in ["NaN", "Infinity", "-Infinity", "92233720368547758.08", "1e40"] {
            let row = try #require(try connection.query("SELECT $1::text::numeric", [.text(text)]).first)
            #expect(throws: PostgresError.self, "\(text)") { try row.value(0, as: PostgresNumeric.self) }
        }
    }

    @Test func `a weight in grams fits a kilogram column and the server rounds the rest`() throws {
        var connection = try TestCluster.connect()
        try connection.execute("CREATE TABLE w (kg numeric(10,2))")
        let row = try #require(
            try connection.query(
                "INSERT INTO w SELECT * FROM unnest($1::numeric[]) RETURNING kg",
                [.array([12_340_000, 5].map { PostgresNumeric(kilogramsFromGrams: $0) })]
            ).first)
        #expect(try row.value(0, as: PostgresNumeric.self).gramsFromKilograms == 12_340_000)
        #expect(PostgresNumeric(unscaled: 12_345, scale: 4).gramsFromKilograms == nil)
        #expect(PostgresNumeric(unscaled: .max, scale: 0).gramsFromKilograms == nil)
        #expect(PostgresNumeric(unscaled: 12, scale: 0).unscaled(atScale: 3) == 12_000)
    }

    @Test func `json keeps the exact text and jsonb the meaning`() throws {
        var connection = try TestCluster.connect()
        let text = #"{"b": 1,  "a": "무게", "b": 2}"#
        let row = try #require(
            try connection.query("SELECT $1, $2, $1, $2, $3", [.json(text), .jsonb(text), .null(.json)]).first)
        #expect(try row.value(0, as: PostgresJSON.self).text == text)
        #expect(try row.value(1, as: PostgresJSONB.self).text == #"{"a": "무게", "b": 2}"#)
        #expect(try row.value(2, as: String.self) == text)
        #expect(try row.value(3, as: String.self) == #"{"a": "무게", "b": 2}"#)
        #expect(try row.optional(4, as: PostgresJSON.self) == nil)
        let arrays: [PostgresParameter] = [
            .array(optional: [PostgresJSON(text), nil]), .array(optional: [PostgresJSONB("[1]"), nil]),
        ]
        let back = try #require(try connection.query("SELECT $1, $2", arrays).first)
        #expect(try back.array(0, of: PostgresJSON.self) == [PostgresJSON(text), nil])
        #expect(try back.array(1, of: PostgresJSONB.self) == [PostgresJSONB("[1]"), nil])
    }

    @Test func `a column of another type, NULL, or out of range is refused by name`() throws {
        var connection = try TestCluster.connect()
        let row = try #require(
            try connection.query("SELECT 1::int8 << 40 AS big, 'x'::text AS word, 'infinity'::timestamptz").first)
        #expect(try row.value(0, as: Int64.self) == 1 << 40)
        #expect(throws: PostgresError.decoding(column: "0 big", expected: "Int32", found: "int8 of 8 bytes")) {
            try row.value(0, as: Int32.self)
        }
        #expect(throws: PostgresError.decoding(column: "1 word", expected: "Int64", found: "text of 1 bytes")) {
            try row.value(1, as: Int64.self)
        }
        #expect(throws: PostgresError.self) { try row.value(2, as: PostgresTimestamp.self) }
        #expect(throws: PostgresError.decoding(column: "3", expected: "one of 3 columns", found: "not there")) {
            try row.value(3, as: Int64.self)
        }
    }

    @Test func `an array is filled row by row and used again`() throws {
        var connection = try TestCluster.connect()
        var array = PostgresArray<Int64>()
        for round in 1...2 {
            for value in 1...Int64(round) { array.append(value) }
            array.appendNull()
            let row = try #require(try connection.query("SELECT $1", [.init(array)]).first)
            #expect(try row.array(0, of: Int64.self) == Array(1...Int64(round)).map(Optional.some) + [nil])
            array.removeAll()
        }
    }
}
