import Actors
import Crypto
import FoundationEssentials
import Synchronization

/// Seals what the database keeps about people, and opens it again: AES-256-GCM under a key per person and site, bound to both.
///
/// Equal texts of one person are sealed to equal bytes, because the nonce is derived from the text: a rebuild then gives the rows
/// that are there, and a batch that is tried again the same chain. Whose key is gone, or whose bytes have been tampered with, reads as
/// erased. All keys are in memory, some 250 bytes each; a new one is written in the transaction that uses it first.
package final class PersonKeys: Sendable {
    /// The master key opens none of the keys in the database: it belongs to another one.
    package struct WrongMaster: Error, CustomStringConvertible {
        package let description =
            "The keys of the persons in this database cannot be opened with this data directory's person.key."
    }

    private struct Key: Sendable {
        /// One half seals, the other derives nonces.
        let both: [UInt8]
        /// As the table is to have it; empty once it is known to.
        var wrapped: [UInt8] = []

        var sealing: SymmetricKey { SymmetricKey(data: both.prefix(keyByteCount)) }
        var choosing: SymmetricKey { SymmetricKey(data: both.suffix(keyByteCount)) }
        var isDurable: Bool { wrapped.isEmpty }
    }

    private struct Sealed: Sendable {
        let person: Person
        let text: [UInt8]
        let sealed: [UInt8]
    }

    private struct State: Sendable {
        var keys: [Person: Key] = [:]
        var erased: Set<Person> = []
        /// The latest, by a hash of person and text: the same few people act all day, and a row says again what its event said.
        var latest: [Int: Sealed] = [:]
    }

    /// Length of the master key, and of each of the two halves of a person's, in bytes.
    package static let keyByteCount = 32
    /// A power of two.
    private static let latestCountMax = 1024

    private let master: SymmetricKey
    private let state: Mutex<State>

    /// No keys yet.
    /// - Parameter master: `keyByteCount` bytes.
    package init(master: [UInt8]) {
        precondition(master.count == Self.keyByteCount, "a master key has \(Self.keyByteCount) bytes")
        self.master = SymmetricKey(data: master)
        state = Mutex(State())
    }

    // MARK: Sealing and opening

    /// Nil when there is nothing to seal. Blocks for microseconds; the new keys are added to `fresh`.
    func sealed(_ json: [UInt8], at site: String, _ fresh: inout Set<Person>) -> [UInt8]? {
        PersonalFields.map(json) { seal($0, $1, $2, site, &fresh) }
    }

    /// The same for a column of its own.
    func sealed(_ text: String, at site: String, _ fresh: inout Set<Person>) -> String? {
        PersonalFields.map(text: text) { seal($0, $1, $2, site, &fresh) }
    }

    package func opened(_ json: [UInt8], at site: String) -> [UInt8] {
        var missing: Set<Person> = []
        return opened(json, at: site, &missing)
    }

    /// - Parameter missing: gets whoever has neither a key nor been erased: what came of it must not be written back.
    func opened(_ json: [UInt8], at site: String, _ missing: inout Set<Person>) -> [UInt8] {
        PersonalFields.map(json) { id, form, text in
            let person = Person(site: site, id: id)
            if form == .sealed, !isKnown(person) { missing.insert(person) }
            return open(id, form, text, site)
        } ?? json
    }

    private func isKnown(_ person: Person) -> Bool {
        state.withLock { $0.keys[person] != nil || $0.erased.contains(person) }
    }

    /// Opens what was read, with keys that another hub's last commit may have brought since these were. Throws `decoding` when one is in
    /// no table: it is not guessed that somebody was erased.
    func opening<T>(
        _ connection: inout PostgresConnection, _ body: (inout Set<Person>) -> T
    ) throws(PostgresError) -> T {
        var missing: Set<Person> = []
        let opened = body(&missing)
        guard !missing.isEmpty else { return opened }
        try reread(missing, &connection)
        missing = []
        let again = body(&missing)
        guard let person = missing.min() else { return again }
        throw .decoding(column: "person_key", expected: "the key of \(person)", found: "none")
    }

    /// The text of a column, as it is shown.
    package func shown(_ text: String, at site: String) -> String {
        Personal(coded: PersonalFields.map(text: text) { open($0, $1, $2, site) } ?? text).shown
    }

    private func seal(
        _ id: String, _ form: PersonalFields.Form, _ text: [UInt8], _ site: String, _ fresh: inout Set<Person>
    ) -> (form: PersonalFields.Form, text: [UInt8])? {
        guard form == .clear else { return nil }
        let person = Person(site: site, id: id)
        guard let key = key(of: person) else { return (.erased, []) }
        if !key.isDurable { fresh.insert(person) }
        let place = Self.place(person, text)
        if let known = state.withLock({ $0.latest[place] }), known.person == person, known.text == text {
            return (.sealed, known.sealed)
        }
        let code = HMAC<SHA256>.authenticationCode(for: text, using: key.choosing)
        guard let nonce = try? AES.GCM.Nonce(data: Array(code.prefix(12))),
            let box = try? AES.GCM.seal(text, using: key.sealing, nonce: nonce, authenticating: person.bytes).combined
        else { preconditionFailure("a nonce of 12 bytes and a key of 32") }
        let sealed = Array(box.base64EncodedString().utf8)
        state.withLock { $0.latest[place] = Sealed(person: person, text: text, sealed: sealed) }
        return (.sealed, sealed)
    }

    private static func place(_ person: Person, _ text: [UInt8]) -> Int {
        var hasher = Hasher()
        hasher.combine(person)
        hasher.combine(text)
        return hasher.finalize() & (latestCountMax - 1)
    }

    private func open(
        _ id: String, _ form: PersonalFields.Form, _ text: [UInt8], _ site: String
    ) -> (form: PersonalFields.Form, text: [UInt8])? {
        guard form == .sealed else { return nil }
        let person = Person(site: site, id: id)
        guard let key = state.withLock({ $0.keys[person] }), let data = Data(base64Encoded: Data(text)),
            let box = try? AES.GCM.SealedBox(combined: data),
            let clear = try? AES.GCM.open(box, using: key.sealing, authenticating: person.bytes)
        else { return (.erased, []) }
        return (.clear, Array(clear))
    }

    // MARK: Keys

    /// The key, made now if there is none; nil for somebody who has been erased.
    private func key(of person: Person) -> Key? {
        state.withLock { state in
            if let key = state.keys[person] { return key }
            guard !state.erased.contains(person) else { return nil }
            let both = [0, 1].flatMap { _ in SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) } }
            guard let wrapped = try? AES.GCM.seal(both, using: master, authenticating: person.bytes).combined else {
                preconditionFailure("a key of 32 bytes")
            }
            let key = Key(both: both, wrapped: Array(wrapped))
            state.keys[person] = key
            return key
        }
    }

    /// Takes over what is in the tables.
    func load(_ connection: inout PostgresConnection) throws {
        let rows = try connection.query("SELECT site, person, key FROM person_key")
        var takenCount = 0
        for row in rows {
            let person = Person(site: try row.value(0), id: try row.value(1))
            if (try? take(person, wrapped: try row.value(2))) != nil { takenCount += 1 }
        }
        // One that does not open is as good as missing: that person's streams cannot be read, all others can.
        if takenCount == 0, !rows.isEmpty { throw WrongMaster() }
        for row in try connection.query("SELECT site, person FROM erased_person") {
            let person = Person(site: try row.value(0), id: try row.value(1))
            state.withLock { _ = $0.erased.insert(person) }
        }
    }

    private func take(_ person: Person, wrapped: [UInt8]) throws(WrongMaster) {
        guard let box = try? AES.GCM.SealedBox(combined: wrapped),
            let both = try? AES.GCM.open(box, using: master, authenticating: person.bytes),
            both.count == 2 * Self.keyByteCount
        else { throw WrongMaster() }
        state.withLock { state in
            state.keys[person] = Key(both: Array(both))
            state.latest = [:]
        }
    }

    func forget(_ person: Person) {
        state.withLock { state in
            state.keys[person] = nil
            state.erased.insert(person)
            state.latest = [:]
        }
    }

    // MARK: New keys

    /// Two hubs must not seal under different keys for one person: who comes second is told, as by the fence.
    private static let keepStatement = PostgresStatement(
        "keep_person_keys",
        """
        WITH kept AS (
            INSERT INTO person_key AS known (site, person, key) SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])
            ON CONFLICT (site, person) DO UPDATE SET key = EXCLUDED.key WHERE known.key = EXCLUDED.key
            RETURNING 1)
        SELECT gwanje_expect((SELECT count(*) FROM kept), $4)
        """)

    /// What makes the keys durable that a transaction uses first.
    func keep(_ fresh: Set<Person>) -> PostgresCall {
        let keys = state.withLock { state in fresh.sorted().map { ($0, state.keys[$0]?.wrapped ?? []) } }
        return PostgresCall(
            Self.keepStatement,
            [
                .array(keys.map(\.0.site)), .array(keys.map(\.0.id)), .array(keys.map(\.1)), .int8(Int64(keys.count)),
            ])
    }

    /// They are in the table.
    func kept(_ fresh: Set<Person>) {
        guard !fresh.isEmpty else { return }
        state.withLock { state in for person in fresh { state.keys[person]?.wrapped = [] } }
    }

    private static let knownStatement = PostgresStatement(
        "known_person_keys",
        """
        SELECT site, person, key FROM person_key JOIN unnest($1::text[], $2::text[]) AS mine (site, person)
            USING (site, person)
        """)

    /// A transaction that brought new keys was refused, or a text does not open: perhaps the hub before this one had made others.
    func reread(_ fresh: Set<Person>, _ connection: inout PostgresConnection) throws(PostgresError) {
        guard !fresh.isEmpty else { return }
        let persons = Array(fresh)
        let known = try connection.query(
            Self.knownStatement, [.array(persons.map(\.site)), .array(persons.map(\.id))])
        for row in known {
            // One that does not open is another master's: the conflict stays, and nothing is sealed under a key that would be lost.
            try? take(Person(site: try row.value(0), id: try row.value(1)), wrapped: try row.value(2))
        }
    }
}
