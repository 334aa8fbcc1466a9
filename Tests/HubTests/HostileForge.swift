import Crypto
import Foundation
import Testing

/// Everything that somebody from outside may try. Each is answered by a stable code, at a bounded cost, and changes nothing that he
/// may not change.
@Suite(.serialized, .timeLimit(.minutes(5))) enum Hostile {}

/// Tokens as somebody makes them who knows the format, and perhaps a secret.
struct Forge {
    enum Signature {
        case hs256, hs384, hs512
        case none
        case bytes(Int)
    }

    /// The claims of a token that the hub made.
    let claims: [String: JSONValue]
    let secret: [UInt8]

    init(real token: String, secret: [UInt8] = TestHub.secret) throws {
        let payload = try #require(Data(base64URL: String(token.split(separator: ".")[1])))
        claims = try JSONValue(Array(payload)).members
        self.secret = secret
    }

    /// - Parameters:
    ///   - header: as it stands in the token, besides `typ`.
    ///   - changes: of the claims; `null` takes one away.
    func token(
        header: [String: JSONValue] = ["alg": "HS256"], _ changes: [String: JSONValue] = [:],
        signed: Signature = .hs256,
        with other: [UInt8]? = nil
    ) -> String {
        let claims = claims.merging(changes) { $1 }.filter { !$0.value.isNull }
        let head = Data(JSONValue.object(header.merging(["typ": "JWT"]) { $1 }).bytes).base64URL
        let text = head + "." + Data(JSONValue.object(claims).bytes).base64URL
        return text + "." + Self.sign(text, signed, other ?? secret).base64URL
    }

    private static func sign(_ text: String, _ signature: Signature, _ secret: [UInt8]) -> Data {
        let key = SymmetricKey(data: secret)
        let data = Data(text.utf8)
        return switch signature {
        case .hs256: Data(HMAC<SHA256>.authenticationCode(for: data, using: key))
        case .hs384: Data(HMAC<SHA384>.authenticationCode(for: data, using: key))
        case .hs512: Data(HMAC<SHA512>.authenticationCode(for: data, using: key))
        case .none: Data()
        case .bytes(let count): Data(repeating: 0x5A, count: count)
        }
    }
}

extension Data {
    fileprivate init?(base64URL text: String) {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        self.init(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
    }

    fileprivate var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
