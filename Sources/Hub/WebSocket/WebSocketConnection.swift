package import NIOCore
package import Sessions
package import Wire

/// The server's end of one connection, bound to its event loop: what a delegate writes to and closes.
///
/// It runs `WebSocketProtocol` on a channel: does what its events say, keeps the time, and ends the transport.
package final class WebSocketConnection {
    // What every frame asks for stands together: publications go over thousands of connections, and what that costs is memory
    // that is not in a cache.

    /// Whether a message written now will be sent; kept beside the state machine.
    package private(set) var isOpen = true
    /// More waits than may; the end of it is on its way.
    private var isOverfull = false
    private let sender: FrameSender
    /// Nil unless permessage-deflate was agreed on.
    private let compression: Compression?
    private let server: WebSocketServer

    package let eventLoop: any EventLoop
    /// The peer of the socket: behind a reverse proxy, the proxy. The rest of the request went to the delegate's
    /// maker; an idle connection does not carry a kilobyte of headers.
    package let remoteAddress: SocketAddress?
    /// How the connection ended; nil while it lasts.
    package private(set) var closure: Closure?

    /// Among the connections of its address; nil once the channel is gone.
    private var place: AddressCounts.Place?
    private var socket: WebSocketProtocol { didSet { isOpen = socket.isOpen } }
    private var keepAlive: KeepAlive
    /// Nil once `closed` was called, which also undoes the cycle between the two.
    private var delegate: (any WebSocketDelegate)?
    /// Nil once the channel is gone.
    private var context: ChannelHandlerContext?
    private var pingTimer: Scheduled<Void>?
    /// Runs from the first close frame to the end of the transport.
    private var closeTimer: Scheduled<Void>?

    init(
        server: WebSocketServer, remoteAddress: SocketAddress?, place: AddressCounts.Place,
        delegate: any WebSocketDelegate, compression: Compression?, context: ChannelHandlerContext, sender: FrameSender
    ) {
        let configuration = server.configuration
        self.server = server
        self.compression = compression
        self.place = place
        self.remoteAddress = remoteAddress
        self.delegate = delegate
        self.context = context
        self.sender = sender
        self.eventLoop = context.eventLoop
        self.socket = WebSocketProtocol(serverWith: configuration.limits, inflater: compression?.inflater)
        self.keepAlive = KeepAlive(silentIntervalCountMax: configuration.silentIntervalCountMax)
    }

    private var configuration: WebSocketConfiguration { server.configuration }

    /// Bytes written that the socket has not taken yet.
    package var pendingByteCount: Int { sender.pendingByteCount }

    /// Bytes that went straight to the socket, and bytes that went through the channel.
    package var sentByteCounts: (direct: Int, channel: Int) {
        (sender.directByteCount, sender.channelByteCount)
    }

    /// Writes whole server frames, made with `FrameEncoder`; the buffer may be shared by any number of connections.
    ///
    /// Frames leave in the order written, together with all others of this tick. Ignored once the connection is
    /// closing. More than `pendingByteCountMax` waiting bytes end the connection with 4102.
    package func write(framed frames: ByteBuffer) {
        guard isOpen && !isOverfull else { return }
        guard sender.pendingByteCount + frames.readableBytes <= server.configuration.pendingByteCountMax else {
            return giveUpOverfull()
        }
        sender.write(frames)
    }

    /// Frames a message and writes it, compressed if that was agreed on and is worth it.
    package func write(_ kind: Message.Kind, _ payload: ByteBuffer) {
        guard isOpen && !isOverfull else { return }
        if let compression, payload.readableBytes >= compression.smallestByteCount {
            write(framed: compression.deflater.frame(kind.opcode, payload))
        } else {
            write(framed: FrameEncoder.frame(kind.opcode, payload))
        }
    }

    /// Writes a frame that many connections get; it is compressed once for all that can share it.
    package func write(_ frame: SharedFrame) {
        guard let compression, frame.messageByteCount >= compression.smallestByteCount else {
            return write(framed: frame.bytes)
        }
        guard compression.sharesFrames else { return write(.text, frame.message) }
        write(framed: frame.deflated { compression.deflater.frame(.text, $0) })
    }

    /// Writes frames that many connections get.
    package func write(_ published: PublishedRun) {
        guard compression == nil else {
            for published in published.frames { write(published.frame) }
            return
        }
        write(framed: published.bytes)
    }

    /// Frames a text message and writes it.
    package func write(text: String) {
        write(.text, ByteBuffer(string: text))
    }

    /// Asks for a pong with this payload of at most 125 bytes.
    package func ping(_ payload: ByteBuffer = ByteBuffer()) {
        precondition(payload.readableBytes <= FrameHeader.controlByteCountMax, "a ping carries at most 125 bytes")
        write(framed: FrameEncoder.frame(.ping, payload))
    }

    /// Sends what was written now instead of at the end of the tick.
    package func flush() {
        sender.flush()
    }

    /// Sends what was written now, and calls back once when all of it has left; never from inside this call, and not after the
    /// connection is gone.
    package func whenDrained(_ callback: @escaping @Sendable () -> Void) {
        sender.whenDrained { self.eventLoop.assumeIsolated().execute(callback) }
    }

    /// Begins the closing handshake; ignored if the connection is closing already.
    ///
    /// What was written before still leaves. The delegate hears `closed` when the peer has answered, or after
    /// `closeTimeout`. The reason is cut after 123 bytes.
    package func close(_ code: CloseCode, reason: String = "") {
        guard let frame = socket.close(code, reason: reason) else { return }
        sender.write(frame)
        sender.flush()
        stopPinging()
        startCloseTimer()
    }
}

// MARK: - What the channel handler reports

extension WebSocketConnection {
    func opened() {
        schedulePing()
        delegate?.opened(self)
    }

    func received(_ bytes: ByteBuffer) {
        keepAlive.heard()
        var bytes = bytes
        while let event = socket.nextEvent(in: &bytes) {
            switch event {
            case .message(let message): deliver(message)
            case .pong(let payload): delegate?.pongReceived(payload, on: self)
            case .send(let frame): sender.write(frame)
            case .closed(let closure): end(with: closure)
            }
        }
        if sender.pendingByteCount > configuration.pendingByteCountMax { giveUpOverfull() }
    }

    /// The peer will send nothing more.
    func inputEnded() {
        if let closure = socket.streamEnded() {
            end(with: closure)
        } else {
            sender.whenDrained { self.closeTransport() }
        }
    }

    /// The server wants to stop.
    func serverStopping() {
        close(.serviceRestart, reason: "server is restarting")
    }

    /// The channel is gone.
    func transportEnded() {
        if let closure = socket.streamEnded() { end(with: closure) }
        closeTimer?.cancel()
        context = nil
        place = nil
        sender.detach()
    }

    private func deliver(_ message: Message) {
        switch message.kind {
        case .text: delegate?.received(text: message.payload, on: self)
        case .binary: delegate?.received(binary: message.payload, on: self)
        }
    }
}

// MARK: - Ending

extension WebSocketConnection {
    private func end(with closure: Closure) {
        self.closure = closure
        stopPinging()
        delegate?.closed(on: self, code: closure.code)
        delegate = nil
        startCloseTimer()
        switch closure.cause {
        case .lost:
            closeTransport()
        case .peer, .local:
            sender.whenDrained { self.closeTransport() }
        case .violation:
            // The peer may be in the middle of sending. Closing with unread input resets the connection, and the
            // reset would overtake our close frame: say that we are done, and discard input until the peer is too.
            sender.whenDrained { self.closeOutput() }
        }
    }

    /// Gives up a peer that lets too much pile up: a close frame would only wait behind it. Not at once, because
    /// whoever writes may be in the middle of a table of connections that `closed` changes.
    private func giveUpOverfull() {
        guard !isOverfull else { return }
        isOverfull = true
        eventLoop.assumeIsolated().execute {
            guard self.socket.close(.peerSlow) != nil, let closure = self.socket.waitedTooLong() else { return }
            self.end(with: closure)
            self.closeTransport()
        }
    }

    private func closeOutput() {
        let promise = eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenFailure { _ in self.closeTransport() }
        context?.close(mode: .output, promise: promise)
    }

    private func closeTransport() {
        context?.close(promise: nil)
    }

    private func startCloseTimer() {
        guard closeTimer == nil, context != nil else { return }
        closeTimer = eventLoop.assumeIsolated().scheduleTask(in: configuration.closeTimeout) {
            if let closure = self.socket.waitedTooLong() { self.end(with: closure) }
            self.closeTransport()
        }
    }
}

// MARK: - Pings

extension WebSocketConnection {
    private func schedulePing() {
        pingTimer = eventLoop.assumeIsolated().scheduleTask(in: configuration.pingInterval) {
            self.pingIntervalPassed()
        }
    }

    private func pingIntervalPassed() {
        switch keepAlive.intervalPassed() {
        case .sendPing:
            ping()
            sender.flush()
            if isOpen { schedulePing() }
        case .giveUp:
            close(.peerSilent, reason: "nothing heard")
        }
    }

    private func stopPinging() {
        pingTimer?.cancel()
        pingTimer = nil
    }
}
