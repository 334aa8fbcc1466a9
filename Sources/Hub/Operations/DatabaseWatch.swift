import Logging
import NIOPosix
import Persistence
import ServiceLifecycle

/// Starts the private PostgreSQL again when it is gone, for as long as the hub runs. The journal's threads connect anew by themselves.
struct DatabaseWatch: Service {
    let database: Database
    let logger: Logger
    var interval: Duration = .seconds(2)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: interval)) != nil {
                do {
                    // Blocks, for as long as a recovery takes.
                    let wasGone = try await NIOThreadPool.singleton.runIfActive { try database.revive() }
                    if wasGone { logger.error("the database was gone and has been started again") }
                } catch {
                    logger.critical("the database cannot be started", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
