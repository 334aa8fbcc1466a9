import Actors
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Sessions
import Synchronization

/// The seven headers that every answer carries, errors too (DOMAIN.md 2.10).
struct SecurityHeaders: RouterMiddleware {
    let isSecure: Bool

    func handle(
        _ request: Request, context: HubContext, next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = try Self.answer(error, to: request, context)
        }
        response.headers[.contentSecurityPolicy] =
            "default-src 'self'; img-src 'self' data:; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; "
            + "base-uri 'none'; form-action 'self'"
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[Self.frameOptions] = "DENY"
        response.headers[Self.referrerPolicy] = "same-origin"
        response.headers[Self.permissionsPolicy] = "camera=(), microphone=(), geolocation=(), screen-wake-lock=(self)"
        response.headers[Self.openerPolicy] = "same-origin"
        if isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        return response
    }

    /// Under `/api` every error has a code; elsewhere people read it.
    private static func answer(_ error: any Error, to request: Request, _ context: HubContext) throws -> Response {
        if let fault = error as? RESTFault { return try fault.response(from: request, context: context) }
        if let error = error as? any HTTPResponseError {
            guard request.uri.path.hasPrefix("/api/") else {
                return try error.response(from: request, context: context)
            }
            return try RESTFault(status: error.status).response(from: request, context: context)
        }
        if error is NIOTooManyBytesError {
            return try RESTFault(status: .contentTooLarge).response(from: request, context: context)
        }
        if error is RequestTooSlow {
            return try RESTFault(status: .requestTimeout).response(from: request, context: context)
        }
        if error is HTTPParserError {
            return try RESTFault(status: .badRequest).response(from: request, context: context)
        }
        context.logger.error("unexpected error", metadata: ["error": "\(error)"])
        return try RESTFault(status: .internalServerError).response(from: request, context: context)
    }

    private static let frameOptions = HTTPField.Name("X-Frame-Options")!
    private static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    private static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
    private static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
}

/// 100 requests a minute for each account, and for each address that is not logged in (seed 001 §5.4). An edge that can have no
/// WebSocket says each second what its scales show.
struct RequestLimit: RouterMiddleware {
    let limiter: MinuteLimiter
    let deviceLimiter: MinuteLimiter

    func handle(
        _ request: Request, context: HubContext, next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        let who = context.principal?.id ?? "address:\(ClientAddresses.counted(context.remoteAddress))"
        let limiter = context.principal?.role == .device ? deviceLimiter : limiter
        if let wait = limiter.take(who, now: LoopLane.wallClock()) { throw RESTFault.rateLimited(afterSeconds: wait) }
        return try await next(request, context)
    }
}

/// Finds the client behind a reverse proxy.
struct ClientAddress: RouterMiddleware {
    let addresses: ClientAddresses

    func handle(
        _ request: Request, context: HubContext, next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let forwardedFor = HTTPField.Name("X-Forwarded-For").map { request.headers[values: $0] } ?? []
        context.remoteAddress = addresses.client(peer: context.remoteAddress, forwardedFor: forwardedFor)
        return try await next(request, context)
    }
}

/// A wider limit for everybody behind one address, whoever they are.
struct AddressLimit: RouterMiddleware {
    let limiter: MinuteLimiter

    func handle(
        _ request: Request, context: HubContext, next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        let address = ClientAddresses.counted(context.remoteAddress)
        if let wait = limiter.take(address, now: LoopLane.wallClock()) {
            throw RESTFault.rateLimited(afterSeconds: wait)
        }
        return try await next(request, context)
    }
}

/// Counts per name and minute, of at most 100,000 names.
final class MinuteLimiter: Sendable {
    private struct Window {
        var minute: Int64 = 0
        var counts: [String: Int] = [:]
    }

    static let nameCountMax = 100_000
    let countMax: Int
    private let window = Mutex(Window())

    init(countMax: Int = 100) { self.countMax = countMax }

    /// Nil when it may pass, else the seconds until the next minute.
    func take(_ name: String, now: Instant) -> Int? {
        window.withLock { window in
            let minute = now.milliseconds / 60_000
            if window.minute != minute || window.counts.count >= Self.nameCountMax { window = Window(minute: minute) }
            window.counts[name, default: 0] += 1
            guard window.counts[name, default: 0] > countMax else { return nil }
            return Int(60 - now.milliseconds / 1000 % 60)
        }
    }
}

/// Reads the bearer token, or an edge's API key. Who has neither stays nobody: the routes decide what nobody may do.
struct Authentication: RouterMiddleware {
    let authenticator: Authenticator

    func handle(
        _ request: Request, context: HubContext, next: @concurrent (Request, HubContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let header = request.headers[.authorization], header.hasPrefix("Bearer ") {
            let token = String(header.dropFirst("Bearer ".count))
            context.identity = try await authenticator.identity(token: token)
        } else if let key = request.headers[Self.apiKey] {
            context.identity = try await authenticator.identity(apiKey: key)
        }
        return try await next(request, context)
    }

    private static let apiKey = HTTPField.Name("X-API-Key")!
}
