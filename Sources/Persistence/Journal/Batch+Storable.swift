import Actors

/// What PostgreSQL cannot hold: the character U+0000. `json` takes its escape, but nothing can be read out of such a value any
/// more (22P05), so one name with it would break every list it is in.
extension Batch {
    /// Why the database cannot hold this batch, found before it costs the others of its group a try.
    var unstorable: String? {
        for event in appends.flatMap(\.events) where Self.hasNUL(event.payload) || event.commandKey.hasNUL {
            return "the event \(event.name) has a text with the character U+0000"
        }
        for command in commands where command.key.key.hasNUL || command.key.principal.hasNUL {
            return "the command's key has the character U+0000"
        }
        for effect in effects where Self.hasNUL(effect.arguments) {
            return "the effect \(effect.name) has a text with the character U+0000"
        }
        return nil
    }

    /// Whether a JSON text has `\u0000` as an escape, that is, behind an even number of other backslashes.
    private static func hasNUL(_ json: [UInt8]) -> Bool {
        let backslash = UInt8(ascii: "\\")
        var index = 0
        while let found = json[index...].firstIndex(of: backslash) {
            if json[(found + 1)...].starts(with: "u0000".utf8) { return true }
            // Behind a backslash there is always another character, and it belongs to it.
            index = found + 2
            guard index < json.count else { return false }
        }
        return false
    }
}

extension String {
    /// Holds a character that no text of PostgreSQL can hold.
    var hasNUL: Bool { utf8.contains(0) }
}
