import Actors
import Sessions

/// Has what the actors of one hub publish checked before the broadcaster gets it.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class SimPublisher: Publisher, @unchecked Sendable {
    private let directory: DirectoryStore
    private let next: Broadcaster
    private unowned let world: World
    private let hubNumber: Int
    private var lastSeqs: [Topic: Int64] = [:]

    init(world: World, hubNumber: Int, directory: DirectoryStore, next: Broadcaster) {
        self.world = world
        self.hubNumber = hubNumber
        self.directory = directory
        self.next = next
    }

    func publish(_ publications: [Publication]) {
        for publication in publications where publication.content != .live { check(publication, world.oracle) }
        next.publish(publications)
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
        oracle.model(topic.stream).check(publication, directory.current)
    }
}
