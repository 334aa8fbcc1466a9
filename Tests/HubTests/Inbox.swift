import NIOCore
import NIOPosix
import Synchronization
import Wire

/// What a client has been told and has not looked at yet. Waiting is for a message that fits, never for a time.
final class Inbox: Sendable {
    typealias Predicate = @Sendable (JSONValue) -> Bool

    struct TimedOut: Error, CustomStringConvertible {
        let description: String
    }

    private struct Waiter {
        let fits: Predicate
        let continuation: CheckedContinuation<JSONValue, any Error>
    }

    private struct State {
        var messages: [JSONValue] = []
        var log: [JSONValue] = []
        var waiters: [(id: Int, waiter: Waiter)] = []
        var nextID = 1
        var closure: Closure?
        var closureWaiters: [(id: Int, continuation: CheckedContinuation<Closure, any Error>)] = []
    }

    private let state = Mutex(State())

    /// Everything that ever came, ticks aside.
    var log: [JSONValue] { state.withLock { $0.log } }

    func push(_ message: JSONValue) {
        let continuation = state.withLock { state -> CheckedContinuation<JSONValue, any Error>? in
            if message.op != "tick" { state.log.append(message) }
            if let index = state.waiters.firstIndex(where: { $0.waiter.fits(message) }) {
                return state.waiters.remove(at: index).waiter.continuation
            }
            if message.op != "tick" { state.messages.append(message) }
            return nil
        }
        continuation?.resume(returning: message)
    }

    func end(_ closure: Closure) {
        let (waiters, closures) = state.withLock { state in
            if state.closure == nil { state.closure = closure }
            defer {
                state.waiters = []
                state.closureWaiters = []
            }
            return (state.waiters, state.closureWaiters)
        }
        for (_, waiter) in waiters { waiter.continuation.resume(throwing: TimedOut(description: "closed: \(closure)")) }
        for (_, waiter) in closures { waiter.resume(returning: closure) }
    }

    /// Takes out the first message that fits, once there is one.
    func take(_ what: String, within limit: TimeAmount = .seconds(20), where fits: @escaping Predicate) async throws
        -> JSONValue
    {
        try await withCheckedThrowingContinuation { continuation in
            enum Now { case found(JSONValue), ended(Closure), wait(Int) }
            let now = state.withLock { state -> Now in
                if let index = state.messages.firstIndex(where: fits) {
                    return .found(state.messages.remove(at: index))
                }
                if let closure = state.closure { return .ended(closure) }
                defer { state.nextID += 1 }
                state.waiters.append((state.nextID, Waiter(fits: fits, continuation: continuation)))
                return .wait(state.nextID)
            }
            switch now {
            case .found(let message): continuation.resume(returning: message)
            case .ended(let closure):
                continuation.resume(throwing: TimedOut(description: "waiting for \(what), but \(closure)"))
            case .wait(let id): Self.after(limit) { [self] in giveUp(id, what) }
            }
        }
    }

    /// How the connection ended.
    func closure(within limit: TimeAmount = .seconds(20)) async throws -> Closure {
        try await withCheckedThrowingContinuation { continuation in
            let (closure, id) = state.withLock { state -> (Closure?, Int) in
                state.nextID += 1
                if state.closure == nil { state.closureWaiters.append((state.nextID, continuation)) }
                return (state.closure, state.nextID)
            }
            if let closure { return continuation.resume(returning: closure) }
            Self.after(limit) { [self] in
                let waiter = state.withLock { state in
                    state.closureWaiters.firstIndex { $0.id == id }.map { state.closureWaiters.remove(at: $0) }
                }
                waiter?.continuation.resume(throwing: TimedOut(description: "the connection did not end"))
            }
        }
    }

    /// Takes out everything that fits and is there.
    func takeAll(where fits: Predicate) -> [JSONValue] {
        state.withLock { state in
            let found = state.messages.filter(fits)
            state.messages.removeAll(where: fits)
            return found
        }
    }

    private func giveUp(_ id: Int, _ what: String) {
        let (waiter, seen) = state.withLock { state in
            let waiter = state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            return (waiter, state.messages.suffix(5).map { String($0.json.prefix(300)) })
        }
        waiter?.waiter.continuation.resume(
            throwing: TimedOut(description: "no \(what); the last that came: \(seen.joined(separator: "\n"))"))
    }

    private static func after(_ delay: TimeAmount, _ body: @escaping @Sendable () -> Void) {
        _ = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: delay, body)
    }
}
