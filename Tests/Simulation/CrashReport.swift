import Glibc

/// A trap in the runtime ends the process: the seed has to be on the screen before.
enum CrashReport {
    /// Of each thread its seed, plus one: a trap is reported on the thread that it happens on.
    private static let current: pthread_key_t = {
        var key = pthread_key_t()
        precondition(pthread_key_create(&key, nil) == 0, "no thread-local variable is left")
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV] { signal(number, report) }
        return key
    }()

    static func seed(_ seed: UInt64) { pthread_setspecific(current, UnsafeRawPointer(bitPattern: UInt(seed) + 1)) }

    /// Async-signal-safe: digits into a local buffer, one write, then the default action.
    private static let report: @convention(c) (Int32) -> Void = { number in
        var digits: (UInt8, UInt8) = (0, 0)
        var rest = UInt64(max(1, UInt(bitPattern: pthread_getspecific(current)))) - 1
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
