import NIOCore
import Wire

/// Reads any bytes as frames, and reads back what the encoder wrote.
enum FramesTarget {
    static func run(_ input: FuzzInput) throws(Finding) {
        var input = input
        let flags = input.byte()
        if flags & 0x10 == 0 {
            try readAnything(&input, flags: flags)
        } else {
            try readBack(&input, role: flags & 1 == 0 ? .server : .client)
        }
    }

    private static let limits = [
        WebSocketLimits(),
        WebSocketLimits(frameByteCountMax: 125, messageByteCountMax: 200, fragmentCountMax: 3),
        WebSocketLimits(frameByteCountMax: 65535, messageByteCountMax: 65536, fragmentCountMax: 16),
        WebSocketLimits(frameByteCountMax: 1000, messageByteCountMax: 300, fragmentCountMax: 2),
    ]

    /// Whatever comes: the same events as the reference's, whatever the cuts.
    private static func readAnything(_ input: inout FuzzInput, flags: UInt8) throws(Finding) {
        let role: Role = flags & 1 == 0 ? .server : .client
        let limits = limits[Int(flags >> 2 & 3)]
        let isDeflated = flags & 2 != 0
        let cuts = Cuts(input.byte())
        let closesAfter = flags & 0x20 == 0 ? nil : Int(input.byte() & 7)
        let stream = Array(input.rest)

        var reference = ReferenceReader(
            role: role, limits: limits, isDeflated: isDeflated, closesAfter: closesAfter)
        let expected = reference.read(stream)
        for pieces in [[ByteBuffer(bytes: stream)], cuts.pieces(of: stream)] {
            let inflater = isDeflated ? Inflater(windowBits: 15, keepsContext: false) : nil
            let reader = ConnectionReader(role: role, limits: limits, inflater: inflater)
            let seen = try reader.observe(pieces, closesAfter: closesAfter)
            try demandEqual(seen, expected, "\(role) in \(pieces.count) reads")
        }
        var holding = FrameHolding(role: role, limits: limits, allowsRSV1: isDeflated)
        try holding.check(cuts.pieces(of: stream))
    }

    /// Messages that the input describes, written by one end in fragments, must arrive at the other.
    private static func readBack(_ input: inout FuzzInput, role: Role) throws(Finding) {
        let cuts = Cuts(input.byte())
        var script = FrameScript(readBy: role)
        while !input.isEmpty && script.stream.readableBytes < 1 << 16 { try script.addMessage(&input) }
        let reader = ConnectionReader(role: role, limits: WebSocketLimits(), inflater: nil)
        let seen = try reader.observe(
            cuts.pieces(of: Array(script.stream.readableBytesView)), closesAfter: nil)
        let lost = Observation.closed(.abnormal, cause: .lost, isClean: false)
        try demandEqual(seen, script.expected + [lost], "\(role) reading back")
    }
}

/// One connection from its first byte to the end of its stream.
struct ConnectionReader {
    let role: Role
    let limits: WebSocketLimits
    /// If permessage-deflate was agreed on.
    let inflater: Inflater?

    /// Everything that follows from these reads.
    ///
    /// - Throws: unless the closure comes exactly once and last, and all input is consumed.
    func observe(_ reads: [ByteBuffer], closesAfter: Int?) throws(Finding) -> [Observation] {
        var socket = connection()
        var seen: [Observation] = []
        var closureCount = 0
        let byteCount = reads.reduce(0) { $0 + $1.readableBytes }

        func closeIfDue() throws(Finding) {
            guard seen.count == closesAfter, let frame = socket.close(.goingAway) else { return }
            seen.append(try Observation(sent: frame, by: role))
            try demand(!socket.isOpen, "still open after close()")
        }
        try closeIfDue()
        for read in reads {
            var bytes = read
            while let event = socket.nextEvent(in: &bytes) {
                try demand(closureCount == 0, "\(event) came after the closure")
                if case .closed = event { closureCount += 1 }
                seen.append(try Observation(event, role: role))
                try demand(seen.count <= byteCount + 3, "more events than bytes")
                try closeIfDue()
            }
            try demand(bytes.readableBytes == 0, "\(bytes.readableBytes) bytes were left over")
        }
        if let closure = socket.streamEnded() {
            closureCount += 1
            seen.append(Observation(closure))
        }
        try demand(closureCount == 1, "\(closureCount) closures")
        let isSilent = socket.streamEnded() == nil && socket.waitedTooLong() == nil && socket.close(.normal) == nil
        try demand(isSilent && !socket.isOpen, "something comes after the closure")
        return seen
    }

    private func connection() -> WebSocketProtocol {
        switch role {
        case .server: WebSocketProtocol(serverWith: limits, inflater: inflater)
        case .client: WebSocketProtocol(clientWith: limits, inflater: inflater) { MaskKey(0x0102_0304) }
        }
    }
}
