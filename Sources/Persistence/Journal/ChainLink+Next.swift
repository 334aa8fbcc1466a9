import Actors
import Crypto

extension ChainLink {
    /// The head after one more event: SHA-256 over the link before and everything that the event says, each part behind its length.
    /// A changed past does not reach the same head.
    func next(_ event: StoredEvent, of stream: StreamID) -> ChainLink {
        var hash = SHA256()
        for part in [
            bytes, Array(stream.description.utf8), Self.bigEndian(event.seq), Array(event.name.utf8),
            Self.bigEndian(event.at.milliseconds), Array(event.principal.utf8), event.payload,
        ] {
            hash.update(data: Self.bigEndian(Int64(part.count)))
            hash.update(data: part)
        }
        return ChainLink(Array(hash.finalize()))
    }

    static func bigEndian(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}
