import Actors

/// One hand-over of a request to a hub. A request that is sent twice is delivered twice, and each is answered once.
final class Delivery: @unchecked Sendable {
    let ask: Ask
    let hub: SimHub
    var replyCount = 0

    init(_ ask: Ask, to hub: SimHub) {
        self.ask = ask
        self.hub = hub
    }
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
        let ask = delivery.ask
        scheduler.trace.line("\(scheduler.time) hub \(delivery.hub.number) answers \(ask): \(outcome.summary)")
        scheduler.trace.mix(ask.to.stableHash &+ UInt64(outcome.summary.utf8.count))
        expect(delivery.replyCount == 1, "\(ask) is answered twice by one hub")
        let record = store.command(CommandKey(principal: ask.principal.id, key: ask.key), at: ask.to)
        switch outcome {
        case .committed(let seq):
            guard let record else {
                // Nothing had to change, so nothing is remembered.
                return expect(seq <= store.version(of: ask.to), "\(ask): told \(seq) before it is durable")
            }
            expect(record.body == ask.body, "\(ask): told another command's answer")
            expect(record.seq == seq, "\(ask): told \(seq), the command is durable at \(record.seq)")
        case .rejected(let rejection):
            expect(record?.body != ask.body, "\(ask): told \(rejection.code), but it is durable at \(record?.seq ?? 0)")
        case .versionConflict:
            expect(record?.body != ask.body, "\(ask): told versionConflict, but it is durable at \(record?.seq ?? 0)")
        case .keyReused:
            expect(record != nil && record?.body != ask.body, "\(ask): told keyReused without reason")
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
