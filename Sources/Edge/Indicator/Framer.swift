/// Finds frames in a stream of bytes, whatever the splits: incremental, bounded, and always able to find its place again.
///
/// The caller judges each candidate: `take` moves behind a good one, `step` moves one byte on, so that the tail of a
/// bad frame is scanned again. The result never depends on how the bytes were cut into reads.
struct Framer: Sendable {
    enum Find: Equatable {
        case frame(FrameMatch)
        /// Began like a frame and is none.
        case cut(RefusalReason)
        /// A line that is an answer and no weight.
        case reply(RefusalReason)
    }

    private(set) var noiseByteCount = 0
    private let recogniser: Recogniser
    private let mask: UInt8
    /// As they came.
    private var buffer: [UInt8] = []
    /// The same without parity bits.
    private var masked: [UInt8] = []
    private var head = 0
    /// Bytes from `head` on that a refusal already reported; what is found inside them is not reported twice.
    private var reportedByteCount = 0
    /// The byte before `head`; nil at the start and behind a frame.
    private var previous: UInt8?

    init(profile: IndicatorProfile) {
        recogniser = Recogniser(profile: profile)
        mask = profile.masksParity ? 0x7F : 0xFF
    }

    /// Adds what was read. At most one frame stays behind in the buffer, and the beginning of the
    /// next, when `next` has been run to nil.
    mutating func append(_ bytes: some Sequence<UInt8>) {
        buffer.removeFirst(head)
        masked.removeFirst(head)
        head = 0
        buffer.append(contentsOf: bytes)
        masked.append(contentsOf: buffer[masked.count...].lazy.map { [mask] in $0 & mask })
    }

    /// The next thing of interest and how many bytes it has, or nil until more bytes come. With `ended` no more will come: an open
    /// frame is a cut one.
    mutating func next(ended: Bool = false) -> (find: Find, count: Int, reported: Bool)? {
        while head < masked.count {
            switch recogniser.examine(masked[head...], after: previous, ended: ended) {
            case .frame(let match): return (.frame(match), match.count, match.count <= reportedByteCount)
            case .cut(let count, let reason): return (.cut(reason), count, reportedByteCount > 0)
            case .reply(let reason, let count): return (.reply(reason), count, count <= reportedByteCount)
            case .nothing: step()
            case .more: return nil
            }
        }
        return nil
    }

    /// The bytes of what `next` has found: as the profile takes them, and as they came.
    func bytes(_ count: Int) -> (masked: [UInt8], raw: [UInt8]) {
        (Array(masked[head..<head + count]), Array(buffer[head..<head + count]))
    }

    /// The line is quiet: what comes next follows nothing.
    mutating func settle() { previous = nil }

    mutating func take(_ count: Int) {
        head += count
        reportedByteCount = max(0, reportedByteCount - count)
        previous = nil
    }

    mutating func step() {
        previous = masked[head]
        head += 1
        if reportedByteCount > 0 { reportedByteCount -= 1 } else { noiseByteCount += 1 }
    }

    /// The next `count` bytes belong to a frame that has been refused; what begins within it is looked for.
    mutating func refuse(_ count: Int) {
        reportedByteCount = max(reportedByteCount, count)
        step()
    }
}
