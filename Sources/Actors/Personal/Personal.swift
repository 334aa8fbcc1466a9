/// A text about a person: a name, a phone number, an address, what somebody remarked.
///
/// It is one JSON string, with the person in front of the text, so that the journal finds it in what it stores, whatever the kind, and
/// keeps it under that person's key (`PersonalFields`). Whose key is gone reads as erased. Nobody outside the hub sees more than the
/// text: everything that leaves passes `PersonalFields.plain`.
///
/// Exempt is what the law makes a yard keep: the slip with all that is printed on it (`WeighRegister.Slip`, `WeighTicket`). Plates and
/// ids such as `driver:12` stay as well: by themselves they name nobody.
package struct Personal: Codable, Hashable, Sendable {
    /// `driver:12`, `user:kim`, `company:3`, or `order:SO-1` for those who are named in an order only; unique within a site. Empty for
    /// nobody in particular: the hub itself, a device, and every text from before there were persons.
    package let person: String
    /// Nil when it has been erased.
    package let text: String?

    package init(_ text: String?, of person: String = "") {
        self.person = person
        self.text = text
    }

    /// The text as somebody sees it; empty when it has been erased.
    package var shown: String { text ?? "" }

    package func erased() -> Personal { Personal(nil, of: person) }

    // MARK: One string

    /// In front of the person, and between the person and the text. Private-use characters: no name has them, and no command may
    /// (`PersonalFields.isForged`).
    static let open = "\u{E000}"
    private static let clear = "\u{E001}"
    private static let gone = "\u{E003}"

    /// The person and the text in one.
    package var coded: String {
        guard !person.isEmpty else { return shown }
        guard let text else { return Self.open + person + Self.gone }
        return Self.open + person + Self.clear + text
    }

    /// The opposite of `coded`. A text without a person is nobody's; one that is still sealed is as good as erased.
    package init(coded: String) {
        guard let field = PersonalFields.Field(Array(coded.utf8)[...]) else {
            self.init(coded)
            return
        }
        self.init(
            field.form == .clear ? String(decoding: field.content, as: UTF8.self) : nil, of: field.person)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(coded)
    }

    package init(from decoder: any Decoder) throws {
        self.init(coded: try decoder.singleValueContainer().decode(String.self))
    }
}

extension Principal {
    /// Who did it, for an event: the name of an account is its person's, that of a device or of the hub nobody's.
    package var signature: Personal { Personal(name, of: account == nil ? "" : id) }
}

extension Context {
    /// Who asks, as an event keeps it.
    package var by: Personal { principal.signature }
}
