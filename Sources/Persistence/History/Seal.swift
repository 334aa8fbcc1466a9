package import Actors
import Crypto
import FoundationEssentials

/// A signed list of chain heads: whoever keeps one can show later that the past was not rewritten since.
///
/// The text, line by line: what it is and its version, the database's epoch, when it was made, what it is for, the public key, a line
/// for each stream with its version and chain, and the signature (Ed25519) over all lines before its own. A seal of baselines signs what
/// they keep of each stream, too.
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
        /// Made for something else than what it is shown for.
        case otherPurpose(String)

        package var description: String {
            switch self {
            case .format(let line): "Line \(line) is not one of a seal."
            case .signature: "The signature does not fit: the seal was changed after it was made."
            case .otherKey(let key): "It is signed with another key, \(key)."
            case .otherPurpose(let purpose): "It was made for something else: \(purpose)."
            }
        }
    }

    package struct Head: Sendable, Equatable {
        package let stream: StreamID
        package let version: Int64
        package let chain: [UInt8]
        /// Digest of what a baseline keeps; nil in other seals.
        package var state: [UInt8]?
    }

    package let epoch: String
    /// RFC 3339.
    package let madeAt: String
    /// `daily 2026-11-25`, `request`, or `baseline 202601` with the first month that stayed.
    package let purpose: String
    /// In the order of their streams.
    package let heads: [Head]

    private static let firstLine = "gwanje seal 1"
    static let baselinePurpose = "baseline "

    /// Says where the events of streams begin, which no other seal does.
    var isOfBaselines: Bool { purpose.hasPrefix(Self.baselinePurpose) }

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
        for head in heads {
            text += "head \(head.stream) \(head.version) \(Data(head.chain).base64EncodedString())"
            if let state = head.state { text += " \(Data(state).base64EncodedString())" }
            text += "\n"
        }
        return text
    }

    /// Reads a seal and checks that it is as it was signed.
    ///
    /// - Parameter publicKey: whose signature counts; the key in the seal itself proves nothing.
    package init(_ text: String, publicKey: String) throws(Invalid) {
        // Bytes: to a String a separator and a mark after it are one character.
        let bytes = Array(text.utf8)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        func field(_ index: Int, _ name: String) throws(Invalid) -> ArraySlice<UInt8> {
            guard index < lines.count, lines[index].starts(with: "\(name) ".utf8) else {
                throw .format(line: index + 1)
            }
            return lines[index].dropFirst(name.utf8.count + 1)
        }
        func word(_ index: Int, _ name: String) throws(Invalid) -> String {
            String(decoding: try field(index, name), as: UTF8.self)
        }
        guard lines.count >= 7, lines[0].elementsEqual(Self.firstLine.utf8), lines.last == [] else {
            throw .format(line: 1)
        }
        epoch = try word(1, "epoch")
        madeAt = try word(2, "at")
        purpose = try word(3, "for")
        let key = try word(4, "key")
        let last = lines.count - 2
        let isOfBaselines = purpose.hasPrefix(Self.baselinePurpose)
        heads = try (5..<last).map { index throws(Invalid) in
            guard let head = Head(try field(index, "head"), hasState: isOfBaselines) else {
                throw .format(line: index + 1)
            }
            return head
        }
        guard let signature = Data(base64Encoded: try word(last, "signature")) else { throw .format(line: last + 1) }
        guard key == publicKey else { throw .otherKey(key) }
        guard let raw = Data(base64Encoded: key),
            let verifier = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
        else { throw .format(line: 5) }
        guard verifier.isValidSignature(signature, for: bytes[..<lines[last].startIndex]) else { throw .signature }
    }
}

extension Seal.Head {
    /// - Parameter line: stream, version and chain, and the digest where there is one. Whatever is in the database has a head, so
    ///   the stream is not asked whether it may be made today.
    fileprivate init?(_ line: ArraySlice<UInt8>, hasState: Bool) {
        func texts(_ bytes: ArraySlice<UInt8>, _ separator: Unicode.Scalar, _ count: Int) -> [String]? {
            let parts = bytes.split(
                separator: UInt8(ascii: separator), maxSplits: count - 1, omittingEmptySubsequences: false)
            return parts.count == count ? parts.map { String(decoding: $0, as: UTF8.self) } : nil
        }
        let space = line.firstIndex(of: UInt8(ascii: " ")) ?? line.endIndex
        guard let names = texts(line[..<space], "/", 3),
            let values = texts(line[space...].dropFirst(), " ", hasState ? 3 : 2), let version = Int64(values[0]),
            let chain = Data(base64Encoded: values[1])
        else { return nil }
        self.init(
            stream: StreamID(site: names[0], kind: names[1], key: names[2]), version: version, chain: Array(chain))
        guard hasState else { return }
        guard let digest = Data(base64Encoded: values[2]) else { return nil }
        state = Array(digest)
    }

    /// What is signed of a baseline.
    init(_ stream: StreamID, _ baseline: HistoryReader.Baseline) {
        self.init(stream: stream, version: baseline.version, chain: baseline.chain.bytes, state: baseline.digest)
    }
}
