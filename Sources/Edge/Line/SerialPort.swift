internal import Glibc

/// Opens serial lines: raw bytes, any baud, never blocking.
enum SerialPort {
    /// Opens the device, takes it for this process alone, sets the line and drops what was waiting in it.
    ///
    /// - Returns: a descriptor the caller owns.
    static func open(
        path: String, baud: Int, settings: SerialSettings, signals: SerialSignals = SerialSignals()
    ) throws(SystemError) -> CInt {
        let descriptor = Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
        do throws(SystemError) {
            // Two readers would each get half of the bytes. The lock goes with the descriptor.
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .last("lock", path) }
            try configure(descriptor, path: path, baud: baud, settings: settings)
            try set(signals, on: descriptor, path: path)
            tcflush(descriptor, TCIOFLUSH)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Sets a line that somebody else opened: a terminal's settings would turn CR into LF and wait for whole lines. Left alone is what
    /// is no line, and the terminal at which somebody sits.
    static func makeRaw(_ descriptor: CInt, baud: Int, settings: SerialSettings) throws(SystemError) {
        guard isatty(descriptor) == 1, let name = ttyname(descriptor).map({ String(cString: $0) }) else { return }
        if isatty(STDERR_FILENO) == 1, ttyname(STDERR_FILENO).map({ String(cString: $0) }) == name { return }
        try configure(descriptor, path: name, baud: baud, settings: settings)
    }

    /// Sets the line with `TCSETS2`, which takes any number as baud where the older call has a table of them.
    private static func configure(
        _ descriptor: CInt, path: String, baud: Int, settings: SerialSettings
    ) throws(SystemError) {
        var line = [UInt32](repeating: 0, count: Termios2.wordCount)
        guard ioctl(descriptor, Termios2.get, &line) == 0 else { throw .last("read the line settings of", path) }
        line[Termios2.inputFlags] = settings.parity == .none ? 0 : UInt32(INPCK)
        line[Termios2.outputFlags] = 0
        line[Termios2.localFlags] = 0
        line[Termios2.controlFlags] = controlFlags(settings)
        line.withUnsafeMutableBytes { bytes in
            // Without a minimum of 1 an empty line would look like its end.
            bytes[Termios2.characters + Int(VMIN)] = 1
            bytes[Termios2.characters + Int(VTIME)] = 0
        }
        line[Termios2.inputSpeed] = UInt32(truncatingIfNeeded: baud)
        line[Termios2.outputSpeed] = UInt32(truncatingIfNeeded: baud)
        guard ioctl(descriptor, Termios2.set, &line) == 0 else {
            throw .last("set \(baud) \(settings) on", path)
        }
    }

    private static func set(_ signals: SerialSignals, on descriptor: CInt, path: String) throws(SystemError) {
        for (isOn, bit) in [(signals.rts, TIOCM_RTS), (signals.dtr, TIOCM_DTR)] {
            guard let isOn else { continue }
            var bits = CInt(bit)
            guard ioctl(descriptor, UInt(isOn ? TIOCMBIS : TIOCMBIC), &bits) == 0 else {
                throw .last("set RTS and DTR of", path)
            }
        }
    }

    private static func controlFlags(_ settings: SerialSettings) -> UInt32 {
        var flags = Termios2.otherSpeed | UInt32(CREAD) | UInt32(CLOCAL)
        flags |= UInt32(settings.dataBits == 7 ? CS7 : CS8)
        if settings.stopBits == 2 { flags |= UInt32(CSTOPB) }
        switch settings.parity {
        case .none: break
        case .even: flags |= UInt32(PARENB)
        case .odd: flags |= UInt32(PARENB) | UInt32(PARODD)
        }
        return flags
    }
}

/// `struct termios2` of Linux as 32-bit words: four flag words, a line byte with 19 control characters, two speeds.
/// Its header cannot be imported beside `<termios.h>`.
private enum Termios2 {
    static let get: UInt = 0x802C_542A
    static let set: UInt = 0x402C_542B
    static let otherSpeed: UInt32 = 0o010000
    static let wordCount = 11
    static let inputFlags = 0
    static let outputFlags = 1
    static let controlFlags = 2
    static let localFlags = 3
    /// Offset in bytes: the characters follow the line byte.
    static let characters = 17
    static let inputSpeed = 9
    static let outputSpeed = 10
}
