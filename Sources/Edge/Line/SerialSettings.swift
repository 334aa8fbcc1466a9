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

    package init(parsing text: String, profile: String) throws(ProfileError) {
        let characters = Array(text.uppercased())
        guard characters.count == 3, let dataBits = characters[0].wholeNumberValue, (7...8).contains(dataBits),
            let parity = Parity(rawValue: characters[1]),
            let stopBits = characters[2].wholeNumberValue, (1...2).contains(stopBits)
        else {
            throw ProfileError(
                profile: profile,
                problem:
                    "line settings \"\(text)\"; expected data bits 7 or 8, parity N, E or O, stop bits 1 or 2, as in 8N1"
            )
        }
        self.dataBits = dataBits
        self.parity = parity
        self.stopBits = stopBits
    }
}

extension SerialSettings: CustomStringConvertible {
    package var description: String { "\(dataBits)\(parity.rawValue)\(stopBits)" }
}
