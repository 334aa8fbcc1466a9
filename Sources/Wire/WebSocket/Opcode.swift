/// What a frame carries (RFC 6455 §5.2, §11.8).
///
/// The reserved values 0x3–0x7 and 0xB–0xF have no case: a frame that uses one is refused.
package enum Opcode: UInt8, Sendable, Hashable, CaseIterable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Control frames carry at most `FrameHeader.controlByteCountMax` bytes, are never fragmented, and may stand
    /// between the fragments of a message (RFC 6455 §5.5).
    package var isControl: Bool { rawValue & 0x8 != 0 }
}

/// Which end of the connection we are: a client masks what it sends, a server never does (RFC 6455 §5.1).
package enum Role: Sendable, Hashable {
    case server
    case client
}
