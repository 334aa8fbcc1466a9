internal import NIOCore
internal import NIOPosix

/// A board without hardware: takes connections, keeps the lines it was told and answers as a board does.
struct SimulatedBoard: Sendable {
    /// What a DABIT board makes of its bytes. Lines by section; a text without one is line 0.
    struct Memory: Sendable {
        private(set) var lines: [String]
        private var heard: [UInt8] = []
        /// Refuses everything, as a board in trouble does.
        var refuses = false

        init(lines: Int) { self.lines = Array(repeating: "", count: lines) }

        /// - Returns: the answer to each frame that is whole now.
        mutating func take(_ bytes: [UInt8]) -> [UInt8] {
            heard += bytes
            var answers: [UInt8] = []
            while let frame = nextFrame() { answers += answer(frame) }
            return answers
        }

        /// A frame with its check value, as soon as it is whole; what stands before it is dropped.
        private mutating func nextFrame() -> [UInt8]? {
            guard let begin = heard.indices.first(where: { heard[$0...].starts(with: "![".utf8) }) else {
                if heard.count > 4_096 { heard = [] }
                return nil
            }
            guard let end = heard.indices.first(where: { $0 > begin + 4 && heard[$0...].starts(with: "!]".utf8) })
            else {
                return nil
            }
            let checkCount = heard[begin + 3] == UInt8(ascii: "1") ? 2 : 0
            guard heard.count >= end + 2 + checkCount else { return nil }
            defer { heard.removeFirst(end + 2 + checkCount) }
            return Array(heard[begin..<end + 2 + checkCount])
        }

        private mutating func answer(_ frame: [UInt8]) -> [UInt8] {
            let hasCheck = frame[3] == UInt8(ascii: "1")
            let body = hasCheck ? Array(frame.dropLast(2)) : frame
            let isSound = !refuses && (!hasCheck || Array(frame.suffix(2)) == DabitDriver.check(body))
            if isSound { note(Array(body.dropFirst(5).dropLast(2))) }
            return Array("![0".utf8) + body[2...4] + Array((isSound ? "0" : "F").utf8) + Array("!]".utf8)
        }

        private mutating func note(_ text: [UInt8]) {
            var (section, rest) = (0, text[...])
            if rest.starts(with: "/P".utf8), rest.count >= 6 {
                section = Int(String(decoding: rest.dropFirst(4).prefix(2), as: UTF8.self)) ?? 0
                rest = rest.dropFirst(6)
            }
            if lines.indices.contains(section) { lines[section] = BoardText.decoded(Array(rest)) }
        }
    }

    /// Listens; the body hears each picture that is another one.
    ///
    /// - Returns: the channel that listens.
    static func start(
        host: String, port: Int, lines: Int, on loop: any EventLoop, shown: @escaping @Sendable ([String]) -> Void
    ) async throws -> any Channel {
        try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(Memory(lines: lines), shown: shown))
                }
            }
            .bind(host: host, port: port).get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private var memory: Memory
        private let shown: ([String]) -> Void

        init(_ memory: Memory, shown: @escaping ([String]) -> Void) {
            self.memory = memory
            self.shown = shown
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let before = memory.lines
            let answer = memory.take(Array(buffer: unwrapInboundIn(data)))
            if !answer.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil) }
            if memory.lines != before { shown(memory.lines) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
