import Actors
import Crypto

extension CommandKey {
    /// What the table `command` knows a command by: the first half of the SHA-256 of stream, principal and key, with U+001F
    /// between them. Neither a stream nor a principal holds that character, so two commands have two texts.
    func id(in stream: StreamID) -> PostgresUUID {
        var hash = SHA256()
        hash.update(data: Array("\(stream)\u{1F}\(principal)\u{1F}\(key)".utf8))
        return PostgresUUID(hash.finalize().prefix(16).reduce(0) { $0 << 8 | UInt128($1) })
    }
}
