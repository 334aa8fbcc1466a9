internal import Glibc

/// A directory of this run, which the server's user can pass through; gone when the run is.
struct ScratchDirectory: ~Copyable {
    let path: String

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter parent: on the disk that is to be measured; /var/tmp is never in memory.
    init(in parent: String = "/var/tmp") throws(Failed) { path = try Self.make(in: parent) }

    deinit { Self.remove(path) }

    /// For somebody who removes it himself.
    static func make(in parent: String = "/var/tmp") throws(Failed) -> String {
        var template = Array("\(parent)/gwanje-load-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failed(description: "\(parent): \(String(cString: strerror(errno)))")
        }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o711)
        return path
    }

    /// Again when somebody who was interrupted has still written into it; blocks for ten seconds at most.
    static func remove(_ path: String) {
        for _ in 0..<100 {
            guard let child = try? Child(["rm", "-rf", "--", path]) else { return }
            child.wait()
            usleep(100_000)
            guard access(path, F_OK) == 0 else { return }
        }
    }
}
