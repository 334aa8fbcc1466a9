import NIOCore
import Synchronization

/// Something that every event loop has one of, made on first use.
final class PerLoop<Value>: Sendable {
    private let values = Mutex<[ObjectIdentifier: NIOLoopBound<Value>]>([:])
    private let make: @Sendable (any EventLoop) -> Value

    init(make: @escaping @Sendable (any EventLoop) -> Value) { self.make = make }

    /// Must be called on the loop.
    func value(on eventLoop: any EventLoop) -> Value {
        let bound = values.withLock { values in
            let key = ObjectIdentifier(eventLoop)
            if let bound = values[key] { return bound }
            let bound = NIOLoopBound(make(eventLoop), eventLoop: eventLoop)
            values[key] = bound
            return bound
        }
        return bound.value
    }
}
