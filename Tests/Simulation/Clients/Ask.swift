import Actors

/// A command as a client means it: sent again and again with the same key until a hub gives a final answer.
struct Ask: Sendable, CustomStringConvertible {
    let principal: Principal
    let to: StreamID
    let name: String
    let arguments: [UInt8]
    let key: String
    let expected: Int64?

    init(
        _ principal: Principal, _ to: StreamID, _ name: String, _ arguments: String, key: String, expected: Int64? = nil
    ) {
        self.principal = principal
        self.to = to
        self.name = name
        self.arguments = Array(arguments.utf8)
        self.key = key
        self.expected = expected
    }

    var description: String { "\(principal.id) \(key) \(to).\(name)\(String(decoding: arguments, as: UTF8.self))" }
}
