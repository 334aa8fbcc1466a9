internal import FoundationEssentials

/// What `edge run` reads: one JSON file. Unknown keys are refused, a misspelt one would silently be a default.
package struct EdgeConfiguration: Equatable, Sendable {
    package let hub: HubAddress
    package let apiKeyFile: String
    /// The authority of a private certificate (PEM); without it the system's.
    package let authorityFile: String?
    package let site: String
    package let dataDirectory: String
    /// Of the status page on the loopback address; 0: none.
    package let statusPort: Int
    package let stations: [Station]
    /// The LED board that shows the queue.
    package var board: Board?

    static let defaultStatusPort = 9180

    package struct Board: Equatable, Sendable {
        enum Driver: String, CaseIterable, Sendable {
            case dabit, plain

            var make: any BoardDriver {
                switch self {
                case .dabit: DabitDriver()
                case .plain: PlainDriver()
                }
            }
        }

        let host: String
        let port: Int
        let driver: Driver
        let rows: Int
        let cells: Int

        static let rowCounts = 1...16
        static let cellCounts = 8...64
        static let defaultRows = 2
        static let defaultCells = 12
    }

    package struct Station: Equatable, Sendable {
        package let id: String
        package let topic: String
        package let profile: IndicatorProfile
        package let line: LineAddress
        /// The number of its indicator, where several share a line or the line is asked.
        package let device: Int?
        /// What its indicator is asked with; nil: it speaks by itself.
        package let question: [UInt8]?
        /// Between two questions on its line.
        package let pollInterval: Duration
        package let divisionGrams: Int64
        package let settle: SettleDetector.Settings
        /// Without a reading for so long the indicator is out of order.
        package let silence: Duration
    }
}

/// A configuration that cannot be used: which key, what it says, what was expected.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package let file: String
    package let problem: String

    package var description: String { "\(file): \(problem)" }
}

extension EdgeConfiguration {
    /// Reads the file, and sees that the files it names can be used.
    package static func load(_ path: String) throws(ConfigurationError) -> EdgeConfiguration {
        do {
            let directory = URL(filePath: path).deletingLastPathComponent()
            let configuration = try parse(try FileBytes.read(path), directory: directory.path)
            try configuration.checkFiles()
            return configuration
        } catch let error as ConfigurationError {
            throw ConfigurationError(file: path, problem: error.problem)
        } catch {
            throw ConfigurationError(file: path, problem: "\(error)")
        }
    }

    /// - Parameter directory: where relative paths begin.
    package static func parse(_ json: some Sequence<UInt8>, directory: String) throws -> EdgeConfiguration {
        try ConfigurationFile(directory: directory).read(JSONPlace(node: LocatedJSON(parsing: json), path: ""))
    }

    static func problem(_ text: String) -> ConfigurationError { ConfigurationError(file: "", problem: text) }
}
