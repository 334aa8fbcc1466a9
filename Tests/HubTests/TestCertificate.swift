import Crypto
import NIOSSL

/// TLS for a server and a client of a test.
enum TestCertificate {
    /// A whole first flight of TLS 1.2, of a client that knows one cipher suite.
    static let clientHello: [UInt8] = {
        let extensions: [UInt8] =
            [0, 10, 0, 6, 0, 4, 0, 29, 0, 23]  // groups: X25519, P-256
            + [0, 11, 0, 2, 1, 0]  // points: uncompressed
            + [0, 13, 0, 4, 0, 2, 4, 3]  // signatures: ECDSA P-256 with SHA-256
        let body: [UInt8] =
            [3, 3] + [UInt8](repeating: 7, count: 32) + [0]  // version, random, no session
            + [0, 2, 0xC0, 0x2B] + [1, 0]  // ECDHE-ECDSA-AES128-GCM-SHA256, no compression
            + [0, UInt8(extensions.count)] + extensions
        let message: [UInt8] = [1, 0, 0, UInt8(body.count)] + body
        return [0x16, 3, 1, 0, UInt8(message.count)] + message
    }()

    /// A server with a certificate that is made for it and that nobody trusts.
    static func serverConfiguration() throws -> TLSConfiguration {
        let key = P256.Signing.PrivateKey()
        return .makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: certificate(of: key), format: .der))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem)))
    }

    /// A client that asks nobody for papers.
    static func clientContext() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return try NIOSSLContext(configuration: configuration)
    }

    /// The least that X.509 calls a certificate (RFC 5280 §4.1), signed by itself.
    private static func certificate(of key: P256.Signing.PrivateKey) throws -> [UInt8] {
        func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            let count = content.count
            let length: [UInt8] =
                count < 0x80
                ? [UInt8(count)]
                : count < 0x100 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
            return [tag] + length + content
        }
        func sequence(_ parts: [UInt8]...) -> [UInt8] { value(0x30, Array(parts.joined())) }
        let ecdsaWithSHA256 = sequence([0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2])
        let nobody = sequence()
        let content = sequence(
            value(0x02, [1]), ecdsaWithSHA256, nobody,
            sequence(value(0x17, Array("200101000000Z".utf8)), value(0x17, Array("491231235959Z".utf8))), nobody,
            Array(key.publicKey.derRepresentation))
        let signature = try key.signature(for: content).derRepresentation
        return sequence(content, ecdsaWithSHA256, value(0x03, [0] + signature))
    }
}
