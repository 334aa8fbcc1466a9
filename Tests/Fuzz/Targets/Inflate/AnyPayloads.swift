import NIOCore
import Wire

/// A client's compressed messages of any bytes, one after the other: each comes out as the reference reads it, or is
/// refused when the reference refuses it; and the same, however the frames and the reads are cut.
enum AnyPayloads {
    private static let bounds = [4096, 0, 1, 125, 1000, 16_383, 16_384, 16_385]

    static func check(_ input: inout FuzzInput, _ agreed: DeflateParameters, isText: Bool) throws(Finding) {
        let byteCountMax = input.choice(of: bounds)
        let (frameCuts, readCuts) = (Cuts(input.byte()), Cuts(input.byte()))
        let payloads = payloads(&input)
        let results = try inflate(payloads, agreed, byteCountMax)

        let expected = observations(of: zip(payloads, results), isText: isText, byteCountMax)
        for cuts in [Cuts(0), readCuts] {
            let reader = ConnectionReader(
                role: .server, limits: limits(byteCountMax),
                inflater: Inflater(windowBits: agreed.clientWindowBits, keepsContext: agreed.clientKeepsContext))
            let stream = stream(of: payloads, frameCuts, isText: isText)
            try demandEqual(
                try reader.observe(cuts.pieces(of: stream), closesAfter: nil), expected, "in frames, \(agreed)")
        }
    }

    /// A byte says how long a payload is; 255: to the end.
    private static func payloads(_ input: inout FuzzInput) -> [[UInt8]] {
        var payloads: [[UInt8]] = []
        while !input.isEmpty && payloads.count < 16 {
            let count = Int(input.byte())
            payloads.append(input.take(count == 255 ? .max : count))
        }
        return payloads
    }

    /// What the inflater makes of each, up to the first that is refused when it keeps a context.
    private static func inflate(
        _ payloads: [[UInt8]], _ agreed: DeflateParameters, _ byteCountMax: Int
    ) throws(Finding) -> [ReferenceInflate.Result] {
        let (bits, keepsContext) = (agreed.clientWindowBits, agreed.clientKeepsContext)
        let inflater = Inflater(windowBits: bits, keepsContext: keepsContext)
        var reference = ReferenceInflate(windowBits: 15, keepsContext: keepsContext)
        var strict = bits == 15 ? nil : ReferenceInflate(windowBits: bits, keepsContext: keepsContext)
        var results: [ReferenceInflate.Result] = []
        for payload in payloads {
            let result = try inflater.result(of: payload, byteCountMax: byteCountMax)
            results.append(result)
            let expected = reference.read(payload, byteCountMax: byteCountMax)
            // How far zlib sees beyond a smaller window depends on the room it was given: nobody may count on it.
            let within = strict?.read(payload, byteCountMax: byteCountMax) ?? expected
            try demand(
                result == expected || result == within, "found \(result), expected \(within) or \(expected), \(agreed)")
            if result != within { strict = nil }
            if case .message = result { continue }
            if keepsContext { break }
        }
        return results
    }

    private static func limits(_ byteCountMax: Int) -> WebSocketLimits {
        WebSocketLimits(frameByteCountMax: 1 << 20, messageByteCountMax: byteCountMax)
    }

    /// What a connection must do with these messages: the bound holds for the compressed bytes, too.
    private static func observations(
        of messages: Zip2Sequence<[[UInt8]], [ReferenceInflate.Result]>, isText: Bool, _ byteCountMax: Int
    ) -> [Observation] {
        var expected: [Observation] = []
        for (payload, result) in messages {
            let code: CloseCode
            switch result {
            case _ where payload.count > byteCountMax: code = .messageTooBig
            case .message(let bytes):
                guard isText && String(validating: bytes, as: UTF8.self) == nil else {
                    expected.append(.message(isText ? .text : .binary, bytes))
                    continue
                }
                code = .invalidPayload
            case .tooLarge: code = .messageTooBig
            case .invalid: code = .invalidPayload
            }
            let frame = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 255)]
            return expected + [.sent(.close, frame), .closed(code, cause: .violation, isClean: false)]
        }
        return expected + [.closed(.abnormal, cause: .lost, isClean: false)]
    }

    private static func stream(of payloads: [[UInt8]], _ cuts: Cuts, isText: Bool) -> [UInt8] {
        var stream = ByteBuffer()
        for payload in payloads {
            let fragments = cuts.fragments(of: payload, countMax: 4)
            for (index, fragment) in fragments.enumerated() {
                let opcode: Opcode = index > 0 ? .continuation : isText ? .text : .binary
                FrameEncoder.write(
                    opcode, ByteBuffer(bytes: fragment), isFinal: index == fragments.count - 1, isRSV1: index == 0,
                    maskKey: MaskKey(0x37FA_213D), into: &stream)
            }
        }
        return Array(stream.readableBytesView)
    }
}

extension Inflater {
    /// - Throws: if more than the bound came out, or more than one byte beyond it was inflated.
    func result(of payload: [UInt8], byteCountMax: Int) throws(Finding) -> ReferenceInflate.Result {
        let outcome = Result { () throws(FrameError) in
            try inflate(ByteBuffer(bytes: payload), byteCountMax: byteCountMax)
        }
        switch outcome {
        case .success(let message):
            try demand(message.readableBytes <= byteCountMax, "\(message.readableBytes) bytes, at most \(byteCountMax)")
            return .message(Array(message.readableBytesView))
        case .failure(.messageTooLarge(let byteCount, let max)):
            try demand(byteCount == byteCountMax + 1 && max == byteCountMax, "inflated \(byteCount), at most \(max)")
            return .tooLarge
        case .failure(let error):
            try demandEqual(error, .compressedDataInvalid, "the refusal")
            return .invalid
        }
    }
}
