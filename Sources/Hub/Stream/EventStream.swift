import Actors
import Glibc
import Hummingbird
import NIOCore
import Sessions
import Wire

/// Server-sent events for one reader: a session whose messages leave as lines of an HTTP answer. What it may say itself, it has
/// said with the request.
///
/// `@unchecked Sendable`: everything but `lines` and `channel` is touched on the channel's loop only; the task that writes the
/// answer comes there by `execute`.
final class EventStream: SessionConnection, @unchecked Sendable {
    /// How long a reader waits before it comes back, unless it is told another time.
    static let retryMillis = 1000

    private let lines = LineQueue()
    private let channel: any Channel
    private let sessions: SessionLoop
    private let configuration: WebSocketConfiguration
    /// Among the sessions of its address; nil once it has ended.
    private var place: AddressCounts.Place?
    /// The session's handle; nil before it is open and once it has ended.
    private var id: Int?
    /// Where the reader will be when it has read all that was written.
    private var cursor: StreamCursor
    /// Nothing is written behind the last line.
    private var isOpen = true
    private var keepAlive: KeepAlive
    private var keepAliveTimer: Scheduled<Void>?
    /// Runs from the last line to its departure.
    private var closeTimer: Scheduled<Void>?
    /// Waiting for everything that was written to leave.
    private var drained: [@Sendable () -> Void] = []
    /// Bytes that the channel has not taken yet. It takes more while it holds less than 64 KiB.
    private(set) var pendingByteCount = 0

    /// - Parameter epoch: the hub's, to which the positions in the stream belong.
    init(
        on channel: any Channel, sessions: SessionLoop, place: AddressCounts.Place, epoch: String,
        configuration: WebSocketConfiguration
    ) {
        self.channel = channel
        self.sessions = sessions
        self.place = place
        self.configuration = configuration
        cursor = StreamCursor(epoch: epoch)
        keepAlive = KeepAlive(silentIntervalCountMax: configuration.silentIntervalCountMax)
    }

    // MARK: Beginning, on the loop

    /// Opens the session and subscribes to the topics, in their order. If it is not opened, nothing is written.
    func open(
        as identity: Identity, topics: [String], after last: StreamCursor?
    ) -> SessionLoop.Admission {
        if let last, last.epoch == cursor.epoch { cursor.seqs = last.seqs.filter { topics.contains($0.key) } }
        add(ByteBuffer(string: "retry: \(Self.retryMillis)\n\n"))
        let admission = sessions.opened(self, as: identity)
        guard case .opened(let id) = admission else { return admission }
        self.id = id
        for (index, topic) in topics.enumerated() {
            sessions.received(Self.subscribe("\(index + 1)", topic, after: last), from: id)
        }
        scheduleKeepAlive()
        giveUpWhenUnacknowledged()
        channel.closeFuture.whenComplete { [weak self] _ in self?.ended() }
        return admission
    }

    private static func subscribe(_ id: String, _ topic: String, after last: StreamCursor?) -> [UInt8] {
        var message = JSONWriter()
        message.member("op", "sub")
        message.member("id", id)
        message.member("topic", topic)
        if let last, let seq = last.seqs[topic] {
            var cursor = JSONWriter()
            cursor.member("epoch", last.epoch)
            cursor.member("seq", seq)
            message.member("cursor", json: cursor.finish())
        }
        return message.finish()
    }

    // MARK: The session speaks

    func send(_ message: [UInt8]) { write(message) }

    func send(_ frame: SharedFrame) { write(Array(frame.message.readableBytesView)) }

    func send(_ published: PublishedRun) {
        let topic = published.isLive ? nil : published.topic.name
        for one in published.frames { write(one.frame.message, at: topic.map { ($0, one.seq) }) }
    }

    func whenDrained(_ callback: @escaping @Sendable () -> Void) {
        guard isOpen else { return }
        guard pendingByteCount > 0 else { return channel.eventLoop.execute(callback) }
        drained.append(callback)
    }

    func close(_ code: CloseCode, reason: String) {
        add(ByteBuffer(string: ": \(code.rawValue) \(reason)\n\n"))
        finish()
    }

    func drain(afterMillis: Int64) {
        add(ByteBuffer(string: "retry: \(afterMillis)\n"))
        send(ServerMessage.drain(afterMillis: afterMillis))
        close(.draining, reason: "drain")
    }

    /// A message whose place in the stream it says itself.
    private func write(_ message: [UInt8]) {
        let fields = try? JSONMembers(message)
        let op = fields?.string("op") ?? ""
        var place: (topic: String, seq: Int64)?
        // `resumed` names the seq that the reader will have reached when the missed events are there.
        if ["snapshot", "event", "state"].contains(op), let topic = fields?.string("topic"),
            let seq = fields?.integer("seq")
        {
            place = (topic, seq)
        }
        write(ByteBuffer(bytes: message), at: place)
        // A reader cannot ask again on the same stream: it comes back, or hears in the answer why it may not.
        if op == "ended" || op == "error" { finish() }
    }

    /// - Parameter place: where the reader will be when it has read this; nil when it will be where it was.
    private func write(_ message: ByteBuffer, at place: (topic: String, seq: Int64)?) {
        guard isOpen else { return }
        var lines = ByteBuffer()
        if let place {
            cursor.seqs[place.topic] = place.seq
            lines.writeString("id: \(cursor.text)\n")
        }
        lines.writeString("data: ")
        // A raw line break can only stand between the tokens of the JSON, where a blank means the same.
        lines.writeBytes(message.readableBytesView.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
        lines.writeString("\n\n")
        add(lines)
    }

    // MARK: Writing

    /// Writes what the session says until the stream ends. From the task of the answer.
    @concurrent func write(to writer: inout any ResponseBodyWriter) async throws {
        let loop = channel.eventLoop
        defer { loop.execute { self.ended() } }
        while let bytes = await lines.next() {
            try await writer.write(bytes)
            loop.execute { self.wrote(bytes.readableBytes) }
        }
        try await writer.finish(nil)
    }

    private func add(_ bytes: ByteBuffer) {
        guard isOpen else { return }
        guard pendingByteCount + bytes.readableBytes <= configuration.pendingByteCountMax else { return giveUp() }
        pendingByteCount += bytes.readableBytes
        lines.add(bytes)
    }

    private func wrote(_ byteCount: Int) {
        pendingByteCount -= byteCount
        keepAlive.heard()
        guard pendingByteCount == 0 else { return }
        let callbacks = drained
        drained = []
        for callback in callbacks { callback() }
    }

    private func scheduleKeepAlive() {
        keepAliveTimer = channel.eventLoop.scheduleTask(in: configuration.pingInterval) { [weak self] in
            self?.intervalPassed()
        }
    }

    private func intervalPassed() {
        guard isOpen else { return }
        switch keepAlive.intervalPassed() {
        case .sendPing:
            add(ByteBuffer(string: ":\n\n"))
            scheduleKeepAlive()
        case .giveUp: giveUp()
        }
    }

    /// A reader that vanished without a word takes nothing of what the kernel goes on sending: after as long as a silent WebSocket
    /// the kernel ends the connection.
    private func giveUpWhenUnacknowledged() {
        let interval = Int(configuration.pingInterval.nanoseconds / 1_000_000)
        let millis = interval * (configuration.silentIntervalCountMax + 1)
        _ = channel.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)), value: millis)
    }

    // MARK: Ending

    /// What was written still leaves, if the reader takes it in time.
    private func finish() {
        guard isOpen else { return }
        isOpen = false
        lines.finish()
        closeTimer = channel.eventLoop.scheduleTask(in: configuration.closeTimeout) { [channel] in
            channel.close(promise: nil)
        }
    }

    /// Not at once: whoever writes may be in the middle of a table of sessions, which the end changes.
    private func giveUp() {
        isOpen = false
        channel.eventLoop.execute { [channel] in channel.close(promise: nil) }
    }

    /// The answer is written, or cannot be any more.
    private func ended() {
        isOpen = false
        lines.finish()
        keepAliveTimer?.cancel()
        closeTimer?.cancel()
        drained = []
        place = nil
        guard let id else { return }
        self.id = nil
        sessions.closed(id)
    }
}
