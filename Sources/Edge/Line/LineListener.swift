internal import NIOCore
internal import NIOPosix

/// Waits for a converter that connects to us. A new connection takes the place of the one before it: a converter that was switched off
/// and on does not say good-bye.
///
/// Confined to its event loop.
final class LineListener {
    private let loop: any EventLoop
    private var server: (any Channel)?
    private var isBinding = false
    private var isStopped = false
    private var awaited: EventLoopPromise<any Channel>?
    private var current: (any Channel)?
    /// Came while another was in use.
    private var arrived: (any Channel)?

    init(on loop: any EventLoop) { self.loop = loop }

    /// The next connection; one at a time may be waited for.
    func next(host: String, port: Int) -> EventLoopFuture<any Channel> {
        let promise = loop.makePromise(of: (any Channel).self)
        awaited = promise
        if server != nil {
            if let channel = arrived {
                arrived = nil
                give(channel)
            }
        } else if !isBinding {
            bind(host, port)
        }
        return promise.futureResult
    }

    func stop() {
        isStopped = true
        server?.close(promise: nil)
        arrived?.close(promise: nil)
        awaited?.fail(ChannelError.eof)
        awaited = nil
    }

    private func bind(_ host: String, _ port: Int) {
        isBinding = true
        let own = NIOLoopBound(self, eventLoop: loop)
        ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { own.value.came(channel) }
            }
            .bind(host: host, port: port).assumeIsolated().whenComplete { result in
                self.isBinding = false
                switch result {
                case .success(let server):
                    if self.isStopped { return server.close(promise: nil) }
                    self.server = server
                case .failure(let error):
                    self.awaited?.fail(error)
                    self.awaited = nil
                }
            }
    }

    private func came(_ channel: any Channel) {
        guard !isStopped else { return channel.close(promise: nil) }
        guard awaited == nil else { return give(channel) }
        arrived?.close(promise: nil)
        arrived = channel
        // Its reader asks for the next one when it has heard of the end.
        current?.close(promise: nil)
    }

    private func give(_ channel: any Channel) {
        current = channel
        awaited?.succeed(channel)
        awaited = nil
    }
}
