package import Actors

/// Carries publications from the actors' lanes to every loop: encoded and framed once, one hand-over per loop.
package final class Broadcaster: Publisher {
    /// Set once, before the first publication.
    private let loops: @Sendable () -> [SessionLoop]

    package init(loops: @escaping @Sendable () -> [SessionLoop]) { self.loops = loops }

    package func publish(_ publications: [Publication]) {
        let frames = publications.map { SharedFrame($0) }
        // Always posted, also to the loop that publishes: a picture asked for earlier keeps its place before them.
        for loop in loops() { loop.lane.post { loop.publish(frames) } }
    }
}
