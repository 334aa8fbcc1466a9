package import NIOCore

/// Puts the parts of frames together to messages, with control frames in between (RFC 6455 §5.4).
///
/// Text is checked as it arrives: the first byte that is not UTF-8 ends the connection, whichever fragment or read
/// it came in. A message that came in one frame and one read keeps that frame's buffer; others are appended.
/// After an error the assembler must not be asked again.
package struct MessageAssembler {
    /// What a finished frame or message means.
    package enum Output: Sendable, Hashable {
        case message(Message)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        case close(ByteBuffer)
    }

    private enum State {
        /// No message was begun.
        case idle
        /// Between the first frame and the end of the final one.
        case assembling(Partial)
    }

    private struct Partial {
        var kind: Message.Kind
        var isCompressed: Bool
        var payload = ByteBuffer()
        var fragmentCount = 1
        var validator = UTF8Validator()

        /// Whether the bytes that arrive are text themselves: compressed text is checked after inflating.
        var isText: Bool { kind == .text && !isCompressed }
    }

    private let messageByteCountMax: Int
    private let fragmentCountMax: Int
    private var state = State.idle
    /// A control frame whose payload is still arriving, at most 125 bytes.
    private var control = ByteBuffer()

    /// - Parameters:
    ///   - messageByteCountMax: refused with 1009 when a fragment's header takes the message beyond it.
    ///   - fragmentCountMax: refused with 1008 when a message has more frames.
    package init(messageByteCountMax: Int, fragmentCountMax: Int) {
        self.messageByteCountMax = messageByteCountMax
        self.fragmentCountMax = fragmentCountMax
    }

    /// Takes the next part; nil means that nothing is finished by it.
    package mutating func take(_ part: FramePart) throws(FrameError) -> Output? {
        part.header.opcode.isControl ? takeControl(part) : try takeData(part).map(Output.message)
    }

    private mutating func takeControl(_ part: FramePart) -> Output? {
        var payload = part.payload
        if part.isStart && part.isEnd {
            return output(part.header.opcode, payload)
        }
        control.writeBuffer(&payload)
        guard part.isEnd else { return nil }
        defer { control = ByteBuffer() }
        return output(part.header.opcode, control)
    }

    private func output(_ opcode: Opcode, _ payload: ByteBuffer) -> Output {
        switch opcode {
        case .ping: .ping(payload)
        case .pong: .pong(payload)
        case .close: .close(payload)
        case .continuation, .text, .binary: preconditionFailure("\(opcode) is not a control frame")
        }
    }

    private mutating func takeData(_ part: FramePart) throws(FrameError) -> Message? {
        var partial = try part.isStart ? begin(part.header) : current()
        // The state's reference is given up, so that appending does not copy what is already there.
        state = .idle
        try append(part.payload, to: &partial)
        guard part.isEnd && part.header.isFinal else {
            state = .assembling(partial)
            return nil
        }
        if partial.isText && !partial.validator.isComplete { throw .invalidUTF8 }
        return Message(kind: partial.kind, payload: partial.payload, isCompressed: partial.isCompressed)
    }

    private func current() -> Partial {
        guard case .assembling(let partial) = state else {
            preconditionFailure("a frame goes on that was never begun")
        }
        return partial
    }

    /// Judges a data frame by its header, before any of its payload is kept.
    private func begin(_ header: FrameHeader) throws(FrameError) -> Partial {
        var partial: Partial
        switch (state, header.opcode) {
        case (.idle, .continuation): throw .continuationWithoutStart
        case (.assembling(let begun), .continuation):
            partial = begun
            partial.fragmentCount += 1
        case (.assembling, _): throw .messageUnfinished
        case (.idle, let opcode):
            partial = Partial(kind: opcode == .text ? .text : .binary, isCompressed: header.isRSV1)
        }
        if partial.fragmentCount > fragmentCountMax { throw .fragmentsTooMany(max: fragmentCountMax) }
        let (byteCount, isOver) = partial.payload.readableBytes.addingReportingOverflow(header.payloadByteCount)
        if isOver || byteCount > messageByteCountMax {
            throw .messageTooLarge(byteCount: isOver ? .max : byteCount, max: messageByteCountMax)
        }
        return partial
    }

    private func append(_ payload: ByteBuffer, to partial: inout Partial) throws(FrameError) {
        guard payload.readableBytes > 0 else { return }
        if partial.isText {
            let isValid = payload.withUnsafeReadableBytes { partial.validator.accept($0) }
            if !isValid { throw .invalidUTF8 }
        }
        if partial.payload.readableBytes == 0 {
            partial.payload = payload
        } else {
            partial.payload.writeImmutableBuffer(payload)
        }
    }
}

/// A reassembled payload of the application.
package struct Message: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case text
        case binary

        package var opcode: Opcode { self == .text ? .text : .binary }
    }

    package var kind: Kind
    /// Valid UTF-8 if `kind` is text and the message is not compressed.
    package var payload: ByteBuffer
    /// RSV1 of the first frame: the payload has yet to be inflated (RFC 7692 §6.2).
    package var isCompressed: Bool

    package init(kind: Kind, payload: ByteBuffer, isCompressed: Bool = false) {
        self.kind = kind
        self.payload = payload
        self.isCompressed = isCompressed
    }
}
