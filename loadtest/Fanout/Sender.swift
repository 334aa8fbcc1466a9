internal import NIOCore
internal import Wire

/// One socket that gives commands when they are due, whatever has become of those before.
///
/// `@unchecked Sendable`: touched on the socket's event loop only, and read after the last answer.
final class Sender: @unchecked Sendable {
    private let topic: String
    private let token: String
    private let loop: any EventLoop
    private var socket: HubSocket?
    private var isOpen = false
    private var isGreeted = false
    private var ready: CheckedContinuation<Void, any Error>?
    private var answers: [String: CheckedContinuation<HubSays.Fault?, any Error>] = [:]
    private let run = String(UInt64.random(in: 0 ... .max), radix: 36)
    private(set) var acknowledged: [Int] = []
    private(set) var refusals: [String: Int] = [:]

    init(topic: String, token: String, on loop: any EventLoop) {
        self.topic = topic
        self.token = token
        self.loop = loop
    }

    func connect(_ address: HubAddress) async throws {
        let socket = try await HubSocket.connect(address, on: loop) { self.hear($0) }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            loop.execute {
                self.socket = socket
                self.ready = continuation
                self.greet()
            }
        }
    }

    /// A command before the measurement, answered before the next.
    func prepare(_ name: String, _ arguments: String) async throws -> HubSays.Fault? {
        try await withCheckedThrowingContinuation { continuation in
            loop.execute {
                self.answers[name] = continuation
                self.send(id: name, name: name, Array(arguments.utf8))
            }
        }
    }

    /// On the loop: command number `index`, now.
    func assign(_ index: Int) {
        var arguments = JSONWriter()
        arguments.member("driverName", "부하 시험을 위해 만든 긴 기사 이름, 마흔여덟 자 — load test")
        arguments.member("driverContact", "\(index)")
        send(id: "\(index)", name: "assign", arguments.finish())
    }

    func close() { socket?.close() }

    private func send(id: String, name: String, _ arguments: [UInt8]) {
        socket?.send(ClientSays.command(id, key: "\(run):\(id)", topic: topic, name: name, arguments: arguments))
    }

    private func greet() {
        guard isOpen, !isGreeted, let socket else { return }
        isGreeted = true
        socket.send(ClientSays.hello(token: token))
    }

    private func hear(_ event: HubSocket.Event) {
        switch event {
        case .opened:
            isOpen = true
            greet()
        case .frame(let bytes, _):
            guard let says = try? HubSays(bytes) else { return }
            take(says)
        case .ended(let end):
            let error = Subscriber.Refused(description: end.description)
            ready?.resume(throwing: error)
            ready = nil
            for answer in answers.values { answer.resume(throwing: error) }
            answers = [:]
        }
    }

    private func take(_ says: HubSays) {
        switch says {
        case .welcome:
            ready?.resume()
            ready = nil
        case .reply(let id, let fault):
            if let answer = answers.removeValue(forKey: id) {
                answer.resume(returning: fault)
            } else if let fault {
                refusals[fault.code, default: 0] += 1
            } else if let index = Int(id) {
                acknowledged.append(index)
            }
        default: break
        }
    }
}
