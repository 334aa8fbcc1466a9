import Actors
import Synchronization

/// Log-ins that ended a moment ago. A socket whose log-in was looked up just before its end opens just after it:
/// whoever ended the log-in did not find the socket, so it is asked about once more.
final class EndedLogins: Sendable {
    /// A look-up that takes longer has failed by then.
    static let memory: Duration = .seconds(60)
    /// Beyond it the oldest are forgotten.
    static let countMax = 4096

    private struct State {
        var ids: Set<String> = []
        var order: [(id: String, at: Instant)] = []
    }

    private let state = Mutex(State())

    func note(_ logins: Set<String>, now: Instant) {
        state.withLock { state in
            for id in logins.sorted() where state.ids.insert(id).inserted { state.order.append((id, now)) }
            let outdated = state.order.prefix { now - $0.at > Self.memory }.count
            let forgotten = max(outdated, state.order.count - Self.countMax)
            for (id, _) in state.order.prefix(forgotten) { state.ids.remove(id) }
            state.order.removeFirst(forgotten)
        }
    }

    func contains(_ login: String) -> Bool { state.withLock { $0.ids.contains(login) } }

    var count: Int { state.withLock { $0.order.count } }
}
