/// A frame that is no envelope of `gwanje.v1`.
package struct EnvelopeError: Error, Sendable, Hashable {
    package enum Code: Sendable, Hashable {
        case badJSON
        case badField(String)
        case unknownOp
    }

    package let code: Code
    /// The frame's own `id`, when it could be read.
    package let id: String?
    /// What was expected, or the op that is unknown.
    package let expected: String

    package init(_ code: Code, id: String?, expected: String) {
        self.code = code
        self.id = id
        self.expected = expected
    }
}
