import NIOCore
import Synchronization

/// What waits to be written to one reader: filled on the session's loop, emptied by the task of the response.
///
/// It has no bound of its own: whoever fills it counts what was not written yet.
final class LineQueue: Sendable {
    /// Bytes taken at once. A slow reader is seen to read while it takes them one by one.
    static let takenByteCountMax = 16 << 10

    private struct State {
        var waiting = ByteBuffer()
        var isFinished = false
        var reader: CheckedContinuation<ByteBuffer?, Never>?

        /// The reader that waits, with what it is told now; nil when nobody waits, or for nothing yet.
        mutating func answer() -> (CheckedContinuation<ByteBuffer?, Never>, ByteBuffer?)? {
            guard let reader, isFinished || waiting.readableBytes > 0 else { return nil }
            self.reader = nil
            return (reader, take())
        }

        private mutating func take() -> ByteBuffer? {
            guard waiting.readableBytes <= takenByteCountMax else {
                return waiting.readSlice(length: takenByteCountMax)
            }
            // Not shared with what is added later, which would copy it.
            defer { waiting = ByteBuffer() }
            return waiting.readableBytes > 0 ? waiting : nil
        }
    }

    private let state = Mutex(State())

    /// Adds whole lines behind those that wait. Ignored once it is finished.
    func add(_ lines: ByteBuffer) {
        change { state in
            guard !state.isFinished else { return }
            if state.waiting.readableBytes == 0 {
                state.waiting = lines
            } else {
                state.waiting.writeImmutableBuffer(lines)
            }
        }
    }

    /// Nothing comes any more; what waits is still handed out.
    func finish() { change { $0.isFinished = true } }

    /// The next bytes, once there are some; nil at the end. For one caller at a time.
    func next() async -> ByteBuffer? {
        await withCheckedContinuation { continuation in
            change { state in
                precondition(state.reader == nil, "one response reads a queue")
                state.reader = continuation
            }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let answer = state.withLock { state in
            body(&state)
            return state.answer()
        }
        if let (reader, bytes) = answer { reader.resume(returning: bytes) }
    }
}
