internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Wire

/// A WebSocket.
final class WebSocketTransport: HubTransport {
    typealias Event = HubTransportEvent

    private let address: HubAddress
    private let tls: HubTLS?
    private let loop: any EventLoop
    private let deliver: (Event) -> Void
    private var handler: HubChannelHandler?
    private var ended = false
    private var closeAsked = false

    init(_ address: HubAddress, tls: HubTLS?, on loop: any EventLoop, deliver: @escaping (Event) -> Void) {
        self.address = address
        self.tls = tls
        self.loop = loop
        self.deliver = deliver
    }

    func open() {
        loop.preconditionInEventLoop()
        let connecting = ClientBootstrap(group: loop).connectTimeout(.seconds(10))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port)
        connecting.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel): self.connected(channel)
            case .failure(let error):
                let fault = ConnectionFault(
                    connecting: error, host: self.address.host, port: self.address.port)
                self.finish(.failed(fault, "\(error)"))
            }
        }
    }

    func send(_ message: EdgeMessage) { handler?.send(message.json) }

    /// Begins the closing handshake.
    func close(code: UInt16) {
        loop.preconditionInEventLoop()
        closeAsked = true
        handler?.close(CloseCode(rawValue: code))
    }

    private func connected(_ channel: any Channel) {
        guard !closeAsked else {
            channel.close(promise: nil)
            return finish(.lost("closed while connecting"))
        }
        let handler = HubChannelHandler(host: address.authority, target: address.target) { [weak self] event in
            self?.take(event)
        }
        self.handler = handler
        do {
            if let tls {
                let tlsHandler = try NIOSSLClientHandler(context: tls.context, serverHostname: address.serverName)
                try channel.pipeline.syncOperations.addHandler(tlsHandler)
            }
            try channel.pipeline.syncOperations.addHandler(handler)
        } catch {
            channel.close(promise: nil)
            finish(.lost("\(error)"))
        }
    }

    private func take(_ event: Event) {
        if case .ended(let end) = event { finish(end) } else { deliver(event) }
    }

    private func finish(_ end: UplinkMachine.End) {
        guard !ended else { return }
        ended = true
        handler = nil
        deliver(.ended(end))
    }
}
