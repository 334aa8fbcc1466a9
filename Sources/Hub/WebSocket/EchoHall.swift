import Actors
import NIOCore
import Sessions
import Synchronization
import Wire

/// Sends every text message to everyone, its sender included, through the broadcaster that publications of the hub take: one frame
/// per message, one hand-over per loop, one table of followers there. What arrives in one tick of a loop is handed over together, as
/// the events of one commit are. Binary messages go back to their sender.
final class EchoHall: Sendable {
    private let loops: [EchoLoop]
    private let broadcaster: Broadcaster

    /// - Parameters:
    ///   - group: every connection must be on one of its loops.
    ///   - backlogByteCountMax: bytes that wait for a slow listener before it misses messages.
    init(_ group: any EventLoopGroup, backlogByteCountMax: Int) {
        let loops = group.makeIterator().map { EchoLoop(LoopLane($0), backlogByteCountMax: backlogByteCountMax) }
        self.loops = loops
        broadcaster = Broadcaster { loops }
    }

    /// The delegate of one connection on `eventLoop`.
    func makeDelegate(on eventLoop: any EventLoop) -> any WebSocketDelegate {
        guard let loop = loops.first(where: { $0.loop === eventLoop }) else {
            preconditionFailure("a connection on a loop that is not the hall's")
        }
        return EchoListener(loop: loop, broadcaster: broadcaster)
    }
}

/// The listeners on one loop.
///
/// `@unchecked Sendable`: the table is touched on `lane` only.
private final class EchoLoop: PublicationLoop, @unchecked Sendable {
    static let topic = Topic(StreamID(site: "echo", kind: "echo", key: "all"), .board)

    let lane: any Lane
    let loop: any EventLoop
    private let backlogByteCountMax: Int
    private var table = TopicTable<EchoListener>()
    /// Since the last hand-over.
    private var heard: [PublishedFrame] = []

    init(_ lane: LoopLane, backlogByteCountMax: Int) {
        self.lane = lane
        self.loop = lane.loop
        self.backlogByteCountMax = backlogByteCountMax
    }

    func join(_ listener: EchoListener) {
        table.join(Self.topic, listener)
        table.promote(Self.topic, listener)
    }

    func leave(_ listener: EchoListener) { table.leave(Self.topic, listener) }

    func hear(_ frame: SharedFrame, _ broadcaster: Broadcaster) {
        heard.append(PublishedFrame(topic: Self.topic, content: .live, seq: 0, frame: frame))
        guard heard.count == 1 else { return }
        lane.post { [self] in
            let frames = heard
            heard = []
            broadcaster.broadcast(frames)
        }
    }

    func publish(_ runs: [PublishedRun]) {
        for published in runs {
            for listener in table.live(published.topic) {
                guard let connection = listener.connection, connection.pendingByteCount <= backlogByteCountMax else {
                    continue
                }
                connection.write(published)
            }
        }
    }
}

private final class EchoListener: WebSocketDelegate, Hashable {
    private let loop: EchoLoop
    private let broadcaster: Broadcaster
    private(set) var connection: WebSocketConnection?

    init(loop: EchoLoop, broadcaster: Broadcaster) {
        self.loop = loop
        self.broadcaster = broadcaster
    }

    func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        loop.join(self)
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        loop.hear(SharedFrame(Array(text.readableBytesView)), broadcaster)
    }

    func received(binary: ByteBuffer, on connection: WebSocketConnection) { connection.write(.binary, binary) }

    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {}

    func closed(on connection: WebSocketConnection, code: CloseCode) {
        loop.leave(self)
        self.connection = nil
    }

    static func == (one: EchoListener, other: EchoListener) -> Bool { one === other }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
