internal import CEpoll
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Wire

/// Sockets that follow one topic of the hub, read by one thread that does little else: what reading costs here would count as the
/// hub's time, since they share the machine.
///
/// `@unchecked Sendable`: the sockets and what they heard belong to the thread in `listen`, once `open` is over.
final class Listeners: @unchecked Sendable {
    struct Receipt: Sendable {
        let seq: Int64
        let at: NIODeadline
    }

    struct Figures: Sendable {
        /// Of each socket, in the order of arrival.
        var receipts: [[Receipt]]
        /// Events whose `prev` was not the seq before.
        var gapCount = 0
        /// Pictures that took the place of events.
        var pictureCount = 0
        /// Sockets that have not heard the last event.
        var behindCount = 0
    }

    private static let readableCountMax = 256
    private static let pollMillis: CInt = 50
    private static let lastEventNanosecondsMax: Int64 = 20_000_000_000

    private let topic: String
    private let poller = gwanje_epoll_create()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 2 * RawSocket.readByteCountMax, alignment: 16)
    private var sockets: [RawSocket] = []
    private var figures = Figures(receipts: [])
    /// Seq of the last event there will be; `moreCome` until it is known.
    private let lastSeq = Atomic<Int64>(moreCome)
    private static let moreCome: Int64 = -1

    init(topic: String) { self.topic = topic }

    deinit {
        close(poller)
        buffer.deallocate()
    }

    /// Logs in and subscribes, one socket after the other. Blocks.
    func open(_ count: Int, at address: HubAddress, token: String) throws {
        let dialect = Dialect.hub(target: address.target, token: token, topic: topic)
        for index in 0..<count {
            let socket = try RawSocket(port: address.port, dialect: dialect, buffer: buffer)
            guard gwanje_epoll_add(poller, socket.descriptor, UInt32(index)) == 0 else {
                throw RawSocket.Failed.last("epoll")
            }
            sockets.append(socket)
            figures.receipts.append([])
        }
    }

    /// From any thread: no event comes after this one; 0: it is of no interest any more which.
    func finish(at seq: Int64) { lastSeq.store(seq, ordering: .relaxed) }

    /// Reads until everybody has heard the last event, or for 20 s after it was named. Blocks.
    func listen() throws -> Figures {
        var readable = [UInt32](repeating: 0, count: Self.readableCountMax)
        var end: NIODeadline?
        var checkAt = NIODeadline.distantPast
        while true {
            let count = Int(gwanje_epoll_poll(poller, &readable, Int32(readable.count), Self.pollMillis))
            for index in 0..<max(0, count) { try read(Int(readable[index])) }
            let last = lastSeq.load(ordering: .relaxed)
            guard last != Self.moreCome else { continue }
            let now = NIODeadline.now()
            guard now >= checkAt else { continue }
            checkAt = now + .milliseconds(Int64(Self.pollMillis))
            let until = end ?? now + .nanoseconds(Self.lastEventNanosecondsMax)
            end = until
            figures.behindCount = figures.receipts.count { ($0.last?.seq ?? 0) < last }
            if figures.behindCount == 0 || now > until { return figures }
        }
    }

    private func read(_ index: Int) throws {
        let at = NIODeadline.now()
        var answer: ByteBuffer?
        try sockets[index].read(into: buffer) { opcode, payload in
            switch opcode {
            case Opcode.text.rawValue: hear(index, payload, at)
            case Opcode.ping.rawValue: answer = RawSocket.frame(.pong, payload)
            default: throw RawSocket.Failed(description: "a frame of type \(opcode)")
            }
        }
        if let answer { try sockets[index].send(answer.readableBytesView) }
    }

    private static let eventHead = Array(#"{"op":"event","topic":""#.utf8)
    private static let pictureHead = Array(#"{"op":"snapshot""#.utf8)
    private static let seqName = Array(#"","seq":"#.utf8)
    private static let prevName = Array(#","prev":"#.utf8)

    private func hear(_ index: Int, _ text: UnsafeRawBufferPointer, _ at: NIODeadline) {
        if text.starts(with: Self.pictureHead) { figures.pictureCount += 1 }
        guard text.starts(with: Self.eventHead) else { return }
        var place = Self.eventHead.count + topic.utf8.count
        guard let seq = Self.number(Self.seqName, in: text, &place),
            let prev = Self.number(Self.prevName, in: text, &place)
        else { return figures.gapCount += 1 }
        if let before = figures.receipts[index].last, before.seq != prev { figures.gapCount += 1 }
        figures.receipts[index].append(Receipt(seq: seq, at: at))
    }

    /// The number behind `name`, which has to stand at `place`.
    private static func number(_ name: [UInt8], in text: UnsafeRawBufferPointer, _ place: inout Int) -> Int64? {
        guard text.count > place, UnsafeRawBufferPointer(rebasing: text[place...]).starts(with: name) else {
            return nil
        }
        place += name.count
        return text.digits(&place)
    }
}
