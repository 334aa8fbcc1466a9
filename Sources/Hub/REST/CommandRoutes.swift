import Actors
import HTTPTypes
import Hummingbird
import NIOCore
import Sessions
import Wire

/// Commands for those who cannot have a WebSocket: the same line goes in, the same reply comes out.
struct CommandRoutes: Sendable {
    let services: HubServices

    func add(to group: RouterGroup<HubContext>) {
        group.post("commands") { request, context in
            let principal = try context.requirePrincipal()
            let command = try command(
                Array(try await request.body.collect(upTo: context.maxUploadSize).readableBytesView))
            return await answer(command, of: principal)
        }
    }

    private func command(_ body: [UInt8]) throws(RESTFault) -> ClientMessage.Command {
        let message: ClientMessage
        do throws(EnvelopeError) {
            message = try ClientMessage(body)
        } catch {
            let fault = ServerMessage.Fault(error)
            throw RESTFault(status: .badRequest, code: fault.code, message: fault.message, params: fault.params)
        }
        guard case .command(let command) = message else { throw .badField("op", "cmd") }
        return command
    }

    private func answer(_ command: ClientMessage.Command, of principal: Principal) async -> Response {
        switch Session.route(command, of: principal, services.view) {
        case .refused(let fault): return reply(command, fault)
        case .to(let stream):
            let outcome = await withCheckedContinuation { continuation in
                services.send(
                    services.request(command, of: principal) { continuation.resume(returning: $0) }, to: stream)
            }
            if case .committed(let seq) = outcome { return line(.ok, ServerMessage.reply(id: command.id, seq: seq)) }
            guard let fault = ServerMessage.Fault(outcome) else { preconditionFailure("only a commit has no fault") }
            return reply(command, fault)
        }
    }

    private func reply(_ command: ClientMessage.Command, _ fault: ServerMessage.Fault) -> Response {
        var response = line(fault.status, ServerMessage.reply(id: command.id, fault))
        if let seconds = fault.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        return response
    }

    private func line(_ status: HTTPResponse.Status, _ line: [UInt8]) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: line)))
    }
}
