package import NIOCore

/// The body of a close frame: nothing, or a status code and a reason in UTF-8 (RFC 6455 §5.5.1).
package struct ClosePayload: Sendable, Hashable {
    /// Bytes left for the reason in a control frame.
    package static let reasonByteCountMax = FrameHeader.controlByteCountMax - 2

    /// Nil for a close frame without a body, which is reported as 1005.
    package var code: CloseCode?
    package var reason: String

    /// A reason longer than `reasonByteCountMax` bytes is cut at the end of a character.
    ///
    /// - Precondition: the code is allowed in a frame; a reason comes with a code.
    package init(_ code: CloseCode?, reason: String = "") {
        precondition(code?.isAllowedInFrame ?? reason.isEmpty, "close code \(code ?? .noStatus) cannot be sent")
        self.code = code
        self.reason = ClosePayload.cut(reason)
    }

    /// Reads what a peer sent: one byte is 1002, a reserved code is 1002, a reason that is not UTF-8 is 1007.
    package init(parsing payload: ByteBuffer) throws(FrameError) {
        var bytes = payload
        guard bytes.readableBytes > 0 else {
            self.init(nil)
            return
        }
        guard let value = bytes.readInteger(as: UInt16.self) else { throw .closePayloadTooShort }
        let code = CloseCode(rawValue: value)
        guard code.isAllowedInFrame else { throw .closeCodeReserved(value) }
        var validator = UTF8Validator()
        let isValid = bytes.withUnsafeReadableBytes { validator.accept($0) }
        guard isValid && validator.isComplete else { throw .invalidUTF8 }
        self.init(code, reason: String(buffer: bytes))
    }

    /// The body as it goes into a frame.
    package var bytes: ByteBuffer {
        guard let code else { return ByteBuffer() }
        var buffer = ByteBufferAllocator().buffer(capacity: FrameHeader.controlByteCountMax)
        buffer.writeInteger(code.rawValue)
        buffer.writeString(reason)
        return buffer
    }

    private static func cut(_ reason: String) -> String {
        guard reason.utf8.count > reasonByteCountMax else { return reason }
        var byteCount = 0
        let kept = reason.prefix { character in
            byteCount += character.utf8.count
            return byteCount <= reasonByteCountMax
        }
        return String(kept)
    }
}
