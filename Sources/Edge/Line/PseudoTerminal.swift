internal import Glibc

/// A serial line without hardware: what is written here comes out of the device at `path`.
///
/// The device's end is held open, so that readers may come and go; what nobody reads is dropped when the kernel's
/// buffer is full, as on a wire.
package struct PseudoTerminal: ~Copyable {
    package let path: String
    private let master: CInt
    private let device: CInt
    private let link: String?

    /// - Parameter link: where a symbolic link to the device is put; an older link there is replaced.
    package init(link: String? = nil) throws(SystemError) {
        let pair = try Self.openPair()
        do throws(SystemError) {
            if let link { try Self.place(link, to: pair.path) }
        } catch {
            close(pair.device)
            close(pair.master)
            throw error
        }
        (master, device, path) = pair
        self.link = link
    }

    deinit {
        if let link { unlink(link) }
        close(device)
        close(master)
    }

    /// Writes what fits; the rest is lost, as on a wire without a reader.
    package func write(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { Glibc.write(master, $0.baseAddress, $0.count) }
    }

    /// What was written to the device since; empty when nothing was.
    package func read() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, Glibc.read(master, buffer.baseAddress, buffer.count))
        }
    }

    private static func openPair() throws(SystemError) -> (master: CInt, device: CInt, path: String) {
        let master = open(Multiplexer.path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard master >= 0 else { throw .last("open", Multiplexer.path) }
        do throws(SystemError) {
            let path = try Multiplexer.unlockedDevice(of: master)
            return (master, try openRaw(path), path)
        } catch {
            close(master)
            throw error
        }
    }

    /// Without echo and line editing from the first byte on, whoever opens it later.
    private static func openRaw(_ path: String) throws(SystemError) -> CInt {
        let device = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard device >= 0 else { throw .last("open", path) }
        var line = termios()
        guard tcgetattr(device, &line) == 0 else { throw .last("read the line settings of", path) }
        cfmakeraw(&line)
        tcsetattr(device, TCSANOW, &line)
        return device
    }

    private static func place(_ link: String, to path: String) throws(SystemError) {
        var status = stat()
        if lstat(link, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFLNK else { throw SystemError("replace", link, code: EEXIST) }
            unlink(link)
        }
        guard symlink(path, link) == 0 else { throw .last("link", link) }
    }
}

/// `posix_openpt` and its kin, which the C library's module does not show: the calls they are made of on Linux.
private enum Multiplexer {
    static let path = "/dev/ptmx"
    private static let deviceNumber: UInt = 0x8004_5430
    private static let lock: UInt = 0x4004_5431

    static func unlockedDevice(of master: CInt) throws(SystemError) -> String {
        var locked: CInt = 0
        var number: CInt = 0
        guard ioctl(master, lock, &locked) == 0, ioctl(master, deviceNumber, &number) == 0 else {
            throw .last("prepare", path)
        }
        return "/dev/pts/\(number)"
    }
}
