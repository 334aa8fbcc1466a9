/// The domain says no: a stable code, its parameters and a Korean sentence for the person who asked.
///
/// Each kind declares its rejections as static members beside its commands, so a code has one home and one sentence.
package struct Rejection: Error, Hashable, Sendable {
    package let code: String
    package let params: [String: String]
    package let message: String

    /// - Parameters:
    ///   - message: cut where it becomes long, as are the parameters: what somebody said comes back in them, whatever it was.
    ///   - params: by name.
    package init(_ code: String, _ message: String, _ params: [String: String] = [:]) {
        self.code = code
        self.message = Self.cut(message)
        self.params = params.mapValues(Self.cut)
    }

    /// The longest message or parameter, in bytes of UTF-8; no sentence of ours comes near it.
    package static let textByteCountMax = 1200

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > textByteCountMax else { return text }
        // Scalars, not characters: one character may be as long as the whole text.
        var byteCount = "…".utf8.count
        let scalars = text.unicodeScalars.prefix { scalar in
            byteCount += UTF8.width(scalar)
            return byteCount <= textByteCountMax
        }
        return String(scalars) + "…"
    }
}

extension Rejection {
    package static let forbidden = Rejection("forbidden", "이 작업을 할 권한이 없습니다.")
    package static let reasonRequired = Rejection("reasonRequired", "사유를 입력해 주세요.")

    static let reservedCharacter = Rejection(
        "reservedCharacter", "쓸 수 없는 문자가 들어 있습니다 (U+E000–U+E00F). 지우고 다시 보내 주세요.")
    static let erased = Rejection("erased", "개인정보가 삭제된 자료입니다. 다시 쓰려면 새로 등록해 주세요.")

    package static func unknownCommand(_ name: String, kind: String) -> Rejection {
        Rejection(
            "unknownCommand", "'\(kind)'에는 '\(name)' 명령이 없습니다.", ["command": name, "kind": kind])
    }

    package static func badArguments(_ name: String, _ expected: String) -> Rejection {
        Rejection(
            "badArguments", "'\(name)' 명령의 값이 올바르지 않습니다: \(expected)",
            ["command": name, "expected": expected])
    }

    package static func tooLong(_ field: String, max: Int) -> Rejection {
        Rejection("tooLong", "'\(field)'은(는) \(max)자까지 입력할 수 있습니다.", ["field": field, "max": String(max)])
    }
}

extension Context {
    /// A reason that somebody gives stays in the history for ever: said, and in at most 200 characters.
    func check(reason: String) throws(Rejection) {
        guard !reason.isBlank else { throw .reasonRequired }
        guard reason.fits(200) else { throw .tooLong("reason", max: 200) }
    }
}

extension String {
    /// Nothing but white space.
    package var isBlank: Bool { allSatisfy(\.isWhitespace) }

    /// Whether it has at most so many characters, none of them too long: marks without end can stand on one letter. A decomposed
    /// syllable of Hangul has 9 bytes, most emoji fewer than 12.
    package func fits(_ characterCountMax: Int) -> Bool {
        utf8.count <= 12 * characterCountMax && count <= characterCountMax
    }
}
