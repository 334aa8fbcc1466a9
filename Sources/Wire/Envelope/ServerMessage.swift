/// What the hub says: envelopes of `gwanje.v1` as JSON bytes (docs/protocol.md). Times are milliseconds since 1970 UTC.
package enum ServerMessage {
    package struct Fault: Sendable, Hashable {
        package let code: String
        package let params: [String: String]
        package let message: String
        package let retry: Bool
        package let afterMillis: Int64?

        package init(
            code: String, params: [String: String] = [:], message: String, retry: Bool = false,
            afterMillis: Int64? = nil
        ) {
            self.code = code
            self.params = params
            self.message = message
            self.retry = retry
            self.afterMillis = afterMillis
        }

        package var json: [UInt8] {
            var writer = JSONWriter()
            writer.member("code", code)
            writer.member("params", json: Self.object(params))
            writer.member("message", message)
            writer.member("retry", retry)
            if let afterMillis { writer.member("after", afterMillis) } else { writer.null("after") }
            return writer.finish()
        }

        private static func object(_ params: [String: String]) -> [UInt8] {
            var bytes = Array("{".utf8)
            for (index, (name, value)) in params.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONWriter.append(name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                JSONWriter.append(value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
            return bytes
        }
    }

    /// - Parameters:
    ///   - principal: JSON of who the hub takes the client for.
    ///   - yard: JSON of the site's name and telephone number.
    package static func welcome(
        session: String, epoch: String, now: Int64, build: String, expiresAt: Int64?, principal: [UInt8], yard: [UInt8]
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", "welcome")
        writer.member("session", session)
        writer.member("epoch", epoch)
        writer.member("now", now)
        writer.member("build", build)
        if let expiresAt { writer.member("expiresAt", expiresAt) } else { writer.null("expiresAt") }
        writer.member("principal", json: principal)
        writer.member("yard", json: yard)
        return writer.finish()
    }

    package static func refreshed(expiresAt: Int64) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", "refreshed")
        writer.member("expiresAt", expiresAt)
        return writer.finish()
    }

    package static func expiring(expiresAt: Int64) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", "expiring")
        writer.member("expiresAt", expiresAt)
        return writer.finish()
    }

    package static func snapshot(
        id: String?, topic: String, epoch: String, seq: Int64, at: Int64, data: [UInt8]
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: data.count + 200)
        writer.member("op", "snapshot")
        if let id { writer.member("id", id) }
        writer.member("topic", topic)
        writer.member("epoch", epoch)
        writer.member("seq", seq)
        writer.member("at", at)
        writer.member("data", json: data)
        return writer.finish()
    }

    package static func resumed(id: String, topic: String, epoch: String, seq: Int64) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", "resumed")
        writer.member("id", id)
        writer.member("topic", topic)
        writer.member("epoch", epoch)
        writer.member("seq", seq)
        return writer.finish()
    }

    package static func event(
        topic: String, seq: Int64, prev: Int64, at: Int64, name: String, data: [UInt8]
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: data.count + 160)
        writer.member("op", "event")
        writer.member("topic", topic)
        writer.member("seq", seq)
        writer.member("prev", prev)
        writer.member("at", at)
        writer.member("name", name)
        writer.member("data", json: data)
        return writer.finish()
    }

    package static func state(topic: String, seq: Int64, prev: Int64, at: Int64, data: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(capacity: data.count + 160)
        writer.member("op", "state")
        writer.member("topic", topic)
        writer.member("seq", seq)
        writer.member("prev", prev)
        writer.member("at", at)
        writer.member("data", json: data)
        return writer.finish()
    }

    package static func live(topic: String, at: Int64, data: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(capacity: data.count + 80)
        writer.member("op", "live")
        writer.member("topic", topic)
        writer.member("at", at)
        writer.member("data", json: data)
        return writer.finish()
    }

    package static func unsubscribed(id: String, topic: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", "unsubscribed")
        writer.member("id", id)
        writer.member("topic", topic)
        return writer.finish()
    }

    package static func ended(topic: String, _ fault: Fault) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", "ended")
        writer.member("topic", topic)
        writer.member("error", json: fault.json)
        return writer.finish()
    }

    package static func reply(id: String, seq: Int64) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", "reply")
        writer.member("id", id)
        writer.member("ok", true)
        writer.member("seq", seq)
        return writer.finish()
    }

    package static func reply(id: String, _ fault: Fault) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", "reply")
        writer.member("id", id)
        writer.member("ok", false)
        writer.member("error", json: fault.json)
        return writer.finish()
    }

    /// Every settled weight up to `n` has its final outcome; `refused` names those that were not recorded.
    ///
    /// - Parameter again: of those that came with `again`, or of the others only.
    package static func ack(
        topic: String, boot: String, n: Int64, again: Bool = false, refused: [(n: Int64, code: String)]
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", "ack")
        writer.member("topic", topic)
        writer.member("boot", boot)
        writer.member("n", n)
        if again { writer.member("again", true) }
        if !refused.isEmpty {
            let items = refused.map { item in
                var one = JSONWriter()
                one.member("n", item.n)
                one.member("code", item.code)
                return one.finish()
            }
            writer.member("refused", json: Array("[".utf8) + items.joined(separator: Array(",".utf8)) + Array("]".utf8))
        }
        return writer.finish()
    }

    package static func tick(now: Int64) -> [UInt8] { timed("tick", "now", now) }
    package static func pong(now: Int64) -> [UInt8] { timed("pong", "now", now) }
    package static func drain(afterMillis: Int64) -> [UInt8] { timed("drain", "after", afterMillis) }

    package static func error(id: String?, _ fault: Fault) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("op", "error")
        if let id { writer.member("id", id) }
        writer.member("error", json: fault.json)
        return writer.finish()
    }

    private static func timed(_ op: String, _ name: StaticString, _ value: Int64) -> [UInt8] {
        var writer = JSONWriter(capacity: 48)
        writer.member("op", op)
        writer.member(name, value)
        return writer.finish()
    }
}
