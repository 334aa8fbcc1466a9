internal import NIOCore

/// Cuts links, each at random intervals.
///
/// `@unchecked Sendable`: used on the loop of its links only.
final class Scissors: @unchecked Sendable {
    private let meanMillis: Int64
    private let end: NIODeadline
    private(set) var cutCount = 0

    /// - Parameter meanSeconds: intervals are half as long to one and a half times.
    init(_ links: [HubLink], meanSeconds: Int, until end: NIODeadline) {
        meanMillis = Int64(meanSeconds) * 1000
        self.end = end
        for link in links { schedule(link, Int64.random(in: 0...meanMillis)) }
    }

    private func schedule(_ link: HubLink, _ millis: Int64) {
        link.place.loop.assumeIsolated().scheduleTask(in: .milliseconds(millis)) {
            guard NIODeadline.now() < self.end else { return }
            if link.isOpen {
                self.cutCount += 1
                link.cut()
            }
            self.schedule(link, Int64.random(in: self.meanMillis / 2...self.meanMillis * 3 / 2))
        }
    }
}
