internal import CEpoll
internal import Glibc
internal import NIOCore
internal import Wire

/// What one stretch of broadcasting gave.
struct AudienceFigures: Sendable {
    /// Broadcasts that reached everyone.
    var messageCount = 0
    var seconds = 0.0
    /// From the send of a message to when the last socket of all had it.
    var latencies = Latencies()
}

/// Many sockets of one server, the first of which also sends; all in the calling thread.
///
/// While messages are on their way the thread asks for news without ever sleeping: a server that had to wake it up would
/// pay for that, which no server does for readers on other machines.
final class Audience {
    private let dialect: Dialect
    private let poller: CInt
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 2 * RawSocket.readByteCountMax, alignment: 16)
    private var readable = [UInt32](repeating: 0, count: readableCountMax)
    private var sockets: [RawSocket] = []
    /// The number of the message that each socket hears next.
    private var nexts: [Int] = []
    private var sentCount = 0
    private var doneCount = 0
    /// Of the messages on their way, by number modulo `inFlightMax`: how many sockets wait for it, and when it was sent.
    private var waitingCounts = [Int](repeating: 0, count: inFlightMax)
    private var sentAt = [UInt64](repeating: 0, count: inFlightMax)

    static let inFlightMax = 1024
    private static let readableCountMax = 256
    private static let silenceMaxNanoseconds: UInt64 = 30_000_000_000

    /// Opens the sockets one after the other. Blocks.
    init(port: Int, dialect: Dialect, count: Int) throws {
        self.dialect = dialect
        poller = gwanje_epoll_create()
        for index in 0..<count {
            let socket = try RawSocket(port: port, dialect: dialect, buffer: buffer)
            guard gwanje_epoll_add(poller, socket.descriptor, UInt32(index)) == 0 else {
                throw RawSocket.Failed.last("epoll")
            }
            sockets.append(socket)
            nexts.append(0)
        }
    }

    deinit {
        close(poller)
        buffer.deallocate()
    }

    /// Keeps `inFlight` messages on their way for `seconds`: the next is sent when one has reached everyone. Returns when
    /// all have.
    ///
    /// - Throws: when a socket hears another message than the next, or nothing is heard for 30 s.
    func broadcast(inFlight: Int, seconds: Double) throws -> AudienceFigures {
        precondition(inFlight <= Self.inFlightMax, "that many are not kept count of")
        var figures = AudienceFigures()
        let start = Self.now()
        let end = start + UInt64(seconds * 1_000_000_000)
        var heardAt = start
        try send(inFlight)
        while doneCount < sentCount {
            let count = Int(gwanje_epoll_poll(poller, &readable, Int32(readable.count), 0))
            let doneBefore = doneCount
            for index in 0..<max(0, count) { try read(Int(readable[index]), &figures) }
            let now = Self.now()
            if count > 0 { heardAt = now }
            guard now < heardAt + Self.silenceMaxNanoseconds else {
                throw RawSocket.Failed(description: "message \(doneCount) did not reach everyone")
            }
            if doneCount > doneBefore && now < end { try send(doneCount - doneBefore) }
        }
        figures.seconds = Double(Self.now() - start) / 1_000_000_000
        return figures
    }

    private func send(_ count: Int) throws {
        var frames = ByteBuffer()
        let (head, tail) = dialect.wrapping
        let now = Self.now()
        for number in sentCount..<(sentCount + count) {
            let text = head + NumberedMessage.text(number) + tail
            frames.writeImmutableBuffer(RawSocket.frame(.text, text.utf8))
            waitingCounts[number % Self.inFlightMax] = sockets.count
            sentAt[number % Self.inFlightMax] = now
        }
        sentCount += count
        try sockets[0].send(frames.readableBytesView)
    }

    private func read(_ index: Int, _ figures: inout AudienceFigures) throws {
        var heardCount = 0
        let next = nexts[index]
        let (dialect, offset) = (dialect, dialect.wrapping.head.utf8.count)
        var answer: ByteBuffer?
        try sockets[index].read(into: buffer) { opcode, payload in
            switch opcode {
            case Opcode.text.rawValue:
                if let number = NumberedMessage.number(in: payload, at: offset) {
                    guard number == next + heardCount else {
                        throw RawSocket.Failed(description: "message \(number) came instead of \(next + heardCount)")
                    }
                    heardCount += 1
                } else if let text = dialect.answer(to: payload) {
                    answer = RawSocket.frame(.text, text.utf8)
                }
            case Opcode.ping.rawValue: answer = RawSocket.frame(.pong, payload)
            default: throw RawSocket.Failed(description: "a frame of type \(opcode)")
            }
        }
        if let answer { try sockets[index].send(answer.readableBytesView) }
        nexts[index] = next + heardCount
        for number in next..<(next + heardCount) { count(number, &figures) }
    }

    private func count(_ number: Int, _ figures: inout AudienceFigures) {
        let slot = number % Self.inFlightMax
        waitingCounts[slot] -= 1
        guard waitingCounts[slot] == 0 else { return }
        doneCount += 1
        figures.messageCount += 1
        figures.latencies.record(Int64(Self.now() - sentAt[slot]))
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
