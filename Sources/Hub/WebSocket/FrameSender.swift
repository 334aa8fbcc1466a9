import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The way out of one connection: gathers the frames of a tick and sends them with one write, in order.
///
/// A send costs the kernel 3.5–5 µs whatever we do, so a tick's frames leave together. NIO's own write path costs
/// half as much again; while nothing is pending on the channel the bytes go straight to the socket. What the socket
/// does not take goes through the channel, and so does everything after it until the channel has sent it all: the
/// two paths never hold bytes at the same time, which is what keeps the order. Bound to the channel's loop.
final class FrameSender {
    // What a direct write touches stands together, as in `WebSocketConnection`.

    /// The frames of this tick: the first `gatheredCount` of the log.
    private var log: TickLog?
    private var gatheredCount = 0
    private var gatheredByteCount = 0
    /// Writes given to the channel whose bytes have not all left.
    private var channelWriteCount = 0
    private var channelPendingByteCount = 0
    /// The descriptor of the socket; nil when there is none, it may not be written to, or the channel is about to go. NIO finds it
    /// by a dynamic cast that costs half of a send, so it is asked once. NIO closes it on this loop, and before anyone can write
    /// again it fails the writes that are waiting and tells that the channel is inactive.
    private var socket: NIOBSDSocket.Handle?
    private var isFlushDue = false
    /// Bytes that went straight to the socket.
    private(set) var directByteCount = 0
    private let flusher: TickFlusher

    /// Bytes given to the channel.
    private(set) var channelByteCount = 0
    /// Nil once the channel is gone: writes are then dropped.
    private var context: ChannelHandlerContext?
    private var drained: [() -> Void] = []

    init(context: ChannelHandlerContext, flusher: TickFlusher, mayWriteDirectly: Bool) {
        self.context = context
        self.flusher = flusher
        socket = mayWriteDirectly ? Self.socket(of: context) : nil
    }

    /// Bytes written and not yet taken by the socket. The channel reports a write only when all of it has left, so
    /// this never says too little.
    var pendingByteCount: Int { gatheredByteCount + channelPendingByteCount }

    /// Adds whole frames behind everything written before; they leave at `flush`, at the latest at the end of the
    /// tick.
    func write(_ frames: ByteBuffer) {
        log = (log ?? flusher.log).following(gatheredCount, frames)
        gatheredCount += 1
        gatheredByteCount += frames.readableBytes
        if !isFlushDue {
            isFlushDue = true
            flusher.add(self)
        }
    }

    /// Sends what was gathered.
    func flush() {
        guard let log else { return }
        var bytes = log.bytes(gatheredCount)
        forgetGathered()
        if let socket, channelWriteCount == 0 {
            let sentByteCount = Self.sendNow(bytes, to: socket)
            directByteCount += sentByteCount
            guard sentByteCount < bytes.readableBytes else { return }
            bytes.moveReaderIndex(forwardBy: sentByteCount)
        }
        writeToChannel(bytes)
    }

    /// The flush at the end of a tick.
    func flushDue() {
        isFlushDue = false
        flush()
    }

    /// Counts a write the channel got before this sender existed, so that no direct write overtakes it.
    func follow(_ earlierWrite: EventLoopFuture<Void>) {
        track(earlierWrite, byteCount: 0)
    }

    /// Calls back, once, when everything written so far has left, possibly at once. Not after `detach`.
    func whenDrained(_ callback: @escaping () -> Void) {
        guard context != nil else { return }
        flush()
        guard channelWriteCount > 0 else { return callback() }
        drained.append(callback)
    }

    /// The channel is gone, and what was not sent with it.
    func detach() {
        context = nil
        socket = nil
        forgetGathered()
        drained = []
    }

    private func forgetGathered() {
        log = nil
        gatheredCount = 0
        gatheredByteCount = 0
    }

    private func writeToChannel(_ bytes: ByteBuffer) {
        guard let context else { return }
        channelByteCount += bytes.readableBytes
        let promise = context.eventLoop.makePromise(of: Void.self)
        track(promise.futureResult, byteCount: bytes.readableBytes)
        context.writeAndFlush(NIOAny(bytes), promise: promise)
    }

    private func track(_ write: EventLoopFuture<Void>, byteCount: Int) {
        channelWriteCount += 1
        channelPendingByteCount += byteCount
        write.assumeIsolated().whenComplete { outcome in
            if case .failure = outcome { self.socket = nil }
            self.channelWriteCount -= 1
            self.channelPendingByteCount -= byteCount
            guard self.channelWriteCount == 0 else { return }
            let drained = self.drained
            self.drained = []
            for callback in drained { callback() }
        }
    }

    private static func socket(of context: ChannelHandlerContext) -> NIOBSDSocket.Handle? {
        try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
    }

    /// How many bytes the socket took. Every failure counts as none: the channel's own write meets it again and
    /// reports it where errors belong.
    private static func sendNow(_ bytes: ByteBuffer, to socket: NIOBSDSocket.Handle) -> Int {
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        return bytes.withUnsafeReadableBytes { max(0, send(socket, $0.baseAddress, $0.count, flags)) }
    }
}
