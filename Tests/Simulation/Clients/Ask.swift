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

    /// The digest of topic, name and arguments.
    var body: [UInt8] {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in Array(to.description.utf8) + Array(name.utf8) + arguments {
            hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
        }
        return withUnsafeBytes(of: hash) { Array($0) }
    }

    var description: String { "\(principal.id) \(key) \(to).\(name)\(String(decoding: arguments, as: UTF8.self))" }
}
