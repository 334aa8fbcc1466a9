import Glibc
import Synchronization

/// A trap in the runtime ends the process: the seed has to be on the screen before.
enum CrashReport {
    private static let current = Atomic<UInt64>(0)

    static func seed(_ seed: UInt64) {
        if current.exchange(seed, ordering: .relaxed) == 0 {
            for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV] { signal(number, report) }
        }
    }

    /// Async-signal-safe: digits into a local buffer, one write, then the default action.
    private static let report: @convention(c) (Int32) -> Void = { number in
        var digits: (UInt8, UInt8) = (0, 0)
        var rest = current.load(ordering: .relaxed)
        var scale: UInt64 = 1
        while rest / scale >= 10 { scale *= 10 }
        _ = write(2, "trap in seed ", 13)
        while scale > 0 {
            digits.0 = UInt8(ascii: "0") + UInt8(rest / scale)
            _ = write(2, &digits.0, 1)
            rest %= scale
            scale /= 10
        }
        _ = write(2, "\n", 1)
        signal(number, SIG_DFL)
        raise(number)
    }
}
