/// Checks UTF-8 as it arrives, and refuses it at the first byte that cannot be part of it (RFC 3629 §4).
///
/// Overlong forms, surrogates (U+D800–U+DFFF) and values beyond U+10FFFF fail at their second byte, not at the end
/// of the character. A text message must be `isComplete` when it ends (RFC 6455 §8.1).
package struct UTF8Validator: Sendable {
    /// Continuation bytes the current character still needs.
    private var remaining: UInt8 = 0
    /// What the next continuation byte may be: narrower than 80–BF right after E0, ED, F0 and F4.
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    package init() {}

    /// Whether the bytes so far end at the end of a character.
    package var isComplete: Bool { remaining == 0 }

    /// Takes the bytes that follow; false at the first bad one. After false the validator must not be asked again.
    package mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if remaining == 0 {
                index = skipASCII(in: bytes, from: index)
                guard index < bytes.count else { return true }
                guard begin(bytes[index]) else { return false }
            } else {
                guard allowed.contains(bytes[index]) else { return false }
                remaining -= 1
                allowed = 0x80...0xBF
            }
            index += 1
        }
        return true
    }

    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: remaining = 1
        case 0xE0: (remaining, allowed) = (2, 0xA0...0xBF)
        case 0xED: (remaining, allowed) = (2, 0x80...0x9F)
        case 0xE1...0xEF: remaining = 2
        case 0xF0: (remaining, allowed) = (3, 0x90...0xBF)
        case 0xF1...0xF3: remaining = 3
        case 0xF4: (remaining, allowed) = (3, 0x80...0x8F)
        default: return false
        }
        return true
    }

    /// The index of the first byte at or after `start` that is not ASCII, eight bytes at a time.
    private func skipASCII(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard word & 0x8080_8080_8080_8080 == 0 else { break }
            index += 8
        }
        while index < bytes.count && bytes[index] < 0x80 { index += 1 }
        return index
    }
}
