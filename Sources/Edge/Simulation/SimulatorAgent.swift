internal import Logging
internal import NIOCore

/// A simulated indicator on a pseudo terminal, following a station of the hub.
actor SimulatorAgent {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let loop: any EventLoop
    private let terminal: PseudoTerminal
    private let encoder: IndicatorEncoder
    /// What it answers to; nil: it speaks by itself.
    private let poll: IndicatorProfile.Poll?
    private let device: Int?
    /// The end of what was asked, which may come in pieces.
    private var asked: [UInt8] = []
    private let divisionGrams: Int64
    private let interval: Duration
    private let logger: Logger
    private let clock = EdgeClock()
    private var deck: DeckSimulator
    private let scenario: Scenario?
    private var scenarioBegun: Duration?
    private var luck: SplitMix64
    private var uplink: UplinkDriver?
    private var timer: RepeatedTask?
    /// The topic the hub says the key does not speak for; there is nothing to follow then.
    private(set) var denied: String?
    private var stopped: CheckedContinuation<Void, Never>?

    init(
        terminal: consuming PseudoTerminal, profile: IndicatorProfile, device: Int?, divisionGrams: Int64,
        interval: Duration, seed: UInt64, scenario: Scenario? = nil, on loop: any EventLoop, logger: Logger
    ) {
        self.terminal = terminal
        encoder = IndicatorEncoder(profile: profile)
        poll = profile.poll.flatMap { $0.isNeeded ? $0 : nil }
        self.device = device
        self.divisionGrams = divisionGrams
        self.interval = interval
        self.loop = loop
        self.logger = logger
        deck = DeckSimulator(divisionGrams: divisionGrams, seed: seed)
        self.scenario = scenario
        luck = SplitMix64(seed: seed)
        unownedExecutor = loop.executor.asUnownedSerialExecutor()
    }

    /// Sends frames until `stop`.
    ///
    /// - Parameter follow: the hub's address, its key file and the station's topic; without it trucks come by
    ///   themselves, one every `every`.
    func run(follow: (hub: HubAddress, apiKeyFile: String, topic: String)?, every: Duration?) async {
        // Who is asked looks often enough to answer at once.
        let delay = poll == nil ? interval : min(interval, .milliseconds(10))
        timer = loop.scheduleRepeatedTask(initialDelay: .zero, delay: TimeAmount(delay)) { _ in
            self.assumeIsolated { $0.tick() }
        }
        if let follow {
            let uplink = UplinkDriver(
                topics: [follow.topic], address: follow.hub, apiKeyFile: follow.apiKeyFile, tls: nil, clock: clock,
                on: loop
            ) { [weak self, loop] output in
                loop.assumeIsolated().execute { self?.assumeIsolated { $0.heard(output) } }
            }
            self.uplink = uplink
            uplink.start()
        } else if let every {
            callByItself(1, every: every)
        }
        await withCheckedContinuation { stopped = $0 }
    }

    func stop() {
        timer?.cancel()
        guard let uplink else { return finish() }
        uplink.stop()
    }

    private func finish() {
        stopped?.resume()
        stopped = nil
    }

    private func tick() {
        guard let poll else { return sendFrame() }
        asked = Array((asked + terminal.read()).suffix(64))
        guard poll.asks(device: device ?? 1, in: asked) else { return }
        asked = []
        sendFrame()
    }

    private func sendFrame() {
        guard let scenario else { return send(tellChange { $0.show(at: $1) }) }
        let now = clock.now.elapsed
        let begun = scenarioBegun ?? now
        scenarioBegun = begun
        switch scenario.output(at: now - begun, divisionGrams: divisionGrams) {
        case .shown(let shown): send(shown)
        case .damaged(let shown, let percent): send(shown, damaging: percent)
        case .noise: terminal.write((0..<16).map { _ in .random(in: 0...255, using: &luck) })
        case .nothing: break
        case nil: stop()
        }
    }

    /// - Parameter percent: of the bytes are damaged.
    private func send(_ shown: DeckSimulator.Shown, damaging percent: Int = 0) {
        let display = IndicatorEncoder.Display(value: value(shown.grams), status: shown.status, device: device)
        guard let frame = encoder.encode(display) else { return }
        terminal.write(percent > 0 ? frame.damaged(percent: percent, &luck) : frame)
    }

    /// Kilograms with as many places as the division needs.
    private func value(_ grams: Int64) -> ExactDecimal {
        let places = (0...3).first { divisionGrams.isMultiple(of: ExactDecimal.powerOfTen(3 - $0)) } ?? 3
        return ExactDecimal(mantissa: grams / ExactDecimal.powerOfTen(3 - places), scale: places)
    }

    private func heard(_ output: UplinkDriver.Output) {
        switch output {
        case .action(.bound(_, let binding)): tellChange { $0.bind(binding, at: $1) }
        case .action(.weighed(_, let binding)): deck.weighed(binding, at: clock.now.elapsed)
        case .action(.note(.ready)): logger.notice(.hubReady)
        case .action(.note(.lost(let end, let retry))): logger.notice(.hubLost, end, retry: retry)
        case .action(.note(.keyRefused(let end, let retry))):
            logger.notice(.keyRefused, end, retry: retry)
        case .action(.note(.subscriptionRefused(let topic, let error))):
            logger.subscriptionRefused(topic, error)
            guard error.isDenial else { return }
            denied = topic
            stop()
        // Nothing is recorded here, so the outbox it asks for is empty.
        case .action(.adopt(let epoch)): uplink?.adopted(epoch, offering: [:])
        case .action(.load(let topic, let want)): uplink?.loaded([], topic: topic, for: want)
        case .action: break
        case .badMessage(let reason): logger.notice(.badMessage, ["reason": reason])
        case .stopped: finish()
        }
    }

    private func callByItself(_ number: Int, every: Duration) {
        let binding = Binding(id: "auto-\(number)", plate: "\(80 + number % 18)가\(1000 + number)", pass: 1)
        tellChange { $0.bind(binding, at: $1) }
        loop.assumeIsolated().scheduleTask(in: TimeAmount(every)) { [weak self] in
            self?.assumeIsolated { $0.callByItself(number + 1, every: every) }
        }
    }

    /// Says what the deck does when that is another thing after `change`, which is given the time.
    @discardableResult
    private func tellChange<Result>(_ change: (inout DeckSimulator, Duration) -> Result) -> Result {
        let before = deck.phase
        let result = change(&deck, clock.now.elapsed)
        if deck.phase != before { tell(deck.phase) }
        return result
    }

    private func tell(_ phase: DeckSimulator.Phase) {
        switch phase {
        case .empty: logger.notice(.deckEmpty)
        case .called(let truck, _): logger.notice(.truckCalled, ["binding": truck.binding, "grams": truck.grams])
        case .drivingOn(let truck, _): logger.notice(.truckDrivesOn, ["binding": truck.binding, "grams": truck.grams])
        case .standing(let truck, _): logger.notice(.truckStands, ["binding": truck.binding, "grams": truck.grams])
        case .drivingOff(let truck, _): logger.notice(.truckDrivesOff, ["binding": truck.binding])
        }
    }
}
