internal import NIOCore
internal import Wire

/// Somebody who gives commands and sees each to its end: what has no answer is given again, with its key, after a cut and
/// when the hub asks to wait.
///
/// `@unchecked Sendable`: used on the link's loop only, but for `ask`.
final class Commander: LinkUser, @unchecked Sendable {
    enum Outcome: Sendable {
        case committed(seq: Int64)
        case refused(HubSays.Fault)
        /// Only of `ask`: nothing was heard for too long.
        case unanswered
    }

    typealias Done = (Outcome, NIODeadline) -> Void

    private struct Waiting {
        let topic: String
        let name: String
        let key: String
        let frame: [UInt8]
        let done: Done
    }

    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    private static let answerTimeout = TimeAmount.seconds(60)

    let link: HubLink
    private var waiting: [Int: Waiting] = [:]
    private var number = 0
    private let run = String(UInt64.random(in: 0 ... .max), radix: 36)
    /// Commands that were given once more, by the reason: `cut`, or the code of the fault.
    private(set) var repeats: [String: Int] = [:]
    /// Called with each command that was acknowledged.
    var onCommitted: ((_ topic: String, _ name: String, _ key: String, _ seq: Int64) -> Void)?

    init(_ link: HubLink) {
        self.link = link
        link.user = self
    }

    var waitingCount: Int { waiting.count }

    /// - Parameter done: called once, on the loop; not before this returns.
    func give(_ name: String, to topic: String, _ arguments: [UInt8], done: @escaping Done) {
        number += 1
        let key = "\(run):\(number)"
        let frame = ClientSays.command("\(number)", key: key, topic: topic, name: name, arguments: arguments)
        waiting[number] = Waiting(topic: topic, name: name, key: key, frame: frame, done: done)
        link.send(frame)
    }

    /// From any thread: gives a command and waits for its end.
    @discardableResult
    func ask(_ name: String, of topic: String, _ arguments: String) async throws -> Int64 {
        let outcome = await withCheckedContinuation { continuation in
            link.place.loop.execute {
                self.give(name, to: topic, Array(arguments.utf8)) { outcome, _ in
                    continuation.resume(returning: outcome)
                }
                let number = self.number
                self.link.place.loop.assumeIsolated().scheduleTask(in: Self.answerTimeout) {
                    self.waiting.removeValue(forKey: number)?.done(.unanswered, .now())
                }
            }
        }
        switch outcome {
        case .committed(let seq): return seq
        case .refused(let fault): throw Refused(description: "\(topic) \(name): \(fault)")
        case .unanswered: throw Refused(description: "\(topic) \(name): \(link.record.failure ?? "no answer")")
        }
    }

    // MARK: The link speaks

    func opened(epoch: String) {
        link.steady()
        if link.record.welcomeCount > 1, !waiting.isEmpty { repeats["cut", default: 0] += waiting.count }
        for (_, one) in waiting.sorted(by: { $0.key < $1.key }) { link.send(one.frame) }
    }

    func lost() {}

    func heard(_ frame: HubSays, at: NIODeadline) {
        switch frame {
        case .reply(let id, let seq, nil):
            guard let one = Int(id).flatMap({ waiting.removeValue(forKey: $0) }) else { return }
            onCommitted?(one.topic, one.name, one.key, seq)
            one.done(.committed(seq: seq), at)
        case .reply(let id, _, let fault?):
            guard let number = Int(id) else { return }
            guard let after = fault.afterMillis else {
                waiting.removeValue(forKey: number)?.done(.refused(fault), at)
                return
            }
            guard waiting[number] != nil else { return }
            repeats[fault.code, default: 0] += 1
            link.place.loop.assumeIsolated().scheduleTask(in: .milliseconds(after)) { self.repeatOne(number) }
        default: break
        }
    }

    /// It may have been answered meanwhile: a cut has all of them given again.
    private func repeatOne(_ number: Int) {
        if let one = waiting[number] { link.send(one.frame) }
    }
}
