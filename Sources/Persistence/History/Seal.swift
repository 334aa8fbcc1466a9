package import Actors
import Crypto
import FoundationEssentials

/// A signed list of chain heads: whoever keeps one can show later that the past was not rewritten since.
///
/// The text, line by line: what it is and its version, the database's epoch, when it was made, what it is for, the public key, a line
/// for each stream with its version and chain, and the signature (Ed25519) over all lines before its own.
package struct Seal: Sendable, Equatable {
    /// What the key file of the data directory holds: 32 bytes.
    package struct Key: Sendable {
        fileprivate let key: Curve25519.Signing.PrivateKey

        package init() { key = Curve25519.Signing.PrivateKey() }

        /// Throws when these are not 32 bytes.
        package init(bytes: [UInt8]) throws { key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes) }

        package var bytes: [UInt8] { Array(key.rawRepresentation) }
        /// In base64, as it stands in a seal.
        package var publicKey: String { key.publicKey.rawRepresentation.base64EncodedString() }
    }

    package enum Invalid: Error, Equatable, CustomStringConvertible {
        case format(line: Int)
        case signature
        /// Signed by whom nobody here knows.
        case otherKey(String)

        package var description: String {
            switch self {
            case .format(let line): "Line \(line) is not one of a seal."
            case .signature: "The signature does not fit: the seal was changed after it was made."
            case .otherKey(let key): "It is signed with another key, \(key)."
            }
        }
    }

    package struct Head: Sendable, Equatable {
        package let stream: StreamID
        package let version: Int64
        package let chain: [UInt8]
    }

    package let epoch: String
    /// RFC 3339.
    package let madeAt: String
    /// `daily 2026-11-25` or `baseline journal_202601`.
    package let purpose: String
    /// In the order of their streams.
    package let heads: [Head]

    private static let firstLine = "gwanje seal 1"

    package init(epoch: String, madeAt: String, purpose: String, heads: [Head]) {
        self.epoch = epoch
        self.madeAt = madeAt
        self.purpose = purpose
        self.heads = heads
    }

    package func signed(with key: Key) throws -> String {
        let text = body(publicKey: key.publicKey)
        let signature = try key.key.signature(for: Array(text.utf8)).base64EncodedString()
        return text + "signature \(signature)\n"
    }

    private func body(publicKey: String) -> String {
        var text = "\(Self.firstLine)\nepoch \(epoch)\nat \(madeAt)\nfor \(purpose)\nkey \(publicKey)\n"
        for head in heads { text += "head \(head.stream) \(head.version) \(Data(head.chain).base64EncodedString())\n" }
        return text
    }

    /// Reads a seal and checks that it is as it was signed.
    ///
    /// - Parameter publicKey: whose signature counts; the key in the seal itself proves nothing.
    package init(_ text: String, publicKey: String) throws(Invalid) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        func field(_ index: Int, _ name: String) throws(Invalid) -> String {
            guard index < lines.count, lines[index].hasPrefix(name + " ") else { throw .format(line: index + 1) }
            return String(lines[index].dropFirst(name.count + 1))
        }
        guard lines.count >= 7, lines[0] == Self.firstLine, lines.last == "" else { throw .format(line: 1) }
        epoch = try field(1, "epoch")
        madeAt = try field(2, "at")
        purpose = try field(3, "for")
        let key = try field(4, "key")
        let last = lines.count - 2
        var heads: [Head] = []
        for index in 5..<last {
            let words = try field(index, "head").split(separator: " ")
            guard words.count == 3, let stream = StreamID(String(words[0])), let version = Int64(words[1]),
                let chain = Data(base64Encoded: String(words[2]))
            else { throw .format(line: index + 1) }
            heads.append(Head(stream: stream, version: version, chain: Array(chain)))
        }
        self.heads = heads
        guard let signature = Data(base64Encoded: try field(last, "signature")) else { throw .format(line: last + 1) }
        guard key == publicKey else { throw .otherKey(key) }
        guard let raw = Data(base64Encoded: key),
            let verifier = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
        else { throw .format(line: 5) }
        let signedText = lines[..<last].joined(separator: "\n") + "\n"
        guard verifier.isValidSignature(signature, for: Array(signedText.utf8)) else { throw .signature }
    }
}
