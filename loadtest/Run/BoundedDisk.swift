internal import Glibc
internal import Synchronization

/// A small file system of its own, made for a run: what fills it harms nobody else.
final class BoundedDisk: Sendable {
    /// What it is: `ext4` in a file, or `tmpfs` where that cannot be had.
    let kind: String
    private let path: String
    private let image: String
    private let byteCount: Int
    private let isMounted = Mutex(true)

    /// Nil when this user or this system may not mount. Blocks.
    ///
    /// - Parameters:
    ///   - image: file that holds it; it takes only as much as is written.
    ///   - path: directory that is made, and mounted on.
    init?(image: String, at path: String, byteCount: Int) {
        guard geteuid() == 0, mkdir(path, 0o755) == 0 else { return nil }
        self.path = path
        self.image = image
        self.byteCount = byteCount
        if Self.makeImage(image, byteCount), Self.run(["mount", "-o", "loop", image, path]) {
            kind = "ext4"
        } else if Self.run(["mount", "-t", "tmpfs", "-o", "size=\(byteCount),mode=755", "tmpfs", path]) {
            kind = "tmpfs"
        } else {
            rmdir(path)
            return nil
        }
        rmdir(path + "/lost+found")
    }

    /// Takes all room that is left, until `empty`. False when it could not. Blocks.
    func fill() -> Bool {
        isMounted.withLock { isMounted in
            guard isMounted else { return false }
            let file = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard file >= 0 else { return false }
            defer { close(file) }
            var (taken, step) = (0, 16 << 20)
            // Never more than the disk has, should it not be there.
            while step >= 4096, taken < byteCount {
                if posix_fallocate(file, off_t(taken), off_t(step)) == 0 { taken += step } else { step /= 2 }
            }
            return taken < byteCount
        }
    }

    func empty() {
        isMounted.withLock { isMounted in if isMounted { unlink(filler) } }
    }

    /// When nobody uses it any more; after ten seconds in any case. Blocks. May be called again.
    func unmount() {
        isMounted.withLock { isMounted in
            guard isMounted else { return }
            isMounted = false
            for _ in 0..<50 {
                if Self.run(["umount", path]) { return }
                usleep(200_000)
            }
            _ = Self.run(["umount", "-l", path])
        }
    }

    private var filler: String { path + "/filler" }

    private static func makeImage(_ image: String, _ byteCount: Int) -> Bool {
        let file = open(image, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        // No blocks are kept back for root: whoever runs the server finds the disk as full as we do.
        return ftruncate(file, off_t(byteCount)) == 0 && run(["mkfs.ext4", "-q", "-F", "-m", "0", image])
    }

    private static func run(_ arguments: [String]) -> Bool {
        (try? Child(arguments, log: "/dev/null"))?.wait() == 0
    }
}
