import NIOCore

/// The bytes of one run: the first few make choices, the rest is what is parsed. Past the end every choice is 0.
struct FuzzInput: Sendable {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// At most `count` bytes.
    mutating func take(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// One of `choices`, which must not be empty.
    mutating func choice<Value>(of choices: [Value]) -> Value { choices[Int(byte()) % choices.count] }
}

/// Where a stream is cut into reads, drawn from one byte of the input: 0 leaves it whole, 1 gives single bytes, or what
/// makes about 2,048 pieces of a long one.
struct Cuts: Sendable {
    private let seed: UInt8

    init(_ seed: UInt8) { self.seed = seed }

    /// The stream in pieces that each have memory of their own, as reads from a socket do.
    func pieces(of stream: [UInt8]) -> [ByteBuffer] {
        var pieces: [ByteBuffer] = []
        var index = 0
        let sizeMin = 1 + stream.count >> 11
        var state = UInt32(seed)
        while index < stream.count {
            let end = min(stream.count, index + max(sizeMin, size(&state)))
            pieces.append(ByteBuffer(bytes: stream[index..<end]))
            index = end
        }
        return pieces
    }

    private func size(_ state: inout UInt32) -> Int {
        switch seed {
        case 0: return .max / 2
        case 1: return 1
        case 2..<32: return Int(seed)
        default:
            // A linear congruential generator is good enough to vary the sizes; its high bits are the better ones.
            state = state &* 1_664_525 &+ 1_013_904_223
            return 1 + Int(state >> 16) % (seed < 128 ? 16 : 4096)
        }
    }
}
