import Wire

/// What docs/protocol.md promises of the fields of an envelope that was accepted.
enum EnvelopeLimits {
    static func check(_ message: ClientMessage) throws(Finding) {
        switch message {
        case .hello(let token, _), .refresh(let token): try text(token, "token", max: 4096)
        case .helloDevice(let apiKey): try text(apiKey, "apiKey", max: 256)
        case .subscribe(let id, let topic, let cursor):
            try label(id, "id")
            try text(topic, "topic", max: 256)
            try demand((cursor?.seq ?? 0) >= 0, "the cursor is \(cursor?.seq ?? 0)")
        case .unsubscribe(let id, let topic):
            try label(id, "id")
            try text(topic, "topic", max: 256)
        case .command(let command):
            for (value, name) in [(command.id, "id"), (command.key, "key"), (command.name, "name")] {
                try label(value, name)
            }
            let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/"
            try demand(command.key.unicodeScalars.allSatisfy(alphabet.unicodeScalars.contains), "key \(command.key)")
            try text(command.topic, "topic", max: 256)
            try object(command.arguments, "args")
        case .live(let topic, let value):
            try text(topic, "topic", max: 256)
            try object(value, "live")
        case .settled(let settled):
            try text(settled.topic, "topic", max: 256)
            try label(settled.boot, "boot")
            if let binding = settled.binding { try label(binding, "binding") }
            try demand(settled.n > 0, "n is \(settled.n)")
            try object(settled.reading, "reading")
        case .ping: break
        }
    }

    private static func text(_ value: String, _ name: String, max: Int) throws(Finding) {
        try demand((1...max).contains(value.utf8.count), "\(name) has \(value.utf8.count) bytes")
    }

    private static func label(_ value: String, _ name: String) throws(Finding) {
        try text(value, name, max: 64)
        let isPlain = value.unicodeScalars.allSatisfy { ("!"..."~").contains($0) && $0 != "\"" && $0 != "\\" }
        try demand(isPlain, "\(name) is '\(value)'")
    }

    private static func object(_ json: [UInt8], _ name: String) throws(Finding) {
        try demand((try? JSONMembers(json)) != nil, "\(name) is no JSON object")
    }
}

extension ClientMessage {
    /// The envelope as a client would write it.
    var written: [UInt8] {
        var writer = JSONWriter()
        switch self {
        case .hello(let token, let build):
            writer.member("op", "hello")
            writer.member("token", token)
            if let build { writer.member("build", build) }
        case .helloDevice(let apiKey):
            writer.member("op", "hello")
            writer.member("apiKey", apiKey)
        case .refresh(let token):
            writer.member("op", "refresh")
            writer.member("token", token)
        case .subscribe(let id, let topic, let cursor):
            writer.member("op", "sub")
            writer.member("id", id)
            writer.member("topic", topic)
            if let cursor { writer.member("cursor", json: cursor.written) }
        case .unsubscribe(let id, let topic):
            writer.member("op", "unsub")
            writer.member("id", id)
            writer.member("topic", topic)
        case .command(let command): command.write(to: &writer)
        case .live(let topic, let value):
            writer.member("op", "w")
            writer.member("topic", topic)
            writer.member("live", json: value)
        case .settled(let settled): settled.write(to: &writer)
        case .ping: writer.member("op", "ping")
        }
        return writer.finish()
    }
}

extension ClientMessage.Cursor {
    fileprivate var written: [UInt8] {
        var writer = JSONWriter()
        writer.member("epoch", epoch)
        writer.member("seq", seq)
        return writer.finish()
    }
}

extension ClientMessage.Command {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("op", "cmd")
        writer.member("id", id)
        writer.member("key", key)
        writer.member("topic", topic)
        writer.member("name", name)
        writer.member("args", json: arguments)
        if let expected { writer.member("expect", expected) }
    }
}

extension ClientMessage.Settled {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("op", again ? "again" : "w")
        writer.member("topic", topic)
        writer.member("boot", boot)
        writer.member("n", n)
        if let binding { writer.member("binding", binding) } else { writer.null("binding") }
        writer.member("reading", json: reading)
    }
}
