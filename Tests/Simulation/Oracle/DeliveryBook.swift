import Actors

/// One hand-over of a request to a hub. A request that is sent twice is delivered twice, and each is answered once.
final class Delivery: CustomStringConvertible, @unchecked Sendable {
    let key: CommandKey
    let to: StreamID
    let body: [UInt8]
    let hub: SimHub
    var replyCount = 0
    private let text: String

    init(_ request: Request, to stream: StreamID, at hub: SimHub) {
        key = request.commandKey
        to = stream
        body = request.body
        text = request.name
        self.hub = hub
    }

    var description: String { "\(key.principal) \(key.key) \(to).\(text)" }
}

struct DeliveryBook {
    private var all: [Delivery] = []
    private(set) var replyCount = 0

    mutating func add(_ delivery: Delivery) { all.append(delivery) }

    /// Deliveries that a hub which is still up never answered.
    var unanswered: [Delivery] { all.filter { $0.replyCount == 0 && $0.hub.isUp } }

    mutating func count() { replyCount += 1 }
}

extension Oracle {
    func replied(_ delivery: Delivery, _ outcome: Outcome) {
        delivery.replyCount += 1
        deliveries.count()
        scheduler.trace.line("\(scheduler.time) hub \(delivery.hub.number) answers \(delivery): \(outcome.summary)")
        scheduler.trace.mix(delivery.to.stableHash &+ UInt64(outcome.summary.utf8.count))
        expect(delivery.replyCount == 1, "\(delivery) is answered twice by one hub")
        let record = store.command(delivery.key, at: delivery.to)
        switch outcome {
        case .committed(let seq):
            guard let record else {
                // Nothing had to change, so nothing is remembered.
                return expect(seq <= store.version(of: delivery.to), "\(delivery): told \(seq) before it is durable")
            }
            // Nothing had to change, and only then the key was used for something else.
            if record.body != delivery.body, seq < record.seq { return }
            expect(record.body == delivery.body, "\(delivery): told another command's answer")
            expect(record.seq == seq, "\(delivery): told \(seq), the command is durable at \(record.seq)")
        case .rejected(let rejection):
            expect(
                record?.body != delivery.body,
                "\(delivery): told \(rejection.code), but it is durable at \(record?.seq ?? 0)")
        case .versionConflict:
            expect(
                record?.body != delivery.body,
                "\(delivery): told versionConflict, but it is durable at \(record?.seq ?? 0)")
        case .keyReused:
            expect(record != nil && record?.body != delivery.body, "\(delivery): told keyReused without reason")
        case .busy, .unavailable: break
        }
    }
}

extension Outcome {
    var summary: String {
        switch self {
        case .committed(let seq): "committed \(seq)"
        case .rejected(let rejection): "rejected \(rejection.code)"
        case .keyReused: "keyReused"
        case .versionConflict(let current): "versionConflict \(current)"
        case .busy: "busy"
        case .unavailable: "unavailable"
        }
    }
}
