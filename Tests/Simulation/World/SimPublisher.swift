import Actors

/// Takes publications from the actors of one hub, has them checked, and passes them to the subscribers over their links.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class SimPublisher: Publisher, @unchecked Sendable {
    var directory: DirectoryStore?
    private unowned let world: World
    private let hubNumber: Int
    private var subscribers: [Topic: [Subscription]] = [:]
    private var lastSeqs: [Topic: Int64] = [:]

    init(world: World, hubNumber: Int) {
        self.world = world
        self.hubNumber = hubNumber
    }

    func publish(_ publications: [Publication]) {
        let oracle = world.oracle
        for publication in publications {
            if publication.content != .live { check(publication, oracle) }
            for subscription in subscribers[publication.topic] ?? [] { subscription.send(publication) }
        }
    }

    func add(_ subscription: Subscription, to topic: Topic) { subscribers[topic, default: []].append(subscription) }

    func remove(_ subscription: Subscription, from topic: Topic) {
        subscribers[topic]?.removeAll { $0 === subscription }
    }

    func close() {
        for (_, subscriptions) in subscribers.sorted(by: { $0.key < $1.key }) {
            for subscription in subscriptions { subscription.end() }
        }
        subscribers = [:]
    }

    private func check(_ publication: Publication, _ oracle: Oracle) {
        let topic = publication.topic
        world.scheduler.trace.mix(UInt64(publication.seq) &+ topic.stream.stableHash)
        world.scheduler.trace.line(
            "\(world.scheduler.time) hub \(hubNumber) shows \(topic.name) \(topic.view) \(publication.prev)→\(publication.seq) \(publication.content)"
        )
        oracle.expect(
            publication.seq > publication.prev,
            "\(topic.name) \(topic.view): seq \(publication.seq) after \(publication.prev)")
        if let last = lastSeqs[topic] {
            oracle.expect(
                publication.prev == last,
                "\(topic.name) \(topic.view): prev \(publication.prev), shown before was \(last)")
        }
        lastSeqs[topic] = publication.seq
        oracle.model(topic.stream).check(publication, directory?.current ?? Directory())
    }
}
