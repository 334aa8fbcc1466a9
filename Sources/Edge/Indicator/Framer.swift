/// Finds frames in a stream of bytes, whatever the splits: incremental, bounded, and always able to find its place again.
///
/// The caller judges each candidate: `take` moves behind a good one, `step` moves one byte on, so that the tail of a
/// bad frame is scanned again. The result never depends on how the bytes were cut into reads.
struct Framer: Sendable {
    enum Find: Equatable {
        case frame([UInt8])
        /// Began like a frame and is none.
        case cut([UInt8])
        /// A line that is an answer and no weight.
        case reply(RefusalReason, [UInt8])
    }

    private(set) var noiseByteCount = 0
    private let recogniser: Recogniser
    private let mask: UInt8
    private var buffer: [UInt8] = []
    private var head = 0
    /// Bytes from `head` on that a refusal already reported; what is found inside them is not reported twice.
    private var reportedByteCount = 0
    private var atBoundary = true

    init(profile: IndicatorProfile) {
        recogniser = Recogniser(profile: profile)
        mask = profile.mask7 == true ? 0x7F : 0xFF
    }

    /// Adds what was read. At most one frame stays behind in the buffer when `next` has been run to nil.
    mutating func append(_ bytes: some Sequence<UInt8>) {
        buffer.removeFirst(head)
        head = 0
        buffer.append(contentsOf: bytes.lazy.map { [mask] in $0 & mask })
    }

    /// The next thing of interest, or nil until more bytes come. With `ended` no more will come: an open frame is a cut one.
    mutating func next(ended: Bool = false) -> (find: Find, reported: Bool)? {
        while head < buffer.count {
            switch recogniser.examine(buffer[head...], atBoundary: atBoundary, ended: ended) {
            case .frame(let count):
                let bytes = Array(buffer[head..<head + count])
                return (.frame(bytes), count <= reportedByteCount)
            case .cut(let count):
                let bytes = Array(buffer[head..<head + count])
                let reported = reportedByteCount > 0
                report(count)
                step()
                return (.cut(bytes), reported)
            case .reply(let reason, let count):
                let bytes = Array(buffer[head..<head + count])
                take(count)
                return (.reply(reason, bytes), false)
            case .nothing:
                step()
            case .more:
                return nil
            }
        }
        return nil
    }

    mutating func take(_ count: Int) {
        head += count
        reportedByteCount = max(0, reportedByteCount - count)
        atBoundary = true
    }

    mutating func step() {
        head += 1
        if reportedByteCount > 0 { reportedByteCount -= 1 } else { noiseByteCount += 1 }
        atBoundary = false
    }

    /// The next `count` bytes belong to a frame that has been refused.
    mutating func report(_ count: Int) { reportedByteCount = max(reportedByteCount, count) }
}
