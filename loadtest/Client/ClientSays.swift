internal import Wire

/// The frames of a client, as JSON.
enum ClientSays {
    static func hello(token: String) -> [UInt8] { one("hello") { $0.member("token", token) } }
    static func refresh(token: String) -> [UInt8] { one("refresh") { $0.member("token", token) } }

    static func subscribe(_ topic: String) -> [UInt8] {
        one("sub") { writer in
            writer.member("id", "sub")
            writer.member("topic", topic)
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

    private static func one(_ op: String, _ fields: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", op)
        fields(&writer)
        return writer.finish()
    }
}
