import NIOCore

/// Flushes, at the end of an event loop's tick, every connection that was written to during it: one scheduled task
/// per loop and tick, not one per connection. Bound to its loop.
final class TickFlusher {
    private let eventLoop: any EventLoop
    private var due: [FrameSender] = []
    /// What this tick's connections share.
    private(set) var log = TickLog()

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func add(_ sender: FrameSender) {
        due.append(sender)
        if due.count == 1 { eventLoop.assumeIsolated().execute { self.flushAll() } }
    }

    private func flushAll() {
        let senders = due
        due = []
        log = TickLog()
        for sender in senders { sender.flushDue() }
    }
}
