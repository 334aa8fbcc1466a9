import NIOCore
import Wire

/// Messages that the input describes, compressed by one end: they inflate to themselves at the other, exactly at their
/// bound, and also for a stranger whose window is no larger than what was agreed on.
struct RoundTrip {
    /// Who reads the messages.
    private let role: Role
    private let windowBits: Int
    private let keepsContext: Bool
    private let deflater: Deflater
    /// The same, for whole frames.
    private let framer: Deflater
    private let inflater: Inflater
    private var reference: ReferenceInflate
    private var stream = ByteBuffer()
    private var messageByteCount = 0
    private var expected: [Observation] = []

    static func check(_ input: inout FuzzInput, _ agreed: DeflateParameters, role: Role) throws(Finding) {
        var trip = RoundTrip(agreed, role: role, level: 1 + Int(input.byte()) % 9)
        let cuts = Cuts(input.byte())
        while !input.isEmpty && trip.expected.count < 16 && trip.messageByteCount < 1 << 16 {
            let kind: Message.Kind = input.byte() & 1 == 0 ? .text : .binary
            try trip.add(kind, input.payload(kind))
        }
        try trip.readBack(cuts)
    }

    private init(_ agreed: DeflateParameters, role: Role, level: Int) {
        self.role = role
        windowBits = role == .client ? agreed.serverWindowBits : agreed.clientWindowBits
        keepsContext = role == .client ? agreed.serverKeepsContext : agreed.clientKeepsContext
        deflater = Deflater(windowBits: max(9, windowBits), level: level, keepsContext: keepsContext)
        framer = Deflater(windowBits: max(9, windowBits), level: level, keepsContext: keepsContext)
        inflater = Inflater(windowBits: windowBits, keepsContext: keepsContext)
        reference = ReferenceInflate(windowBits: windowBits, keepsContext: keepsContext)
    }

    private mutating func add(_ kind: Message.Kind, _ message: [UInt8]) throws(Finding) {
        var buffer = ByteBuffer()
        deflater.deflate(ByteBuffer(bytes: message), into: &buffer)
        let payload = Array(buffer.readableBytesView)
        let whole = ReferenceInflate.Result.message(message)
        try demandEqual(try inflater.result(of: payload, byteCountMax: message.count), whole, "at its bound")
        try demandEqual(reference.read(payload, byteCountMax: message.count), whole, "with \(windowBits) bits")
        if !keepsContext && !message.isEmpty {
            let result = try inflater.result(of: payload, byteCountMax: message.count - 1)
            try demandEqual(result, .tooLarge, "one byte below")
        }

        let maskKey = role == .server ? MaskKey(0x37FA_213D) : nil
        let frame = FrameEncoder.frame(kind.opcode, buffer, isRSV1: true, maskKey: maskKey)
        let written = framer.frame(kind.opcode, ByteBuffer(bytes: message))
        if role == .client { try demandEqual(written, frame, "a frame compressed in place") }
        stream.writeImmutableBuffer(frame)
        expected.append(.message(kind, message))
        messageByteCount += message.count
    }

    private func readBack(_ cuts: Cuts) throws(Finding) {
        let reader = ConnectionReader(
            role: role, limits: WebSocketLimits(),
            inflater: Inflater(windowBits: windowBits, keepsContext: keepsContext))
        let seen = try reader.observe(cuts.pieces(of: Array(stream.readableBytesView)), closesAfter: nil)
        let lost = Observation.closed(.abnormal, cause: .lost, isClean: false)
        try demandEqual(seen, expected + [lost], "\(role) reading back")
    }
}
