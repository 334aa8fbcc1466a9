internal import NIOCore
internal import Synchronization
internal import Wire

/// Tells from when on the hub serves: one small command after another over REST, straight to the hub, each until it is
/// committed.
final class Probe: Sendable {
    private struct State {
        var givenAt = NIODeadline.distantPast
        var committedAt = NIODeadline.distantPast
        var commandCount = 0
        var repeatCount = 0
        var refusal: String?
    }

    private let stage: Stage
    private let witness: Witness
    private let topic: String
    private let run = String(UInt64.random(in: 0 ... .max), radix: 36)
    private let state = Mutex(State())

    init(_ stage: Stage, _ witness: Witness) {
        self.stage = stage
        self.witness = witness
        topic = "\(stage.site)/order/\(stage.orderPrefix)probe"
    }

    /// Until it is cancelled.
    func live() async {
        await give("create", #"{"details":{"type":"DELIVERY"}}"#)
        while !Task.isCancelled {
            // Each is an event, as long as nobody else does it.
            await give("lock", #"{"type":"ASSIGN"}"#)
            await give("unlock", "{}")
        }
    }

    /// When a command that was given after `mark` was committed; nil: not yet.
    func committed(after mark: NIODeadline) -> NIODeadline? {
        state.withLock { $0.givenAt > mark ? $0.committedAt : nil }
    }

    /// Attempts in vain, after each of which the command was given again.
    var repeatCount: Int { state.withLock { $0.repeatCount } }
    var refusal: String? { state.withLock { $0.refusal } }

    private func give(_ name: String, _ arguments: String) async {
        let number = state.withLock { state in
            state.commandCount += 1
            return state.commandCount
        }
        let key = "\(run):\(number)"
        let line = ClientSays.command(
            "\(number)", key: key, topic: topic, name: name, arguments: Array(arguments.utf8))
        let givenAt = NIODeadline.now()
        while !Task.isCancelled {
            do {
                let seq = try await stage.rest.command(line, token: stage.account(0).token)
                witness.note(topic, key, seq, eventCount: 1)
                state.withLock { state in
                    // The one that took longest does not hide one that was given before it.
                    state.givenAt = givenAt
                    state.committedAt = .now()
                }
                break
            } catch let failure as REST.Failure where ![0, 429, 500, 502, 503].contains(failure.status) {
                return state.withLock { $0.refusal = $0.refusal ?? "\(name): \(failure)" }
            } catch {
                state.withLock { $0.repeatCount += 1 }
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
        try? await Task.sleep(for: .milliseconds(20))
    }
}
