internal import Glibc

/// A system call that failed, with what it was asked to do.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    package let operation: String
    package let path: String
    package let code: CInt

    package init(_ operation: String, _ path: String, code: CInt) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// The failure of the call just made.
    static func last(_ operation: String, _ path: String) -> SystemError {
        SystemError(operation, path, code: errno)
    }

    /// What the system calls it, such as `No such file or directory`.
    package var reason: String { String(cString: strerror(code)) }

    /// Someone else holds the file's lock, or has the device for itself.
    var isInUse: Bool { code == EWOULDBLOCK && operation == "lock" || code == EBUSY }

    package var description: String { "\(operation) \(path): \(reason) (errno \(code))" }
}
