/// Data bits, parity and stop bits of a serial line, written `8N1` or `7E1`.
package struct SerialSettings: Equatable, Sendable {
    package enum Parity: Character, Sendable {
        case none = "N"
        case even = "E"
        case odd = "O"
    }

    package let dataBits: Int
    package let parity: Parity
    package let stopBits: Int

    /// What a text that cannot be read should have been.
    static let expected = "expected data bits 7 or 8, parity N, E or O, stop bits 1 or 2, as in 8N1"

    /// - Returns: nil for a text that is not what `expected` says.
    init?(_ text: String) {
        let characters = Array(text.uppercased())
        guard characters.count == 3, let dataBits = characters[0].wholeNumberValue, (7...8).contains(dataBits),
            let parity = Parity(rawValue: characters[1]),
            let stopBits = characters[2].wholeNumberValue, (1...2).contains(stopBits)
        else { return nil }
        self.dataBits = dataBits
        self.parity = parity
        self.stopBits = stopBits
    }
}

/// Outputs of a serial port that some converters and indicators take their power or their direction from; nil leaves one as the driver
/// sets it, which is on.
package struct SerialSignals: Equatable, Sendable {
    package var rts: Bool?
    package var dtr: Bool?

    package init(rts: Bool? = nil, dtr: Bool? = nil) {
        self.rts = rts
        self.dtr = dtr
    }
}

extension SerialSignals: CustomStringConvertible {
    package var description: String {
        [("RTS", rts), ("DTR", dtr)].compactMap { name, isOn in isOn.map { " \(name) \($0 ? "on" : "off")" } }.joined()
    }
}

extension SerialSettings: CustomStringConvertible {
    package var description: String { "\(dataBits)\(parity.rawValue)\(stopBits)" }
}
