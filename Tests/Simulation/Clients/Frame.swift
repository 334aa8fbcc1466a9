import Actors
import Wire

/// What terminals say, as docs/protocol.md has it.
enum Frame {
    static func hello(_ principal: Principal) -> [UInt8] {
        principal.role == .device
            ? one("hello") { $0.member("apiKey", principal.id) } : one("hello") { $0.member("token", principal.id) }
    }

    static func refresh(_ principal: Principal) -> [UInt8] { one("refresh") { $0.member("token", principal.id) } }

    static func subscribe(_ label: String, _ subscription: Subscription) -> [UInt8] {
        one("sub") { writer in
            writer.member("id", label)
            writer.member("topic", subscription.name)
            guard let cursor = subscription.cursor else { return }
            var inner = JSONWriter()
            inner.member("epoch", cursor.epoch)
            inner.member("seq", cursor.seq)
            writer.member("cursor", json: inner.finish())
        }
    }

    static func command(_ label: String, _ ask: Ask) -> [UInt8] {
        one("cmd") { writer in
            writer.member("id", label)
            writer.member("key", ask.key)
            writer.member("topic", ask.to.description)
            writer.member("name", ask.name)
            writer.member("args", json: ask.arguments)
            if let expected = ask.expected { writer.member("expect", expected) }
        }
    }

    static func live(_ json: String, at station: StreamID) -> [UInt8] {
        one("w") { writer in
            writer.member("topic", station.description)
            writer.member("live", json: Array(json.utf8))
        }
    }

    static func settled(_ weight: WeightStore.Weight) -> [UInt8] {
        one("w") { writer in
            writer.member("topic", weight.station.description)
            writer.member("boot", weight.boot)
            writer.member("n", weight.n)
            if let binding = weight.settle.binding { writer.member("binding", binding) } else { writer.null("binding") }
            writer.member("reading", json: weight.reading)
        }
    }

    private static func one(_ op: String, _ fields: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", op)
        fields(&writer)
        return writer.finish()
    }
}
