import Actors
import Crypto
import FoundationEssentials
import JWTKit

/// Access tokens: HS256, one hour. They say who and which log-in; what the account may do is read from the database.
struct Tokens: Sendable {
    static let accessLifetime: Duration = .seconds(3600)
    static let refreshLifetime: Duration = .seconds(7 * 86400)
    private static let issuer = "gwanje"

    private let keys: JWTKeyCollection

    /// - Parameter secret: at least 32 bytes.
    init(secret: [UInt8]) async {
        precondition(secret.count >= 32, "HS256 needs a secret of 32 bytes")
        keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: Data(secret)), digestAlgorithm: .sha256)
    }

    struct Claims: Sendable, Hashable {
        let account: String
        let login: String
        let expiresAt: Instant
    }

    enum Failure: Error {
        case invalid
        case expired
    }

    func issue(account: String, login: String, now: Instant) async throws -> String {
        let end = now + Self.accessLifetime
        return try await keys.sign(
            Payload(
                sub: account, sid: login, iss: Self.issuer, iat: now.milliseconds / 1000, exp: end.milliseconds / 1000))
    }

    func verify(_ token: String, now: Instant) async throws(Failure) -> Claims {
        let payload: Payload
        do {
            // The algorithm is ours to say; what the token says of it is only looked at here (RFC 8725 §3.1).
            guard try DefaultJWTParser().parse(Array(token.utf8), as: Payload.self).header.alg == "HS256" else {
                throw Failure.invalid
            }
            payload = try await keys.verify(token, as: Payload.self)
        } catch {
            throw .invalid
        }
        // Ten thousand years are enough, and what is sooner than now has expired anyway.
        guard payload.iss == Self.issuer, (0...253_402_300_799).contains(payload.exp) else { throw .invalid }
        let end = Instant(milliseconds: payload.exp * 1000)
        guard now < end else { throw .expired }
        return Claims(account: payload.sub, login: payload.sid, expiresAt: end)
    }

    private struct Payload: JWTPayload {
        let sub: String
        let sid: String
        let iss: String
        let iat: Int64
        let exp: Int64

        // Expiry is judged by the caller's clock.
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }
}

/// Random texts that nobody can guess, and what is stored of them.
enum Secrets {
    /// 256 bits, as 64 hexadecimal characters.
    static func random() -> String { hex(SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }) }

    static func digest(_ secret: String) -> [UInt8] { Array(SHA256.hash(data: Data(secret.utf8))) }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
