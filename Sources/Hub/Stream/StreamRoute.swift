import Actors
import HTTPTypes
import Hummingbird
import NIOCore
import Sessions
import Wire

/// `GET /stream?topic=…[&topic=…]`: the lines of a WebSocket for those who cannot have one. What can be refused is refused with a
/// status, before the stream begins.
struct StreamRoute: Sendable {
    /// Topics of one stream: each `id` names them all, and has to fit into a header field.
    static let topicCountMax = 16

    let yard: Yard
    /// Its places and bounds are those of event streams, too.
    let server: WebSocketServer

    func add(to group: RouterGroup<HubContext>) {
        group.get("stream") { request, context in
            let identity = try context.requireIdentity()
            let topics = try topics(request, for: identity.principal)
            let last = request.headers[Self.lastEventID].flatMap { StreamCursor($0) }
            let place: AddressCounts.Place
            do throws(HandshakeRefusal) {
                place = try server.placeForSession(of: context.remoteAddress)
            } catch {
                throw RESTFault(
                    status: .tooManyRequests, code: "tooManyConnections", message: error.sentence,
                    retryAfterSeconds: 30)
            }
            let loop = context.channel.eventLoop
            let stream = EventStream(
                on: context.channel, sessions: yard.loop(of: loop), place: place, epoch: yard.services.epoch,
                configuration: server.configuration)
            let admission = try await loop.submit { () -> SessionLoop.Admission? in
                // Asked where the end of a log-in is heard: it comes either before this, or to the open session.
                if let login = identity.login, yard.authenticator.recentlyEnded.contains(login) { return nil }
                return stream.open(as: identity, topics: topics, after: last)
            }.get()
            switch admission {
            case .opened: return response(stream)
            case .crowded(let max): throw RESTFault(.tooManySessions(max))
            case .draining: throw RESTFault.unavailable
            case nil: throw RESTFault(.tokenInvalid)
            }
        }
    }

    /// The names of the topics, each once, in the order of the query.
    private func topics(_ request: Request, for principal: Principal) throws(RESTFault) -> [String] {
        var names: [String] = []
        for name in request.uri.queryParameters[values: "topic"].map({ String($0) }) where !names.contains(name) {
            guard names.count < Self.topicCountMax else { throw RESTFault(.tooManyTopics(Self.topicCountMax)) }
            if case .refused(let fault) = Session.find(name, for: principal, yard.services.view) {
                throw RESTFault(fault, topic: name)
            }
            names.append(name)
        }
        guard !names.isEmpty else { throw .badField("topic", "주제") }
        return names
    }

    private func response(_ stream: EventStream) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store", Self.accelBuffering: "no",
            ],
            body: ResponseBody { try await stream.write(to: &$0) })
    }

    private static let lastEventID = HTTPField.Name("Last-Event-ID")!
    /// Tells nginx to pass every line on at once.
    private static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
