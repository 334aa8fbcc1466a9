import Actors

extension RecordQueries {
    /// Who has `text` in a name, number, address or note: drivers, accounts, companies, and orders by those who are named in them. Reads
    /// all of the site's; the remarks of orders are not looked at.
    package func persons(_ site: String, containing text: String) async throws -> [Named] {
        try await readers.read { [keys] connection throws(PostgresError) in
            var found: [Named] = []
            let records = try connection.query(
                "SELECT class || ':' || ref, fields FROM master_record WHERE site = $1 AND class IN ('driver', 'user', 'company') ORDER BY 1",
                [.text(site)])
            for row in records {
                let json = keys.opened(Array(try row.value(1, as: PostgresJSON.self).text.utf8), at: site)
                let fields = (try? JSON.decode([String: FieldValue].self, from: json)) ?? [:]
                let texts = fields.sorted { $0.key < $1.key }.compactMap(\.value.text)
                Self.add(Named(id: try row.value(0), name: Self.line(texts)), texts, text, &found)
            }
            let orders = try connection.query(
                """
                SELECT order_no, customer, address, driver_name, driver_contact FROM delivery_order WHERE site = $1
                ORDER BY order_no
                """, [.text(site)])
            for row in orders {
                var texts: [String] = []
                for column in 1...4 {
                    if let stored = try row.optional(column, as: String.self) {
                        texts.append(keys.shown(stored, at: site))
                    }
                }
                let number: String = try row.value(0)
                Self.add(Named(id: "\(Order.name):\(number)", name: Self.line(texts)), texts, text, &found)
            }
            return found
        }
    }

    private static func line(_ texts: [String]) -> String { texts.filter { !$0.isEmpty }.joined(separator: ", ") }

    private static func add(_ person: Named, _ texts: [String], _ text: String, _ found: inout [Named]) {
        // A number is found however it is written.
        let digits = text.filter(\.isNumber)
        let isNumber = digits.count >= 4 && text.allSatisfy { $0.isNumber || $0 == "-" || $0 == " " }
        if texts.contains(where: { $0.contains(text) || isNumber && $0.filter(\.isNumber).contains(digits) }) {
            found.append(person)
        }
    }
}
