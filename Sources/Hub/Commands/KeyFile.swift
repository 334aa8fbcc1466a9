import ArgumentParser
import Glibc

/// A new file for one secret line, for its owner's eyes only.
struct KeyFile {
    let path: String
    private let descriptor: CInt

    /// Refuses a file that is there: it may hold a key that is in use.
    init(creating path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ValidationError("--key-file \(path) cannot be made: \(String(cString: strerror(errno))).")
        }
    }

    func write(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten else {
            throw ValidationError("--key-file \(path) cannot be written. Make another key with --replace.")
        }
    }

    func remove() {
        close(descriptor)
        unlink(path)
    }
}
