internal import NIOCore
internal import Synchronization
internal import Wire

/// One socket that follows the topic, and notes when each event came.
///
/// `@unchecked Sendable`: `hear` runs on the socket's event loop only; the rest is read after the sockets are closed and their
/// loop has been passed once more.
final class Subscriber: @unchecked Sendable {
    struct Receipt: Sendable {
        /// Which command of the measurement.
        let index: Int
        let at: NIODeadline
    }

    private let topic: String
    private let token: String
    private var socket: HubSocket?
    private var ready: CheckedContinuation<Void, any Error>?
    private var isFollowing = false
    private var isClosing = false
    private var seq: Int64 = 0
    private(set) var receipts: [Receipt] = []
    /// Times that `prev` was beyond the last seq: something is missing.
    private(set) var gapCount = 0
    /// Snapshots after the first: the hub gave up sending events one by one.
    private(set) var resyncCount = 0
    private(set) var failure: String?

    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    init(topic: String, token: String, expectedCount: Int) {
        self.topic = topic
        self.token = token
        receipts.reserveCapacity(expectedCount)
    }

    /// Returns when the snapshot is there.
    func follow(_ address: HubAddress, on loop: any EventLoop) async throws {
        let socket = try await HubSocket.connect(address, on: loop) { self.hear($0) }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            loop.execute {
                self.socket = socket
                self.ready = continuation
                // The handshake may be through already: say hello now, or when it is.
                self.greet()
            }
        }
    }

    /// What ends from now on ends because we want it.
    func close(on loop: any EventLoop) {
        loop.execute {
            self.isClosing = true
            self.socket?.close()
        }
    }

    private var isOpen = false
    private var hasGreeted = false

    private func greet() {
        guard isOpen, !hasGreeted, let socket else { return }
        hasGreeted = true
        socket.send(ClientSays.hello(token: token))
    }

    private func hear(_ event: HubSocket.Event) {
        switch event {
        case .opened:
            isOpen = true
            greet()
        case .frame(let bytes, let at):
            guard let says = try? HubSays(bytes) else { return fail("a frame is no JSON") }
            take(says, at)
        case .ended(let end): if !isClosing { fail(end.description) }
        }
    }

    private func take(_ says: HubSays, _ at: NIODeadline) {
        switch says {
        case .welcome: socket?.send(ClientSays.subscribe(topic))
        case .snapshot(topic, let seq, _):
            self.seq = seq
            if isFollowing { resyncCount += 1 }
            isFollowing = true
            ready?.resume()
            ready = nil
        case .event(topic, let seq, let prev, _, _, let data):
            if prev > self.seq { gapCount += 1 }
            guard seq > self.seq else { return }
            self.seq = seq
            if let index = Self.index(of: data) { receipts.append(Receipt(index: index, at: at)) }
        case .ended(let fault): fail("\(fault)")
        default: break
        }
    }

    private func fail(_ reason: String) {
        failure = failure ?? reason
        ready?.resume(throwing: Refused(description: reason))
        ready = nil
    }

    /// The command puts its number into a field of the event.
    private static func index(of data: [UInt8]) -> Int? {
        (try? JSONMembers(data))?.string("driverContact").flatMap { Int($0) }
    }
}
