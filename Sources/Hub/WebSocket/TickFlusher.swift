import NIOCore
import Synchronization

/// Flushes, at the end of an event loop's tick, every connection that was written to during it: one scheduled task
/// per loop and tick, not one per connection. Bound to its loop.
final class TickFlusher {
    private let eventLoop: any EventLoop
    private var due: [FrameSender] = []

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
        for sender in senders { sender.flushDue() }
    }
}

/// The flusher of every event loop, made on first use.
final class TickFlushers: Sendable {
    private let flushers = Mutex<[ObjectIdentifier: NIOLoopBound<TickFlusher>]>([:])

    /// Must be called on the loop.
    func flusher(on eventLoop: any EventLoop) -> TickFlusher {
        let bound = flushers.withLock { flushers in
            let key = ObjectIdentifier(eventLoop)
            if let bound = flushers[key] { return bound }
            let bound = NIOLoopBound(TickFlusher(eventLoop: eventLoop), eventLoop: eventLoop)
            flushers[key] = bound
            return bound
        }
        return bound.value
    }
}
