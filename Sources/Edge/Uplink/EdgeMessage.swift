/// What an edge says to the hub (`docs/protocol.md`, Edges).
package enum EdgeMessage: Equatable, Sendable {
    case hello(apiKey: String, build: String?)
    case subscribe(id: String, topic: String, cursor: Cursor?)
    case live(topic: String, LiveWeight)
    case weight(StoredWeight)
    /// One that another history has had an answer for.
    case again(StoredWeight)
    /// The command `fault` or `recover` on a station.
    case health(id: String, key: String, topic: String, IndicatorHealth)
}

extension EdgeMessage: Encodable {
    /// One JSON object, as it goes into a text frame.
    package var json: String { jsonLine }

    private enum Key: String, CodingKey {
        case op, apiKey, build, id, key, topic, name, args, cursor, live, boot, n, binding, reading
    }

    private enum ReadingKey: String, CodingKey {
        case grams, state, stable, at, offsetMillis, offline, raw
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        switch self {
        case .hello(let apiKey, let build):
            try box.encode("hello", forKey: .op)
            try box.encode(apiKey, forKey: .apiKey)
            try box.encodeIfPresent(build, forKey: .build)
        case .subscribe(let id, let topic, let cursor):
            try box.encode("sub", forKey: .op)
            try box.encode(id, forKey: .id)
            try box.encode(topic, forKey: .topic)
            try box.encodeIfPresent(cursor, forKey: .cursor)
        case .live(let topic, let live):
            try box.encode("w", forKey: .op)
            try box.encode(topic, forKey: .topic)
            var reading = box.nestedContainer(keyedBy: ReadingKey.self, forKey: .live)
            try reading.encode(live.grams, forKey: .grams)
            try reading.encode(live.state, forKey: .state)
            try reading.encode(live.at, forKey: .at)
        case .weight(let stored): try encode(stored, op: "w", to: &box)
        case .again(let stored): try encode(stored, op: "again", to: &box)
        case .health(let id, let key, let topic, let health):
            try box.encode("cmd", forKey: .op)
            try box.encode(id, forKey: .id)
            try box.encode(key, forKey: .key)
            try box.encode(topic, forKey: .topic)
            try box.encode(health.command, forKey: .name)
            try box.encode(health.arguments, forKey: .args)
        }
    }

    private func encode(_ stored: StoredWeight, op: String, to box: inout KeyedEncodingContainer<Key>) throws {
        try box.encode(op, forKey: .op)
        try box.encode(stored.topic, forKey: .topic)
        try box.encode(stored.boot, forKey: .boot)
        try box.encode(stored.n, forKey: .n)
        try box.encode(stored.weight.binding, forKey: .binding)
        var reading = box.nestedContainer(keyedBy: ReadingKey.self, forKey: .reading)
        try reading.encode(stored.weight.grams, forKey: .grams)
        // Nothing but a stable weight is ever settled.
        try reading.encode(true, forKey: .stable)
        try reading.encode(stored.weight.at, forKey: .at)
        try reading.encode(stored.offsetMillis, forKey: .offsetMillis)
        try reading.encode(stored.offline, forKey: .offline)
        try reading.encode(stored.weight.raw.hex, forKey: .raw)
    }
}

extension IndicatorHealth {
    fileprivate var command: String {
        switch self {
        case .good: "recover"
        case .noData: "fault"
        }
    }

    fileprivate var arguments: [String: String] {
        switch self {
        case .good: [:]
        case .noData: ["code": "NO_DATA"]
        }
    }
}
