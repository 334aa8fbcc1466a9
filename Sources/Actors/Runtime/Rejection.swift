/// The domain says no: a stable code, its parameters and a Korean sentence for the person who asked.
///
/// Each kind declares its rejections as static members beside its commands, so a code has one home and one sentence.
package struct Rejection: Error, Hashable, Sendable {
    package let code: String
    package let params: [String: String]
    package let message: String

    package init(_ code: String, _ message: String, _ params: [String: String] = [:]) {
        self.code = code
        self.message = message
        self.params = params
    }
}

extension Rejection {
    package static let forbidden = Rejection("forbidden", "이 작업을 할 권한이 없습니다.")
    package static let reasonRequired = Rejection("reasonRequired", "사유를 입력해 주세요.")

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
        guard reason.count <= 200 else { throw .tooLong("reason", max: 200) }
    }
}
