package import Actors

/// The subscribers of one event loop.
package protocol PublicationLoop: Sendable {
    var lane: any Lane { get }
    /// Hands publications to everyone here who follows their topics, in order. Called on `lane`.
    func publish(_ runs: [PublishedRun])
}

/// Carries publications from the actors' lanes to every loop: encoded and framed once, one hand-over per loop.
package final class Broadcaster: Publisher {
    /// Set once, before the first publication.
    private let loops: @Sendable () -> [any PublicationLoop]

    package init(loops: @escaping @Sendable () -> [any PublicationLoop]) { self.loops = loops }

    package func publish(_ publications: [Publication]) {
        broadcast(publications.map { PublishedFrame($0) })
    }

    /// Always posted, also to the loop that publishes: a picture asked for earlier keeps its place before them.
    package func broadcast(_ frames: [PublishedFrame]) {
        let runs = PublishedRun.runs(of: frames)
        for loop in loops() { loop.lane.post { loop.publish(runs) } }
    }
}
