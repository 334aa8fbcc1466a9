import NIOCore
import Wire

/// How one connection compresses: what it was agreed on, and with which of zlib's states.
struct Compression {
    let inflater: Inflater
    let deflater: Deflater
    /// Messages below are sent as they are.
    let smallestByteCount: Int
    /// Whether a frame that was compressed for another connection may be sent on this one.
    let sharesFrames: Bool
}

/// The states that serve all connections of one loop which keep no context, made on first use. Bound to the loop.
final class SharedCompression {
    private let policy: DeflatePolicy
    private var inflater: Inflater?
    private var deflaters: [Int: Deflater] = [:]

    init(_ policy: DeflatePolicy) { self.policy = policy }

    /// For a connection that has just agreed; only a context that is kept costs memory of its own.
    func compression(_ agreed: DeflateParameters) -> Compression {
        Compression(
            inflater: agreed.clientKeepsContext
                ? Inflater(windowBits: agreed.clientWindowBits, keepsContext: true) : sharedInflater(),
            deflater: agreed.serverKeepsContext
                ? Deflater(windowBits: agreed.serverWindowBits, level: policy.level, keepsContext: true)
                : sharedDeflater(agreed.serverWindowBits),
            smallestByteCount: policy.smallestByteCount,
            sharesFrames: !agreed.serverKeepsContext && agreed.serverWindowBits == 15)
    }

    private func sharedInflater() -> Inflater {
        if let inflater { return inflater }
        let made = Inflater(windowBits: 15, keepsContext: false)
        inflater = made
        return made
    }

    private func sharedDeflater(_ windowBits: Int) -> Deflater {
        if let deflater = deflaters[windowBits] { return deflater }
        let made = Deflater(windowBits: windowBits, level: policy.level, keepsContext: false)
        deflaters[windowBits] = made
        return made
    }
}
