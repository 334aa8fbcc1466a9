package import NIOCore

/// The four bytes a client XORs its payload with (RFC 6455 §5.3).
///
/// Masking is its own inverse. The core draws no randomness: whoever sends as a client brings an unpredictable key
/// for every frame.
package struct MaskKey: Sendable, Hashable {
    /// The key in network order: the most significant byte masks the first payload byte.
    package let rawValue: UInt32

    package init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Masks or unmasks the readable bytes in place, eight at a time.
    ///
    /// - Parameter offset: where in the frame's payload the first of these bytes stands, so that a payload may be
    ///   unmasked in the pieces it arrives in.
    package func apply(to buffer: inout ByteBuffer, offset: Int = 0) {
        buffer.withUnsafeMutableReadableBytes { apply(to: $0, offset: offset) }
    }

    /// Masks or unmasks memory in place; see `apply(to:offset:)`.
    package func apply(to bytes: UnsafeMutableRawBufferPointer, offset: Int) {
        let rotation = UInt32(offset & 3) &* 8
        let rotated = rotation == 0 ? rawValue : rawValue << rotation | rawValue >> (32 &- rotation)
        let word = UInt64(rotated.bigEndian)
        let pattern = word << 32 | word
        let wholeWordsEnd = bytes.count & ~7
        for index in stride(from: 0, to: wholeWordsEnd, by: 8) {
            let masked = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ pattern
            bytes.storeBytes(of: masked, toByteOffset: index, as: UInt64.self)
        }
        for index in wholeWordsEnd..<bytes.count {
            bytes[index] ^= UInt8(truncatingIfNeeded: rotated >> (24 &- UInt32(index & 3) &* 8))
        }
    }
}
