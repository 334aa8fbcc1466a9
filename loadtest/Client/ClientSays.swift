internal import Wire

/// The frames of a client, as JSON.
enum ClientSays {
    /// What somebody has seen of a topic.
    struct Cursor: Sendable, Hashable {
        let epoch: String
        var seq: Int64
    }

    static func hello(token: String) -> [UInt8] { one("hello") { $0.member("token", token) } }
    static func hello(apiKey: String) -> [UInt8] { one("hello") { $0.member("apiKey", apiKey) } }
    static func refresh(token: String) -> [UInt8] { one("refresh") { $0.member("token", token) } }

    static func subscribe(_ topic: String, from cursor: Cursor? = nil) -> [UInt8] {
        one("sub") { writer in
            writer.member("id", "sub")
            writer.member("topic", topic)
            guard let cursor else { return }
            var place = JSONWriter()
            place.member("epoch", cursor.epoch)
            place.member("seq", cursor.seq)
            writer.member("cursor", json: place.finish())
        }
    }

    static func unsubscribe(_ topic: String) -> [UInt8] {
        one("unsub") { writer in
            writer.member("id", "unsub")
            writer.member("topic", topic)
        }
    }

    static func command(_ id: String, key: String, topic: String, name: String, arguments: [UInt8]) -> [UInt8] {
        one("cmd") { writer in
            writer.member("id", id)
            writer.member("key", key)
            writer.member("topic", topic)
            writer.member("name", name)
            writer.member("args", json: arguments)
        }
    }

    /// - Parameter at: milliseconds since 1970, by the edge's clock.
    static func live(_ topic: String, grams: Int64, state: String = "moving", at: Int64) -> [UInt8] {
        one("w") { writer in
            var value = JSONWriter()
            value.member("grams", grams)
            value.member("state", state)
            value.member("at", at)
            writer.member("topic", topic)
            writer.member("live", json: value.finish())
        }
    }

    static func settled(
        _ topic: String, boot: String, n: Int64, binding: String? = nil, grams: Int64, at: Int64
    ) -> [UInt8] {
        one("w") { writer in
            var reading = JSONWriter()
            reading.member("grams", grams)
            reading.member("stable", true)
            reading.member("at", at)
            reading.member("offsetMillis", 0 as Int64)
            reading.member("offline", false)
            reading.member("raw", "53542c47532c2b")
            writer.member("topic", topic)
            writer.member("boot", boot)
            writer.member("n", n)
            if let binding { writer.member("binding", binding) } else { writer.null("binding") }
            writer.member("reading", json: reading.finish())
        }
    }

    static let ping = Array(#"{"op":"ping"}"#.utf8)

    private static func one(_ op: String, _ fields: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", op)
        fields(&writer)
        return writer.finish()
    }
}
