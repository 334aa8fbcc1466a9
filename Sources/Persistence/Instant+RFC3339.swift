package import Actors
import FoundationEssentials

extension Instant {
    /// The instant that RFC 3339 says, with its offset, to the millisecond below; nil for anything else.
    package init?(rfc3339 text: String) {
        for style in [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)] {
            guard let date = try? Date(text, strategy: style) else { continue }
            let microseconds = (date.timeIntervalSince1970 * 1_000_000).rounded()
            self.init(milliseconds: Int64((microseconds / 1000).rounded(.down)))
            return
        }
        return nil
    }
}
