internal import FoundationEssentials
internal import Logging

/// One JSON object a line on standard error: `at`, `level`, `message`, and the facts.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line: [String: String] = [:]
        for (key, value) in metadata { line[key] = "\(value)" }
        for (key, value) in event.metadata ?? [:] { line[key] = "\(value)" }
        line["at"] = Date().formatted(Self.timestamp)
        line["level"] = event.level.rawValue
        line["message"] = event.message.description
        var output = StandardError()
        output.write(line.jsonLine + "\n")
    }

    private static let timestamp = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
