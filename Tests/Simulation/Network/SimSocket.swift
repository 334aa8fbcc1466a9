import NIOCore
import Sessions
import Wire

/// A connection between a terminal and one loop of a hub. Frames keep their order and arrive late; what is under way when the link
/// breaks is lost, and each end learns of it in its own time.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class SimSocket: SessionConnection, @unchecked Sendable {
    enum Event {
        case message([UInt8])
        /// The hub has closed, or is gone.
        case closed
    }

    let hub: SimHub
    private let loop: SessionLoop
    private let lane: SimLane
    private unowned let world: World
    private let hear: @Sendable (Event) -> Void

    /// The loop's handle, once the connection has arrived there.
    private var member: Int?
    private var isBroken = false
    private var hubHasClosed = false
    private var hubKnows = false
    private var upFreeAt: Int64 = 0
    private var downFreeAt: Int64 = 0
    private var machine = WebSocketProtocol(clientWith: WebSocketLimits(), nextMaskKey: { MaskKey(0) })
    /// Bytes that this peer takes in a millisecond.
    private let pace: Int

    private(set) var pendingByteCount = 0
    private var waiting: [@Sendable () -> Void] = []

    init(_ hub: SimHub, loop: Int, world: World, hear: @escaping @Sendable (Event) -> Void) {
        self.hub = hub
        self.loop = hub.loops[loop]
        lane = hub.lanes[loop]
        self.world = world
        self.hear = hear
        pace = world.luck.chance(10) ? world.luck.within(2...20) : 100_000
    }

    func open() {
        up { [self] in member = loop.opened(self) }
    }

    // MARK: The terminal's end

    /// The link may break under it.
    func say(_ message: [UInt8]) {
        if world.isCut() { return breakLink() }
        up { [self] in
            if let member { loop.received(message, from: member) }
        }
    }

    /// Nothing passes from here on; the hub finds out later.
    func cut(hubLearnsWithin milliseconds: Int) {
        guard !isBroken else { return }
        isBroken = true
        world.scheduler.after(Int64(world.luck.within(0...milliseconds)), on: lane) { [self] in tellHub() }
    }

    /// The terminal hears of it, too.
    func breakLink() {
        guard !isBroken else { return }
        cut(hubLearnsWithin: 6000)
        world.outside(after: world.luck.within(0...3000)) { [self] in hear(.closed) }
    }

    private func up(_ body: @escaping @Sendable () -> Void) {
        guard !isBroken else { return }
        let at = max(upFreeAt, world.scheduler.time + Int64(world.luck.within(1...40)))
        upFreeAt = at
        world.scheduler.after(at - world.scheduler.time, on: lane) { [self] in
            if !isBroken { body() }
        }
    }

    private func tellHub() {
        guard !hubKnows else { return }
        hubKnows = true
        if let member { loop.closed(member) }
    }

    // MARK: The hub's end

    func send(_ message: [UInt8]) { send(SharedFrame(message)) }

    func send(_ frame: SharedFrame) { write(frame.bytes) }

    func send(_ published: PublishedRun) { write(published.bytes) }

    private func write(_ frames: ByteBuffer) {
        guard !hubHasClosed, !Self.isTick(frames) else { return }
        let byteCount = frames.readableBytes
        pendingByteCount += byteCount
        down(after: byteCount / pace) { [self] in
            pendingByteCount -= byteCount
            receive(frames)
            if pendingByteCount == 0 { callBack() }
        }
    }

    func whenDrained(_ callback: @escaping @Sendable () -> Void) {
        waiting.append(callback)
        if pendingByteCount == 0 { callBack() }
    }

    private func callBack() {
        let callbacks = waiting
        waiting = []
        guard !callbacks.isEmpty else { return }
        world.scheduler.after(0, on: lane) { [self] in
            if !hubKnows { for callback in callbacks { callback() } }
        }
    }

    func close(_ code: CloseCode, reason: String) {
        guard !hubHasClosed else { return }
        hubHasClosed = true
        down(after: 0) { [self] in
            isBroken = true
            hear(.closed)
        }
        world.scheduler.after(Int64(world.luck.within(0...50)), on: lane) { [self] in tellHub() }
    }

    private func down(after milliseconds: Int, _ body: @escaping @Sendable () -> Void) {
        guard !isBroken else { return }
        let at = max(downFreeAt, world.scheduler.time + Int64(world.luck.within(1...30))) + Int64(milliseconds)
        downFreeAt = at
        world.outside(after: Int(at - world.scheduler.time)) { [self] in
            if !isBroken { body() }
        }
    }

    private func receive(_ frames: ByteBuffer) {
        var frames = frames
        while let event = machine.nextEvent(in: &frames) {
            guard case .message(let message) = event else { return world.oracle.fail("a terminal gets \(event)") }
            hear(.message(Array(message.payload.readableBytesView)))
        }
    }

    private static let tick = Array(#"{"op":"tick""#.utf8)

    /// The second hand says nothing that a world without people would miss, and costs more than the rest.
    private static func isTick(_ frames: ByteBuffer) -> Bool {
        frames.getBytes(at: frames.readerIndex + 2, length: tick.count) == tick
    }
}
