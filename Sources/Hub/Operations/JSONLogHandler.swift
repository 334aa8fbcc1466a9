import Actors
import Glibc
import Logging
import Wire

/// One JSON object per line on standard error: time, level, message, and the metadata as members.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = JSONWriter()
        line.member("at", LoopLane.wallClock().milliseconds)
        line.member("level", event.level.rawValue)
        line.member("logger", label)
        line.member("message", event.message.description)
        let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
        if !all.isEmpty {
            var text = Array("{".utf8)
            for (index, (name, value)) in all.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                JSONWriter.append(name, to: &text)
                text.append(UInt8(ascii: ":"))
                JSONWriter.append(value.description, to: &text)
            }
            text.append(UInt8(ascii: "}"))
            line.member("fields", json: text)
        }
        var bytes = line.finish()
        bytes.append(UInt8(ascii: "\n"))
        // One write per line: lines of several threads do not mix.
        bytes.withUnsafeBytes { buffer in _ = Glibc.write(STDERR_FILENO, buffer.baseAddress, buffer.count) }
    }
}
