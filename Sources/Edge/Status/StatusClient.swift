internal import NIOCore
internal import NIOPosix

/// Asks the status server of an edge on this machine.
enum StatusClient {
    struct Answer: Sendable {
        /// The first line.
        let status: String
        let body: [UInt8]
    }

    static func get(_ path: String, port: Int, host: String = StatusServer.host) async throws -> Answer {
        let group = EdgeLoop.start()
        let outcome: Result<[UInt8], any Error>
        do { outcome = .success(try await exchange(path, port, host, on: group)) } catch { outcome = .failure(error) }
        try await group.shutdownGracefully()
        let bytes = try outcome.get()
        let blankLine = Array("\r\n\r\n".utf8)
        let end = bytes.indices.first { bytes[$0...].starts(with: blankLine) } ?? bytes.endIndex
        return Answer(
            status: String(decoding: bytes.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self),
            body: Array(bytes.dropFirst(end + blankLine.count)))
    }

    private static func exchange(
        _ path: String, _ port: Int, _ host: String, on group: any EventLoopGroup
    ) async throws -> [UInt8] {
        let all = group.next().makePromise(of: [UInt8].self)
        do {
            let channel = try await ClientBootstrap(group: group).connectTimeout(.seconds(3))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Collector(all))
                    }
                }
                .connect(host: StatusServer.host, port: port).get()
            let request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
            try await channel.writeAndFlush(ByteBuffer(string: request))
        } catch {
            all.fail(error)
        }
        return try await all.futureResult.get()
    }

    /// All that comes until the other side closes; a megabyte at most.
    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let promise: EventLoopPromise<[UInt8]>
        private var bytes: [UInt8] = []

        init(_ promise: EventLoopPromise<[UInt8]>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += Array(buffer: unwrapInboundIn(data))
            if bytes.count > 1 << 20 { context.close(promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) { promise.succeed(bytes) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
