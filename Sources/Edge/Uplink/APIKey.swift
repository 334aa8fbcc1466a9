/// The key an edge shows the hub: one line in a file of its own.
enum APIKey {
    static func read(_ path: String) throws(APIKeyError) -> String {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try FileBytes.read(path)
        } catch {
            throw APIKeyError(path: path, problem: "cannot be read: \(error.reason)")
        }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard let key = words.first else { throw APIKeyError(path: path, problem: "is empty") }
        guard words.count == 1 else {
            throw APIKeyError(path: path, problem: "holds \(words.count) words; expected one API key")
        }
        return String(key)
    }
}

/// A key file that cannot be used. Says nothing of what is in it.
struct APIKeyError: Error, Equatable, CustomStringConvertible {
    let path: String
    let problem: String

    var description: String { "\(path) \(problem)" }
}
