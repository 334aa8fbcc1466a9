internal import GRDB

/// What another history has had an answer for. A hub that was restored from a backup may not have it, and shows another epoch:
/// everything that is still kept is offered to it again, from the oldest on. What it has keeps its outcome there.
extension Outbox {
    /// Whose history the answers are of from now on. The first one has nothing to get again.
    ///
    /// - Returns: by topic, how many weights are still to be offered again, of this history or since it began.
    package func adopt(epoch: String) throws(OutboxError) -> [String: Int] {
        try write("adopt the history \(epoch)") { db in
            let former = try String.fetchOne(db, sql: "SELECT epoch FROM hub")
            if former != epoch {
                try db.execute(
                    sql: """
                        INSERT INTO hub (onlyRow, epoch) VALUES (1, ?)
                        ON CONFLICT (onlyRow) DO UPDATE SET epoch = excluded.epoch
                        """, arguments: [epoch])
            }
            if former != nil, former != epoch {
                // Answers come in order: behind the last one is what still waits for its first, which is this history's.
                try db.execute(
                    sql: """
                        INSERT INTO again (topic, n, until)
                            SELECT topic, 0, max(n) FROM weight WHERE state IN ('acked', 'refused') GROUP BY topic
                        ON CONFLICT (topic) DO UPDATE SET n = 0, until = excluded.until
                        """)
            }
            try db.execute(
                sql: "DELETE FROM again WHERE NOT EXISTS (SELECT 1 FROM offered WHERE offered.topic = again.topic)")
            let counts = try Row.fetchAll(db, sql: "SELECT topic, count(*) AS count FROM offered GROUP BY topic")
            return Dictionary(uniqueKeysWithValues: counts.map { ($0["topic"], $0["count"]) })
        }
    }

    /// The next weights to be offered again, in order.
    package func offeredAgain(topic: String, after n: Int64, limit: Int) throws(OutboxError) -> [StoredWeight] {
        try read("read the weights of \(topic)") { db in
            try StoredWeight.fetch(
                db, from: "offered", sql: "topic = ? AND n > ? ORDER BY n LIMIT ?", arguments: [topic, n, limit])
        }
    }

    /// This history's word on every weight that was offered again up to `n`.
    ///
    /// - Returns: whether it was the last word of this topic.
    package func settleAgain(
        topic: String, through n: Int64, refused: [Int64: String]
    ) throws(OutboxError) -> Bool {
        try write("settle weights of \(topic)") { db in
            try db.execute(
                sql: """
                    UPDATE weight SET state = 'acked', code = NULL
                    WHERE topic = ? AND n > (SELECT n FROM again WHERE topic = ?) AND n <= ? AND state = 'refused'
                    """, arguments: [topic, topic, n])
            for (number, code) in refused.sorted(by: { $0.key < $1.key }) where number <= n {
                try db.execute(
                    sql: """
                        UPDATE weight SET state = 'refused', code = ?
                        WHERE topic = ? AND n = ? AND state IN ('acked', 'refused')
                        """, arguments: [code, topic, number])
            }
            try db.execute(
                sql: "UPDATE again SET n = ? WHERE topic = ? AND n < ?", arguments: [n, topic, n])
            try db.execute(
                sql: """
                    DELETE FROM again WHERE topic = ? AND NOT EXISTS (SELECT 1 FROM offered WHERE topic = ?)
                    """, arguments: [topic, topic])
            return db.changesCount > 0
        }
    }
}
