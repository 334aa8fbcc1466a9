/// A check value over the bytes of a frame that stand before it.
struct Checksum: Equatable, Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case xor
        /// The sum of the bytes modulo 256.
        case sum
        /// Two's complement of the seven-bit sum (Toledo).
        case twos7
    }
    enum Format: String, CaseIterable, Sendable {
        case byte
        /// Two hexadecimal digits.
        case hex
    }
    let kind: Kind
    let format: Format
    /// The first byte covered; the last one stands right before the check value.
    let from: Int

    /// Bytes of the check value.
    var byteCount: Int { format == .byte ? 1 : 2 }

    /// - Parameter at: where in the frame the check value stands.
    func holds(for frame: [UInt8], at offset: Int) -> Bool {
        frame.dropFirst(offset).starts(with: text(for: frame.prefix(offset)))
    }

    /// - Parameter frame: all of it that stands before the check value.
    func text(for frame: ArraySlice<UInt8>) -> [UInt8] {
        let covered = frame.dropFirst(from)
        let value: UInt8 =
            switch kind {
            case .xor: covered.reduce(0, ^)
            case .sum: covered.reduce(0, &+)
            case .twos7: (0 &- covered.reduce(0) { $0 &+ ($1 & 0x7F) }) & 0x7F
            }
        switch format {
        case .byte: return [value]
        case .hex:
            let digits = Array("0123456789ABCDEF".utf8)
            return [digits[Int(value >> 4)], digits[Int(value & 0x0F)]]
        }
    }
}
