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
    /// What left on which path, for metrics and tests.
    struct Traffic {
        var directByteCount = 0
        var channelByteCount = 0
        var flushCount = 0
    }

    private(set) var traffic = Traffic()
    private let flusher: TickFlusher
    private let mayWriteDirectly: Bool
    /// Nil once the channel is gone: writes are then dropped.
    private var context: ChannelHandlerContext?
    /// Frames of this tick: a single one is shared with its writer, more are copied together.
    private var gathered = ByteBuffer()
    private var isFlushDue = false
    /// Writes given to the channel whose bytes have not all left.
    private var channelWriteCount = 0
    private var channelPendingByteCount = 0
    private var drained: [() -> Void] = []

    init(context: ChannelHandlerContext, flusher: TickFlusher, mayWriteDirectly: Bool) {
        self.context = context
        self.flusher = flusher
        self.mayWriteDirectly = mayWriteDirectly
    }

    /// Bytes written and not yet taken by the socket. The channel reports a write only when all of it has left, so
    /// this never says too little.
    var pendingByteCount: Int { gathered.readableBytes + channelPendingByteCount }

    /// Adds whole frames behind everything written before; they leave at `flush`, at the latest at the end of the
    /// tick.
    func write(_ frames: ByteBuffer) {
        guard context != nil else { return }
        if gathered.readableBytes == 0 {
            gathered = frames
        } else {
            gathered.writeImmutableBuffer(frames)
        }
        if !isFlushDue {
            isFlushDue = true
            flusher.add(self)
        }
    }

    /// Sends what was gathered.
    func flush() {
        guard gathered.readableBytes > 0, let context else { return }
        var bytes = gathered
        gathered = ByteBuffer()
        traffic.flushCount += 1
        if mayWriteDirectly && channelWriteCount == 0 && context.channel.isActive {
            let sentByteCount = sendDirectly(bytes, on: context)
            traffic.directByteCount += sentByteCount
            bytes.moveReaderIndex(forwardBy: sentByteCount)
        }
        if bytes.readableBytes > 0 { writeToChannel(bytes, on: context) }
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
        gathered = ByteBuffer()
        drained = []
    }

    private func writeToChannel(_ bytes: ByteBuffer, on context: ChannelHandlerContext) {
        traffic.channelByteCount += bytes.readableBytes
        let promise = context.eventLoop.makePromise(of: Void.self)
        track(promise.futureResult, byteCount: bytes.readableBytes)
        context.writeAndFlush(NIOAny(bytes), promise: promise)
    }

    private func track(_ write: EventLoopFuture<Void>, byteCount: Int) {
        channelWriteCount += 1
        channelPendingByteCount += byteCount
        write.assumeIsolated().whenComplete { _ in
            self.channelWriteCount -= 1
            self.channelPendingByteCount -= byteCount
            guard self.channelWriteCount == 0 else { return }
            let drained = self.drained
            self.drained = []
            for callback in drained { callback() }
        }
    }

    /// How many bytes the socket took. Every failure counts as none: the channel's own write meets it again and
    /// reports it where errors belong.
    private func sendDirectly(_ bytes: ByteBuffer, on context: ChannelHandlerContext) -> Int {
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        let sent = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            socket in
            bytes.withUnsafeReadableBytes { send(socket, $0.baseAddress, $0.count, flags) }
        }
        return max(0, sent ?? 0)
    }
}
