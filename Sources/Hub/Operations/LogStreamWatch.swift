import Logging
import NIOPosix
import Persistence
import ServiceLifecycle
import Synchronization

/// Keeps the stream of the write-ahead log to another disk going, and says when it lags.
struct LogStreamWatch: Service {
    let stream: LogStream
    let logger: Logger
    var interval: Duration = .seconds(1)
    /// Behind by more, an operator is told: what the first disk would take with it is more than was promised.
    static let behindMax: Duration = .seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isLate = false
            repeat {
                // Blocks, for as long as a file is opened on a slow disk.
                guard let status = try? await NIOThreadPool.singleton.runIfActive({ look() }) else { return }
                guard isLate != (status.behind > Self.behindMax) else { continue }
                isLate.toggle()
                let metadata: Logger.Metadata = ["bytes": "\(status.bytesBehind)", "seconds": "\(status.seconds)"]
                if isLate {
                    logger.error("the log on the other disk is more than a minute behind", metadata: metadata)
                } else {
                    logger.notice("the log on the other disk has caught up", metadata: metadata)
                }
            } while (try? await Task.sleep(for: interval)) != nil
        }
    }

    private func look() -> LogStream.Status {
        stream.step()
        return stream.status
    }

    static func log(_ note: LogStream.Note, _ logger: Logger) {
        switch note {
        case .started(let folder):
            logger.notice("the database's log is streamed", metadata: ["to": "\(folder)"])
        case .ended(let reason, let again):
            logger.error(
                "the stream of the database's log has ended and is started again",
                metadata: ["reason": "\(reason)", "after": "\(again)"])
        case .leftBehind(let bytes):
            logger.error(
                "stopping before all of the database's log is on the other disk; the rest goes there after the next start",
                metadata: ["bytes": "\(bytes)"])
        case .gap(let folder):
            logger.critical(
                "the stream of the database's log has a gap: take a new backup now",
                metadata: ["set aside": "\(folder)"])
        }
    }
}

extension LogStream.Status {
    var seconds: Int64 { behind.components.seconds }

    /// For the line after `ready`.
    var remark: String {
        "log stream: \(isRunning ? "running" : "NOT RUNNING"), \(bytesBehind) bytes and \(seconds) s behind"
    }

    var samples: [MetricsPage.Sample] {
        [
            .init(
                name: "gwanje_log_stream_running", kind: .gauge, help: "Whether the database's log is being streamed.",
                value: isRunning ? 1 : 0),
            .init(
                name: "gwanje_log_stream_behind_bytes", kind: .gauge,
                help: "Log that is not known to be flushed on the other disk.", value: Double(bytesBehind)),
            .init(
                name: "gwanje_log_stream_behind_seconds", kind: .gauge,
                help: "How long the oldest of it has been waiting.", value: Double(seconds)),
        ]
    }
}
