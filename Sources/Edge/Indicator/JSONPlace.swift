/// A value of a JSON file on its way into our types: each thing that is not as it should be is told with its line and its name.
struct JSONPlace: Sendable {
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    let node: LocatedJSON
    /// As in `frames[0][2].length`; empty for the whole file.
    let path: String

    func fault(_ problem: String) -> Fault {
        Fault(description: "line \(node.line): \(path.isEmpty ? "" : "\"\(path)\" ")\(problem)")
    }

    private func mismatch(_ expected: String) -> Fault {
        let found =
            switch node.value {
            case .object: "an object"
            case .list: "a list"
            case .text(let text): "\"\(text)\""
            case .number(let number): "\(number)"
            case .flag(let flag): "\(flag)"
            case .null: "null"
            }
        return fault("is \(found), expected \(expected)")
    }

    // MARK: Values

    /// - Parameter known: every key that there may be.
    func object(_ known: [String]) throws(Fault) -> JSONObject {
        let members = try members()
        var places: [String: JSONPlace] = [:]
        for (key, place) in members {
            guard known.contains(key) else {
                throw place.fault("is unknown; expected one of \(known.joined(separator: ", "))")
            }
            places[key] = place
        }
        return JSONObject(place: self, members: places)
    }

    /// In the order of the file; no key is there twice.
    func members() throws(Fault) -> [(key: String, place: JSONPlace)] {
        guard case .object(let members) = node.value else { throw mismatch("an object") }
        var seen: Set<String> = []
        var places: [(key: String, place: JSONPlace)] = []
        for member in members {
            let place = JSONPlace(node: member.value, path: path.isEmpty ? member.key : "\(path).\(member.key)")
            guard seen.insert(member.key).inserted else { throw place.fault("is there twice") }
            places.append((member.key, place))
        }
        return places
    }

    func list() throws(Fault) -> [JSONPlace] {
        guard case .list(let values) = node.value else { throw mismatch("a list") }
        return values.enumerated().map { JSONPlace(node: $1, path: "\(path)[\($0)]") }
    }

    var isList: Bool { if case .list = node.value { true } else { false } }
    var isText: Bool { if case .text = node.value { true } else { false } }
    var isNull: Bool { if case .null = node.value { true } else { false } }

    func text() throws(Fault) -> String {
        guard case .text(let text) = node.value, !text.isEmpty else { throw mismatch("a text") }
        return text
    }

    /// A text whose characters are bytes of a frame, U+0000…U+00FF.
    func bytes() throws(Fault) -> [UInt8] {
        let text = try text()
        guard text.unicodeScalars.allSatisfy({ $0.value <= 0xFF }) else {
            throw mismatch("characters that are one byte each, up to \\u00ff")
        }
        return text.frameBytes
    }

    func number(in range: ClosedRange<Int>) throws(Fault) -> Int {
        guard case .number(let number) = node.value, range.contains(number) else {
            throw mismatch("a whole number within \(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    /// A byte as its number, or as one character.
    func byte() throws(Fault) -> UInt8 {
        guard isText else { return UInt8(try number(in: 0...255)) }
        let bytes = try bytes()
        guard bytes.count == 1 else { throw fault("has \(bytes.count) characters, expected one") }
        return bytes[0]
    }

    func flag() throws(Fault) -> Bool {
        guard case .flag(let flag) = node.value else { throw mismatch("true or false") }
        return flag
    }

    /// One of the words of an enumeration.
    func word<Word: RawRepresentable & CaseIterable>(_: Word.Type) throws(Fault) -> Word
    where Word.RawValue == String {
        guard case .text(let text) = node.value, let word = Word(rawValue: text) else {
            throw mismatch("one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }
}

/// The members of an object, whose keys are all known.
struct JSONObject: Sendable {
    let place: JSONPlace
    private let members: [String: JSONPlace]

    init(place: JSONPlace, members: [String: JSONPlace]) {
        self.place = place
        self.members = members
    }

    subscript(key: String) -> JSONPlace? { members[key] }

    func required(_ key: String) throws(JSONPlace.Fault) -> JSONPlace {
        guard let place = members[key] else { throw place.fault("has no \"\(key)\", which is needed") }
        return place
    }
}

extension String {
    /// The text as the bytes of a frame: one byte per character, U+0000…U+00FF.
    var frameBytes: [UInt8] { unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
}
