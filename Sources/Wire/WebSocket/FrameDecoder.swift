package import NIOCore

/// Cuts a byte stream into frames (RFC 6455 §5), at whatever places the transport cut it.
///
/// A frame comes out in parts: one as soon as its header is complete, more as its payload arrives. Nothing is held
/// back but an incomplete header, so whoever takes the parts can refuse a message at its first bad byte. After an
/// error the stream has no frame boundary any more: the decoder must not be asked again.
package struct FrameDecoder {
    package struct Configuration: Sendable {
        /// Whose frames are read: a server reads masked frames, a client unmasked ones.
        package var role: Role
        /// Refused with `FrameError.frameTooLarge` when a header announces more.
        package var payloadByteCountMax: Int
        /// Whether an extension uses RSV1. It is then allowed on the first frame of a message only (RFC 7692 §6).
        package var allowsRSV1: Bool

        package init(role: Role, payloadByteCountMax: Int, allowsRSV1: Bool = false) {
            self.role = role
            self.payloadByteCountMax = payloadByteCountMax
            self.allowsRSV1 = allowsRSV1
        }
    }

    private enum State {
        /// Between frames, or inside a header whose first bytes are in `headerStart`.
        case header
        /// Inside a payload of which `received` bytes were handed out.
        case payload(FrameHeader, received: Int)
    }

    private let configuration: Configuration
    private var state = State.header
    private var headerStart = ByteBuffer()

    package init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Takes the next part of a frame out of `bytes`; nil means that all of `bytes` is consumed.
    ///
    /// A masked payload is copied out while it is unmasked: the memory of a read belongs to the channel's pool, and
    /// a small message must not keep 64 KiB of it alive. An unmasked payload is a slice of `bytes`.
    package mutating func next(in bytes: inout ByteBuffer) throws(FrameError) -> FramePart? {
        switch state {
        case .header:
            guard bytes.readableBytes > 0, let header = try readHeader(from: &bytes) else { return nil }
            return readPayload(of: header, received: 0, isStart: true, from: &bytes)
        case .payload(let header, let received):
            guard bytes.readableBytes > 0 else { return nil }
            return readPayload(of: header, received: received, isStart: false, from: &bytes)
        }
    }

    private mutating func readPayload(
        of header: FrameHeader, received: Int, isStart: Bool, from bytes: inout ByteBuffer
    ) -> FramePart {
        let count = min(header.payloadByteCount - received, bytes.readableBytes)
        let end = received + count
        let isEnd = end == header.payloadByteCount
        state = isEnd ? .header : .payload(header, received: end)
        return FramePart(
            header: header,
            payload: unmask(&bytes, count: count, with: header.maskKey, offset: received),
            isStart: isStart,
            isEnd: isEnd)
    }

    private func unmask(
        _ bytes: inout ByteBuffer, count: Int, with key: MaskKey?, offset: Int
    ) -> ByteBuffer {
        guard count > 0, var slice = bytes.readSlice(length: count) else { return ByteBuffer() }
        guard let key else { return slice }
        var plain = ByteBufferAllocator().buffer(capacity: count)
        plain.writeBuffer(&slice)
        key.apply(to: &plain, offset: offset)
        return plain
    }
}

/// A piece of one frame, its payload unmasked.
package struct FramePart: Sendable, Hashable {
    package var header: FrameHeader
    /// The bytes that follow those of the part before; empty when only the header has arrived.
    package var payload: ByteBuffer
    /// The first part of its frame, which brings the header.
    package var isStart: Bool
    /// The last part of its frame.
    package var isEnd: Bool

    package init(header: FrameHeader, payload: ByteBuffer, isStart: Bool, isEnd: Bool) {
        self.header = header
        self.payload = payload
        self.isStart = isStart
        self.isEnd = isEnd
    }
}

// MARK: - Header

extension FrameDecoder {
    /// Reads a header, across calls if need be; nil means that `bytes` is consumed and more is needed.
    private mutating func readHeader(from bytes: inout ByteBuffer) throws(FrameError) -> FrameHeader? {
        guard headerStart.readableBytes > 0 else {
            if let header = try parseHeader(bytes) {
                bytes.moveReaderIndex(forwardBy: header.byteCount)
                return header
            }
            headerStart.writeBuffer(&bytes)
            return nil
        }
        let heldBefore = headerStart.readableBytes
        let taken = min(FrameHeader.byteCountMax - heldBefore, bytes.readableBytes)
        if var slice = bytes.getSlice(at: bytes.readerIndex, length: taken) { headerStart.writeBuffer(&slice) }
        guard let header = try parseHeader(headerStart) else {
            bytes.moveReaderIndex(forwardBy: taken)
            return nil
        }
        bytes.moveReaderIndex(forwardBy: header.byteCount - heldBefore)
        headerStart.clear()
        return header
    }

    /// Judges a header as far as it has arrived, so that a bad one is refused at its first bad byte.
    private func parseHeader(_ bytes: ByteBuffer) throws(FrameError) -> FrameHeader? {
        var start = bytes
        guard let first = start.readInteger(as: UInt8.self) else { return nil }
        guard let opcode = Opcode(rawValue: first & 0x0F) else { throw .reservedOpcode(first & 0x0F) }
        let isFinal = first & 0x80 != 0
        let isRSV1 = first & 0x40 != 0
        let mayUseRSV1 = configuration.allowsRSV1 && !opcode.isControl && opcode != .continuation
        if first & 0x30 != 0 || isRSV1 && !mayUseRSV1 { throw .reservedBits(first >> 4 & 0x7) }
        if opcode.isControl && !isFinal { throw .fragmentedControl(opcode) }

        guard let second = start.readInteger(as: UInt8.self) else { return nil }
        let isMasked = second & 0x80 != 0
        switch configuration.role {
        case .server: if !isMasked { throw .unmaskedFrame }
        case .client: if isMasked { throw .maskedFrame }
        }
        if opcode.isControl && second & 0x7F > FrameHeader.controlByteCountMax { throw .controlTooLong(opcode) }

        guard let payloadByteCount = try readLength(second & 0x7F, from: &start) else { return nil }
        if payloadByteCount > configuration.payloadByteCountMax && !opcode.isControl {
            throw .frameTooLarge(byteCount: payloadByteCount, max: configuration.payloadByteCountMax)
        }
        var maskKey: MaskKey?
        if isMasked {
            guard let key = start.readInteger(as: UInt32.self) else { return nil }
            maskKey = MaskKey(key)
        }
        return FrameHeader(
            opcode, payloadByteCount: payloadByteCount, isFinal: isFinal, isRSV1: isRSV1, maskKey: maskKey)
    }

    private func readLength(_ short: UInt8, from start: inout ByteBuffer) throws(FrameError) -> Int? {
        switch short {
        case 126:
            guard let length = start.readInteger(as: UInt16.self) else { return nil }
            if length < 126 { throw .lengthNotMinimal(UInt64(length)) }
            return Int(length)
        case 127:
            guard let length = start.readInteger(as: UInt64.self) else { return nil }
            guard let count = Int(exactly: length) else { throw .lengthOutOfRange(length) }
            if length <= 0xFFFF { throw .lengthNotMinimal(length) }
            return count
        default:
            return Int(short)
        }
    }
}
