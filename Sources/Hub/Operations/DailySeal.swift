import Actors
import Logging
import NIOPosix
import Persistence
import ServiceLifecycle

/// Writes the day's seal while the hub runs: once a day (UTC), at the start when the day has none yet, or one of another epoch: the
/// database was restored since, and what that one signs may be lost.
struct DailySeal: Service {
    let database: HubDatabase
    let directory: SealDirectory
    let logger: Logger
    var interval: Duration = .seconds(600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            repeat {
                do {
                    // Blocks while it reads all heads.
                    _ = try await NIOThreadPool.singleton.runIfActive { try seal(LoopLane.wallClock()) }
                } catch {
                    logger.error("the day's seal could not be written", metadata: ["error": "\(error)"])
                }
            } while (try? await Task.sleep(for: interval)) != nil
        }
    }

    /// True when the day had none of this epoch.
    @discardableResult
    func seal(_ now: Instant) throws -> Bool {
        let day = BusinessDate(now, zone: SiteClock(utcOffsetMinutes: 0)).description
        if let epoch = directory.epoch(of: day) {
            guard try epoch != database.epoch() else { return false }
            try directory.setAside(day, of: epoch)
        }
        let seal = try database.heads(madeAt: now.rfc3339, purpose: "daily \(day)")
        try directory.write(try seal.signed(with: try directory.key()), as: day)
        directory.prune()
        logger.info("sealed", metadata: ["day": "\(day)", "streams": "\(seal.heads.count)"])
        return true
    }
}
