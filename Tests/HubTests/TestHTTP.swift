import NIOCore
import NIOHTTP1
import NIOPosix

/// One request, one answer, one connection.
enum TestHTTP {
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let text: String

        var json: JSONValue { (try? JSONValue(Array(text.utf8))) ?? .null }
    }

    struct NoAnswer: Error {}

    static func send(
        _ method: HTTPMethod, _ path: String, port: Int, token: String? = nil, apiKey: String? = nil,
        body: JSONValue? = nil
    ) async throws -> Answer {
        try await send(
            method, path, port: port, token: token, apiKey: apiKey, content: body.map { ByteBuffer(bytes: $0.bytes) })
    }

    /// - Parameter content: called JSON, whatever it is.
    static func send(
        _ method: HTTPMethod, _ path: String, port: Int, token: String? = nil, apiKey: String? = nil,
        content: ByteBuffer?
    ) async throws -> Answer {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var headers: HTTPHeaders = ["Host": "127.0.0.1", "Connection": "close"]
            if let token { headers.add(name: "Authorization", value: "Bearer \(token)") }
            if let apiKey { headers.add(name: "X-API-Key", value: apiKey) }
            if let content {
                headers.add(name: "Content-Type", value: "application/json")
                headers.add(name: "Content-Length", value: String(content.readableBytes))
            }
            var parts: [HTTPClientRequestPart] = [
                .head(HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers))
            ]
            if let content { parts.append(.body(.byteBuffer(content))) }
            // In one write: the server may have answered and closed before a second one.
            try await outbound.write(contentsOf: parts + [.end(nil)])
            var head: HTTPResponseHead?
            var text = ""
            for try await part in inbound {
                switch part {
                case .head(let received): head = received
                case .body(let bytes): text += String(buffer: bytes)
                case .end:
                    guard let head else { throw NoAnswer() }
                    return Answer(status: Int(head.status.code), headers: head.headers, text: text)
                }
            }
            throw NoAnswer()
        }
    }
}
