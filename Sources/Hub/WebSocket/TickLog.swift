import NIOCore

/// Frames that connections of one loop have to send at the end of a tick, in order.
///
/// Most connections get the same frames, so they share a log: each stands behind its last frame in it, and the bytes are put
/// together once for all of them. Who gets another frame than the one that follows there goes on in a branch of his own.
/// Bound to its loop; dropped with the tick.
final class TickLog {
    private struct Entry {
        let frame: ByteBuffer
        /// Bytes up to the end of this frame.
        let end: Int
    }

    private var entries: [Entry] = []
    /// The bytes of the first `joinedCount` frames, as far as somebody sent them.
    private var joined = ByteBuffer()
    private var joinedCount = 0
    /// The last branch made, and the number of frames that it shares with this log.
    private var branch: (start: Int, log: TickLog)?

    /// Puts a frame behind the first `count`.
    ///
    /// - Returns: the log whose first `count + 1` frames these are: this one as a rule, because the next connection writes the
    ///   same buffer.
    func following(_ count: Int, _ frame: ByteBuffer) -> TickLog {
        if count == entries.count {
            append(frame)
            return self
        }
        return entries[count].frame.isSame(as: frame) ? self : branch(count, frame)
    }

    /// The first `count` frames, one or more.
    func bytes(_ count: Int) -> ByteBuffer {
        if count == 1 { return entries[0].frame }
        while joinedCount < count {
            joined.writeImmutableBuffer(entries[joinedCount].frame)
            joinedCount += 1
        }
        return joined.getSlice(at: joined.readerIndex, length: entries[count - 1].end) ?? ByteBuffer()
    }

    private func append(_ frame: ByteBuffer) {
        entries.append(Entry(frame: frame, end: (entries.last?.end ?? 0) + frame.readableBytes))
    }

    /// What is written next to one connection after another is mostly the same again: the last branch will do.
    private func branch(_ start: Int, _ frame: ByteBuffer) -> TickLog {
        if let branch, branch.start == start, branch.log.entries[start].frame.isSame(as: frame) { return branch.log }
        let log = TickLog()
        log.entries = Array(entries[..<start])
        log.append(frame)
        branch = (start, log)
        return log
    }
}

extension ByteBuffer {
    /// Whether both are the same bytes of the same memory.
    fileprivate func isSame(as other: ByteBuffer) -> Bool {
        withUnsafeReadableBytes { one in
            other.withUnsafeReadableBytes { one.baseAddress == $0.baseAddress && one.count == $0.count }
        }
    }
}
