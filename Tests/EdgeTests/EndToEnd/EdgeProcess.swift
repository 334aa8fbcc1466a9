import Foundation
import Synchronization

/// The built `edge` as a child process, with what it said.
final class EdgeProcess: Sendable {
    private let process: Mutex<Process>
    private let output = Mutex("")
    let identifier: Int32

    init(_ arguments: [String]) throws {
        let directory = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process()
        process.executableURL = URL(filePath: directory).deletingLastPathComponent().appending(path: "edge")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        identifier = process.processIdentifier
        self.process = Mutex(process)
        let reader = Thread { [weak self] in
            while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
                self?.output.withLock { $0 += String(decoding: data, as: UTF8.self) }
            }
        }
        reader.start()
    }

    deinit { kill(identifier, SIGKILL) }

    var log: String { output.withLock { $0 } }

    func logged(_ event: String) -> Int { log.components(separatedBy: #""event":"\#(event)""#).count - 1 }

    /// Power off.
    func killNow() {
        kill(identifier, SIGKILL)
        process.withLock { $0.waitUntilExit() }
    }

    /// For a command that ends by itself.
    ///
    /// - Returns: the exit status.
    func waitForEnd() -> Int32 {
        process.withLock {
            $0.waitUntilExit()
            return $0.terminationStatus
        }
    }

    /// A clean stop.
    ///
    /// - Returns: the exit status.
    func terminate() -> Int32 {
        kill(identifier, SIGTERM)
        return waitForEnd()
    }
}
