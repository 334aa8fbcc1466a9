internal import Glibc

/// Reads small files whole, with errors that name the file.
enum FileBytes {
    static let byteCountMax = 1 << 20

    static func read(_ path: String) throws(SystemError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            var count = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, initialized in
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                initialized = max(0, count)
            }
            guard count >= 0 else { throw .last("read", path) }
            guard count > 0 else { return bytes }
            bytes += chunk
            guard bytes.count <= byteCountMax else { throw SystemError("read", path, code: EFBIG) }
        }
    }
}
