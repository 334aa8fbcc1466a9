internal import NIOCore
internal import NIOPosix

/// Where an indicator's bytes come from.
package enum LineAddress: Equatable, Sendable {
    case serial(path: String, baud: Int, settings: SerialSettings, signals: SerialSignals = SerialSignals())
    /// A serial converter on the network.
    case tcp(host: String, port: Int)
    /// A converter that connects to us; the latest connection is the one that counts.
    case listen(host: String, port: Int)
}

extension LineAddress {
    /// As the configuration names it, without how it is set: one port has one reader.
    package var port: String {
        switch self {
        case .serial(let path, _, _, _): path
        case .tcp(let host, let port): "tcp://\(Self.bracketed(host)):\(port)"
        case .listen(let host, let port): "listen://\(Self.bracketed(host)):\(port)"
        }
    }
}

extension LineAddress {
    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    /// `tcp://host:port` or `listen://host:port`; nil for anything else.
    package init?(network text: String) {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let colon = parts[1].lastIndex(of: ":"), colon > parts[1].startIndex,
            let port = Int(parts[1][parts[1].index(after: colon)...]), (1...65_535).contains(port)
        else { return nil }
        let name = parts[1][..<colon]
        let host = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : String(name)
        switch parts[0] {
        case "tcp": self = .tcp(host: host, port: port)
        case "listen": self = .listen(host: host, port: port)
        default: return nil
        }
    }
}

extension LineAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .serial(let path, let baud, let settings, let signals): "\(path) \(baud) \(settings)\(signals)"
        case .tcp, .listen: port
        }
    }
}

/// Keeps one line to an indicator open for as long as it runs; unplugged or unreachable, it tries again for ever.
///
/// A TCP line that falls silent is opened anew: a converter that was switched off and on knows nothing of the old
/// connection and never says so.
///
/// Confined to its event loop: created, started, stopped and heard there.
final class IndicatorLine {
    enum Event: Sendable {
        case opened
        case bytes([UInt8])
        /// Closed by the other side or never opened; the next attempt follows by itself.
        case lost(reason: String, retry: Duration)
    }

    private enum State {
        case idle
        case opening
        case open(any Channel)
        case waiting(Scheduled<Void>)
        case stopped
    }

    static let silenceMax = Duration.seconds(15)
    private static let retryFirst = Duration.milliseconds(250)
    private static let retryMax = Duration.seconds(5)

    private let address: LineAddress
    private let silenceMax: Duration
    private let loop: any EventLoop
    private let deliver: (Event) -> Void
    private var state = State.idle
    private var retry = IndicatorLine.retryFirst
    private lazy var listener = LineListener(on: loop)

    /// - Parameter silenceMax: without a byte for so long a TCP line is closed and opened again.
    init(
        _ address: LineAddress, silenceMax: Duration = IndicatorLine.silenceMax, on loop: any EventLoop,
        deliver: @escaping (Event) -> Void
    ) {
        self.address = address
        self.silenceMax = silenceMax
        self.loop = loop
        self.deliver = deliver
    }

    func start() {
        loop.preconditionInEventLoop()
        open()
    }

    func stop() {
        loop.preconditionInEventLoop()
        let was = state
        state = .stopped
        switch was {
        case .open(let channel): channel.close(promise: nil)
        case .waiting(let timer): timer.cancel()
        case .idle, .opening, .stopped: break
        }
        if case .listen = address { listener.stop() }
    }

    /// Sends to the indicator, as far as the line is open: what is lost is asked for again.
    func send(_ bytes: [UInt8]) {
        loop.preconditionInEventLoop()
        guard case .open(let channel) = state else { return }
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    private func open() {
        state = .opening
        connect().assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel): self.opened(channel)
            case .failure(let error): self.lost(self.reason(error))
            }
        }
    }

    func connect() -> EventLoopFuture<any Channel> {
        switch address {
        case .tcp(let host, let port):
            return ClientBootstrap(group: loop).connectTimeout(.seconds(5)).keepingAlive()
                .connect(host: host, port: port)
        case .listen(let host, let port): return listener.next(host: host, port: port)
        case .serial(let path, let baud, let settings, let signals):
            do throws(SystemError) {
                let descriptor = try SerialPort.open(path: path, baud: baud, settings: settings, signals: signals)
                return NIOPipeBootstrap(group: loop).takingOwnershipOfDescriptor(inputOutput: descriptor)
            } catch {
                return loop.makeFailedFuture(error)
            }
        }
    }

    private func reason(_ error: any Error) -> String {
        guard let error = error as? SystemError, error.isInUse else { return "\(error)" }
        return "다른 프로그램이 쓰고 있습니다: \(error.path) (Another program is using \(error.path))"
    }

    private func opened(_ channel: any Channel) {
        guard case .opening = state else { return channel.close(promise: nil) }
        state = .open(channel)
        deliver(.opened)
        let reader = LineReader(silenceMax: silenceMax) { [weak self] bytes in
            self?.retry = IndicatorLine.retryFirst
            self?.deliver(.bytes(bytes))
        }
        do {
            if isOnNetwork {
                let idle = IdleStateHandler(readTimeout: TimeAmount(silenceMax))
                try channel.pipeline.syncOperations.addHandler(idle)
            }
            try channel.pipeline.syncOperations.addHandler(reader)
        } catch {
            channel.close(promise: nil)
        }
        channel.closeFuture.assumeIsolated().whenComplete { _ in self.lost(reader.failure ?? "closed") }
    }

    private var isOnNetwork: Bool {
        switch address {
        case .tcp, .listen: true
        case .serial: false
        }
    }

    private func lost(_ reason: String) {
        if case .stopped = state { return }
        let delay = retry
        retry = min(retry * 2, Self.retryMax)
        state = .waiting(loop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { self.open() })
        deliver(.lost(reason: reason, retry: delay))
    }
}

/// Hands on what was read. The channel closes itself on an error; the reason is kept for the log.
private final class LineReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private(set) var failure: String?
    private let silenceMax: Duration
    private let deliver: ([UInt8]) -> Void

    init(silenceMax: Duration, deliver: @escaping ([UInt8]) -> Void) {
        self.silenceMax = silenceMax
        self.deliver = deliver
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        deliver(Array(buffer: unwrapInboundIn(data)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
        failure = "no byte for \(silenceMax)"
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = "\(error)"
        context.close(promise: nil)
    }
}
