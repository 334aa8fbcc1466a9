internal import NIOCore

/// Takes server-sent events apart, whatever the splits. The hub's have one `data` line each; of comments only those count that say why
/// the stream ends.
struct EventLines: Sendable {
    enum Line: Equatable, Sendable {
        case data([UInt8])
        case goodbye(code: UInt16, reason: String)
    }

    /// As long as the longest message over a WebSocket, and no line is longer.
    private static let byteCountMax = 256 << 10
    private static let newline = UInt8(ascii: "\n")
    private var rest = ByteBuffer()

    /// What came last is no line of the hub's.
    var isTooLong: Bool { rest.readableBytes > Self.byteCountMax }

    /// The lines that are whole now.
    mutating func take(_ bytes: ByteBuffer) -> [Line] {
        rest.writeImmutableBuffer(bytes)
        var lines: [Line] = []
        while let end = rest.readableBytesView.firstIndex(of: Self.newline) {
            let count = end - rest.readerIndex
            let line = rest.readBytes(length: count) ?? []
            rest.moveReaderIndex(forwardBy: 1)
            if let read = Self.read(line) { lines.append(read) }
        }
        rest.discardReadBytes()
        return lines
    }

    private static func read(_ line: [UInt8]) -> Line? {
        if line.starts(with: "data: ".utf8) { return .data(Array(line.dropFirst(6))) }
        guard line.starts(with: ": ".utf8) else { return nil }
        let words = String(decoding: line.dropFirst(2), as: UTF8.self).split(separator: " ", maxSplits: 1)
        return words.first.flatMap { UInt16($0) }.map {
            .goodbye(code: $0, reason: words.count > 1 ? String(words[1]) : "")
        }
    }
}
