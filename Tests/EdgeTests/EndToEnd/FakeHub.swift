import Foundation
import Glibc
import NIOCore
import Synchronization
import Wire

/// A hub of one page: the real handshake and frames over a real socket, the protocol's edge part, a memory of what came.
final class FakeHub: Sendable {
    struct Weight: Equatable, Sendable {
        let topic: String
        let boot: String
        let n: Int64
        let binding: String?
        let grams: Int64
        let offline: Bool
    }

    private struct State {
        var weights: [Weight] = []
        /// Every arrival, repeats included.
        var arrivals: [Int64] = []
        /// Those of them that were offered again.
        var again: [Int64] = []
        /// Keys that came with another body than before.
        var conflicts: [Int64] = []
        var epoch = "e"
        /// What is offered again is answered up to here.
        var lastAgain = Int64.max
        var liveStates: [String] = []
        var hellos: [String] = []
        var commands: [String] = []
        var sessions: [CInt: [String]] = [:]
        var binding: String?
        var seq: Int64 = 1
        var acks = true
        var denies = false
        /// The one that is let in.
        var key = FakeHub.key
        var closed = false
    }

    static let key = "test-key"

    let port: Int
    private let listener: CInt
    private let state = Mutex(State())

    /// - Parameter port: 0 for any free one.
    init(port: Int = 0) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var reuse: CInt = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return Glibc.bind(listener, pointer, length) == 0 && listen(listener, 16) == 0
                && getsockname(listener, pointer, &length) == 0
        }
        guard bound else { throw FakeHubError(errno: errno) }
        self.listener = listener
        self.port = Int(in_port_t(bigEndian: address.sin_port))
        let thread = Thread { [weak self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                Thread { [weak self] in self?.serve(descriptor) }.start()
            }
        }
        thread.start()
    }

    deinit { stop() }

    var url: String { "ws://127.0.0.1:\(port)/ws" }
    var weights: [Weight] { state.withLock { $0.weights } }
    var arrivals: [Int64] { state.withLock { $0.arrivals } }
    var again: [Int64] { state.withLock { $0.again } }
    var conflicts: [Int64] { state.withLock { $0.conflicts } }
    var liveStates: [String] { state.withLock { $0.liveStates } }
    var hellos: [String] { state.withLock { $0.hellos } }
    /// The commands with their arguments, in order.
    var commands: [String] { state.withLock { $0.commands } }
    var subscribed: [String] { state.withLock { $0.sessions.values.flatMap(\.self) } }

    func setAcks(_ on: Bool) { state.withLock { $0.acks = on } }

    /// What is offered again is answered up to `n` only.
    func answerAgain(through n: Int64) { state.withLock { $0.lastAgain = n } }

    /// Restored from a backup that has no weight.
    func restore(_ epoch: String) {
        state.withLock { state in
            state.epoch = epoch
            state.weights = []
            state.arrivals = []
            state.again = []
        }
        cut()
    }

    /// From now on the key speaks for no station.
    func deny() { state.withLock { $0.denies = true } }

    /// From now on another key is let in; whoever is here with the old one is shown out.
    func revokeKey(for key: String) {
        let sessions = state.withLock { state in
            state.key = key
            return state.sessions.keys
        }
        let close = FrameEncoder.frame(.close, ClosePayload(CloseCode(rawValue: 4001), reason: "revoked").bytes)
        for descriptor in sessions { write(descriptor, close) }
    }

    /// Calls a truck to every station.
    func bind(_ id: String?, plate: String = "12가3456", pass: Int = 1) {
        let data = id.map { Self.binding($0, plate, pass) }
        let old = state.withLock { state in
            defer { state.binding = data }
            return state.binding
        }
        if let data {
            publish(name: "bound", data: #"{"binding":\#(data)}"#)
        } else if let old, let id = old.split(separator: "\"").dropFirst(2).first {
            publish(name: "unbound", data: #"{"binding":"\#(id)","reason":"test"}"#)
        }
    }

    func publish(name: String, data: String) {
        let sends = state.withLock { state in
            state.seq += 1
            let (seq, sessions) = (state.seq, state.sessions)
            return sessions.flatMap { descriptor, session in
                session.map { topic in
                    let event =
                        #"{"op":"event","topic":"\#(topic)","seq":\#(seq),"prev":\#(seq - 1),"at":0,"name":"\#(name)","data":\#(data)}"#
                    return (descriptor, FrameEncoder.frame(text: event))
                }
            }
        }
        for (descriptor, frame) in sends { write(descriptor, frame) }
    }

    /// Cuts every connection without a word.
    func cut() {
        for descriptor in state.withLock({ Array($0.sessions.keys) }) { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        cut()
    }

    private static func binding(_ id: String, _ plate: String, _ pass: Int) -> String {
        #"{"id":"\#(id)","plate":"\#(plate)","pass":\#(pass)}"#
    }

    private func serve(_ descriptor: CInt) {
        defer {
            state.withLock { $0.sessions[descriptor] = nil }
            close(descriptor)
        }
        guard shakeHands(descriptor) else { return }
        var second = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &second, socklen_t(MemoryLayout<timeval>.size))
        var socket = WebSocketProtocol()
        state.withLock { $0.sessions[descriptor] = [] }
        var bytes = ByteBuffer()
        while let chunk = read(descriptor) {
            bytes.writeBytes(chunk)
            while let event = socket.nextEvent(in: &bytes) {
                switch event {
                case .send(let frame): write(descriptor, frame)
                case .closed: return
                case .message(let message):
                    for answer in answers(to: message.payload, from: descriptor) {
                        write(descriptor, socket.frame(.text, ByteBuffer(string: answer)))
                        if answer.contains("keyInvalid"), let close = socket.close(CloseCode(rawValue: 4001)) {
                            write(descriptor, close)
                        }
                    }
                case .pong: break
                }
            }
        }
    }

    private func shakeHands(_ descriptor: CInt) -> Bool {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard let chunk = read(descriptor) else { return false }
            head += chunk
        }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n").dropFirst()
        let fields = lines.compactMap { line -> HeaderField? in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 ? HeaderField(String(parts[0]), String(parts[1].dropFirst())) : nil
        }
        let policy = Handshake.Policy(subprotocols: ["gwanje.v1"], requiresSubprotocol: true)
        guard let accepted = try? Handshake.accept(method: "GET", version: (1, 1), headers: fields, policy: policy)
        else {
            return false
        }
        let answer = accepted.headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        write(descriptor, ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\n\(answer)\r\n"))
        return true
    }

    private func answers(to payload: ByteBuffer, from descriptor: CInt) -> [String] {
        guard let frame = try? JSONDecoder().decode(Frame.self, from: Data(payload.readableBytesView)) else {
            return []
        }
        return state.withLock { state in
            if state.denies, frame.op != "hello" {
                let id = frame.id.map { #""id":"\#($0)","# } ?? ""
                return [#"{"op":"error",\#(id)"error":{"code":"forbidden","message":"안 됩니다","retry":false}}"#]
            }
            switch frame.op {
            case "hello":
                state.hellos.append(frame.apiKey ?? "")
                guard frame.apiKey == state.key else {
                    return [#"{"op":"error","error":{"code":"keyInvalid","message":"키","retry":false}}"#]
                }
                return [#"{"op":"welcome","session":"s","epoch":"\#(state.epoch)","now":0}"#]
            case "sub":
                let topic = frame.topic ?? ""
                state.sessions[descriptor]?.append(topic)
                return [
                    #"{"op":"snapshot","id":"\#(frame.id ?? "")","topic":"\#(topic)","epoch":"\#(state.epoch)","seq":\#(state.seq),"at":0,"data":{"id":"1","binding":\#(state.binding ?? "null"),"awaitingZero":false,"paused":null,"divisionGrams":20000}}"#
                ]
            case "w", "again":
                if let live = frame.live { state.liveStates.append(live.state) }
                guard let reading = frame.reading, let topic = frame.topic, let boot = frame.boot, let n = frame.n
                else {
                    return []
                }
                let isAgain = frame.op == "again"
                state.arrivals.append(n)
                if isAgain { state.again.append(n) }
                guard state.acks, !isAgain || n <= state.lastAgain else { return [] }
                if let known = state.weights.first(where: { $0.boot == boot && $0.n == n }) {
                    if known.grams != reading.grams { state.conflicts.append(n) }
                } else {
                    state.weights.append(
                        Weight(
                            topic: topic, boot: boot, n: n, binding: frame.binding, grams: reading.grams,
                            offline: reading.offline))
                }
                return [
                    #"{"op":"ack","topic":"\#(topic)","boot":"\#(boot)","n":\#(n)\#(isAgain ? #","again":true"# : "")}"#
                ]
            case "cmd":
                let words = [frame.name ?? ""] + (frame.args ?? [:]).values.sorted()
                state.commands.append(words.joined(separator: " "))
                return [#"{"op":"reply","id":"\#(frame.id ?? "")","ok":true,"seq":1}"#]
            default: return []
            }
        }
    }

    private struct Frame: Decodable {
        struct Live: Decodable { let state: String }
        struct Reading: Decodable {
            let grams: Int64
            let offline: Bool
        }
        let op: String
        let id: String?
        let topic: String?
        let name: String?
        let args: [String: String]?
        let apiKey: String?
        let boot: String?
        let n: Int64?
        let binding: String?
        let live: Live?
        let reading: Reading?
    }

    /// Ticks every second while nothing comes, as the hub does: an edge gives up one that is silent.
    private func read(_ descriptor: CInt) -> [UInt8]? {
        while true {
            var isQuiet = false
            let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
                let received = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                isQuiet = received < 0 && errno == EAGAIN
                count = max(0, received)
            }
            guard isQuiet else { return bytes.isEmpty ? nil : bytes }
            let isFollowed = state.withLock { $0.sessions[descriptor]?.isEmpty == false }
            if isFollowed { write(descriptor, FrameEncoder.frame(text: #"{"op":"tick","now":0}"#)) }
        }
    }

    private func write(_ descriptor: CInt, _ buffer: ByteBuffer) {
        _ = buffer.withUnsafeReadableBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
}

struct FakeHubError: Error { let errno: CInt }
