internal import NIOCore

/// Runs an `UplinkMachine`: its connection, its timer, its key. Confined to its event loop.
///
/// What concerns the connection is done here; every other action goes to the owner, at once and in order.
final class UplinkDriver {
    enum Output: Sendable {
        case action(UplinkMachine.Action)
        case badMessage(String)
        /// After `stop`: the connection is closed, nothing follows.
        case stopped
    }

    private let address: HubAddress
    private let apiKeyFile: String
    private let tls: HubTLS?
    /// All that is followed.
    private let topics: [String]
    private let loop: any EventLoop
    private let clock: EdgeClock
    private let deliver: (Output) -> Void
    private var machine: UplinkMachine
    private var connection: (any HubTransport)?
    private var timer: (due: Duration, scheduled: Scheduled<Void>)?
    private var isStopping = false
    /// What the file held when it was read last; nil when it could not be read.
    private var seenKey: String?
    /// Why this connection was left before it was greeted; the machine hears it at its end.
    private var keyProblem: APIKeyError?

    init(
        topics: [String], queue: String? = nil, address: HubAddress, apiKeyFile: String, tls: HubTLS?, clock: EdgeClock,
        on loop: any EventLoop, deliver: @escaping (Output) -> Void
    ) {
        machine = UplinkMachine(topics: topics, queue: queue, seed: .random(in: 0 ... .max))
        self.topics = topics + (queue.map { [$0] } ?? [])
        self.address = address
        self.apiKeyFile = apiKeyFile
        self.tls = tls
        self.clock = clock
        self.loop = loop
        self.deliver = deliver
    }

    /// Whether the hub is there and takes what this station says.
    func speaks(for topic: String) -> Bool { machine.speaks(for: topic) }
    var offsetMillis: Int64? { machine.offsetMillis }
    var isReady: Bool { machine.isReady }
    var transport: TransportKind { machine.transport }

    func start() { perform(machine.start(at: clock.now)) }

    func stop() {
        isStopping = true
        perform(machine.stop())
        if connection == nil { deliver(.stopped) }
    }

    func live(_ live: LiveWeight, topic: String) { perform(machine.live(live, topic: topic, at: clock.now)) }

    func health(_ health: IndicatorHealth, topic: String) {
        perform(machine.health(health, topic: topic, at: clock.now))
    }

    func recorded(topic: String) { perform(machine.recorded(topic: topic)) }

    func adopted(_ epoch: Epoch, offering counts: [String: Int]) {
        perform(machine.adopted(epoch, offering: counts))
    }

    func adoptFailed(_ epoch: Epoch) {
        machine.adoptFailed(epoch, at: clock.now)
        setTimer()
    }

    func loaded(_ weights: [StoredWeight], topic: String, for want: SendWindow.Want) {
        perform(machine.loaded(weights, topic: topic, for: want, at: clock.now))
    }

    func loadFailed(topic: String, for want: SendWindow.Want) {
        machine.loadFailed(topic: topic, for: want, at: clock.now)
        setTimer()
    }

    private func perform(_ actions: [UplinkMachine.Action]) {
        loop.preconditionInEventLoop()
        for action in actions {
            switch action {
            case .connect(let transport): connect(by: transport)
            case .hello: sayHello()
            case .lookForKey: lookForKey()
            case .send(let message): connection?.send(message)
            case .disconnect(let code): connection?.close(code: code)
            case .adopt, .load, .markSent, .settle, .settleAgain, .bound, .weighed, .queue, .note:
                deliver(.action(action))
            }
        }
        setTimer()
    }

    /// What the connection says is posted: it may speak while we are still telling it something.
    private func connect(by transport: TransportKind) {
        let deliver: (HubTransportEvent) -> Void = { [weak self, loop] event in
            loop.assumeIsolated().execute { self?.heard(event) }
        }
        switch transport {
        case .webSocket:
            connection = WebSocketTransport(address, tls: tls, on: loop, deliver: deliver)
        case .requests:
            guard let key = key() else { return }
            connection = RequestTransport(
                address, apiKey: key, topics: topics, tls: tls, on: loop, deliver: deliver)
        }
        connection?.open()
    }

    private func sayHello() {
        guard let key = key() else { return }
        connection?.send(.hello(apiKey: key, build: nil))
    }

    /// As its file has it now. Without one there can be no connection.
    private func key() -> String? {
        do throws(APIKeyError) {
            return try readKey()
        } catch {
            if let connection {
                keyProblem = error
                connection.close(code: 1001)
            } else {
                perform(machine.closed(.noKey("\(error)"), at: clock.now))
            }
            return nil
        }
    }

    private func lookForKey() {
        guard let key = try? APIKey.read(apiKeyFile), key != seenKey else { return }
        perform(machine.keyChanged(at: clock.now))
    }

    private func readKey() throws(APIKeyError) -> String {
        seenKey = nil
        let key = try APIKey.read(apiKeyFile)
        seenKey = key
        return key
    }

    private func heard(_ event: HubTransportEvent) {
        switch event {
        case .opened: perform(machine.opened(at: clock.now))
        case .message(let message): perform(machine.received(message, at: clock.now))
        case .badMessage(let problem): deliver(.badMessage(problem))
        case .ended(let end):
            connection = nil
            let problem = keyProblem
            keyProblem = nil
            perform(machine.closed(problem.map { .noKey("\($0)") } ?? end, at: clock.now))
            if isStopping { deliver(.stopped) }
        }
    }

    private func setTimer() {
        guard machine.deadline != timer?.due else { return }
        timer?.scheduled.cancel()
        timer = machine.deadline.map { due in
            let wait = TimeAmount(max(.zero, due - clock.now.elapsed))
            let scheduled = loop.assumeIsolated().scheduleTask(in: wait) {
                self.timer = nil
                self.perform(self.machine.elapse(to: self.clock.now))
            }
            return (due, scheduled)
        }
    }
}
