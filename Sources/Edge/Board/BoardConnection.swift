internal import NIOCore
internal import NIOPosix

/// Keeps a board's picture up to date over TCP, for as long as it runs. Confined to its event loop.
final class BoardConnection {
    enum Event: Sendable {
        case connected
        case lost(reason: String, retry: Duration)
        case alarm(Bool)
        case unshowable([String])
    }

    /// A connection that held for so long was a good one.
    private static let holdMin = Duration.seconds(5)

    private let host: String
    private let port: Int
    private let loop: any EventLoop
    private let deliver: (Event) -> Void
    private let clock = EdgeClock()
    private var machine: BoardMachine
    private var channel: (any Channel)?
    private var timer: Scheduled<Void>?
    private var openedAt: Duration?
    private var retry = RetryPolicy(seed: .random(in: 0 ... .max))
    private var retrying: Scheduled<Void>?
    private var isStopped = false

    init(
        host: String, port: Int, machine: BoardMachine, on loop: any EventLoop, deliver: @escaping (Event) -> Void
    ) {
        self.host = host
        self.port = port
        self.machine = machine
        self.loop = loop
        self.deliver = deliver
    }

    func start() {
        loop.preconditionInEventLoop()
        connect()
    }

    func stop() {
        loop.preconditionInEventLoop()
        isStopped = true
        timer?.cancel()
        retrying?.cancel()
        channel?.close(promise: nil)
    }

    /// Ends the connection; another follows.
    func cut() { channel?.close(promise: nil) }

    /// What the board is to show from now on; never waits for it.
    func show(_ lines: [String]) { perform(machine.show(lines, at: clock.now.elapsed)) }

    private func connect() {
        let own = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap(group: loop).connectTimeout(.seconds(5)).keepingAlive()
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(BoardReader { own.value.received($0) })
                }
            }
            .connect(host: host, port: port).assumeIsolated().whenComplete { result in
                switch result {
                case .success(let channel): self.opened(channel)
                case .failure(let error): self.lost("\(error)")
                }
            }
    }

    private func opened(_ channel: any Channel) {
        guard !isStopped else { return channel.close(promise: nil) }
        self.channel = channel
        openedAt = clock.now.elapsed
        deliver(.connected)
        channel.closeFuture.assumeIsolated().whenComplete { _ in
            self.channel = nil
            self.machine.lost()
            self.lost("closed")
        }
        perform(machine.connected(at: clock.now.elapsed))
    }

    private func lost(_ reason: String) {
        guard !isStopped else { return }
        // A board that answers nothing shows in this way that it is there.
        if let openedAt, clock.now.elapsed - openedAt >= Self.holdMin { retry.reset() }
        openedAt = nil
        let delay = retry.next()
        deliver(.lost(reason: reason, retry: delay))
        retrying = loop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { self.connect() }
    }

    private func received(_ bytes: [UInt8]) {
        retry.reset()
        perform(machine.received(bytes, at: clock.now.elapsed))
    }

    private func perform(_ outputs: [BoardMachine.Output]) {
        for output in outputs {
            switch output {
            case .send(let bytes): channel?.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            case .reconnect: cut()
            case .alarm(let isOn): deliver(.alarm(isOn))
            case .unshowable(let lines): deliver(.unshowable(lines))
            }
        }
        timer?.cancel()
        timer = machine.deadline.map { due in
            loop.assumeIsolated().scheduleTask(in: TimeAmount(max(.zero, due - clock.now.elapsed))) {
                self.perform(self.machine.elapse(to: self.clock.now.elapsed))
            }
        }
    }
}

private final class BoardReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let deliver: ([UInt8]) -> Void

    init(_ deliver: @escaping ([UInt8]) -> Void) { self.deliver = deliver }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { deliver(Array(buffer: unwrapInboundIn(data))) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
