internal import NIOCore

/// The line of one station, or of several whose indicators are asked in turn: what comes goes to the station that was asked last.
///
/// Confined to its event loop.
final class StationLine {
    enum Event: Sendable {
        case opened
        case bytes([UInt8])
        /// A question goes out on its line: an answer that is not whole by now never will be.
        case asked
        case lost(reason: String, retry: Duration)
    }

    private let stations: [EdgeConfiguration.Station]
    private let loop: any EventLoop
    private let deliver: (Event, EdgeConfiguration.Station) -> Void
    private var cycle: PollCycle?
    private var asking: RepeatedTask?
    private lazy var line = IndicatorLine(stations[0].line, silenceMax: silenceMax, on: loop) { [weak self] event in
        self?.heard(event)
    }

    /// Stations by line, in the order of the configuration.
    static func shared(_ stations: [EdgeConfiguration.Station]) -> [[EdgeConfiguration.Station]] {
        var lines: [[EdgeConfiguration.Station]] = []
        for station in stations {
            if let index = lines.firstIndex(where: { $0[0].line.port == station.line.port }) {
                lines[index].append(station)
            } else {
                lines.append([station])
            }
        }
        return lines
    }

    /// - Parameter stations: all on one line; at least one.
    init(
        _ stations: [EdgeConfiguration.Station], on loop: any EventLoop,
        deliver: @escaping (Event, EdgeConfiguration.Station) -> Void
    ) {
        self.stations = stations
        self.loop = loop
        self.deliver = deliver
        let questions = stations.compactMap { station in
            station.question.map { PollCycle.Question(topic: station.topic, command: $0) }
        }
        if !questions.isEmpty { cycle = PollCycle(questions, interval: stations[0].pollInterval) }
    }

    func start() { line.start() }

    func stop() {
        asking?.cancel()
        line.stop()
    }

    /// An indicator that may be silent for longer is not disturbed.
    private var silenceMax: Duration {
        max(IndicatorLine.silenceMax, stations.map(\.silence).max() ?? .zero)
    }

    private func heard(_ event: IndicatorLine.Event) {
        switch event {
        case .opened:
            for station in stations { deliver(.opened, station) }
            ask()
        case .bytes(let bytes):
            deliver(.bytes(bytes), current)
        case .lost(let reason, let retry):
            asking?.cancel()
            asking = nil
            for station in stations { deliver(.lost(reason: reason, retry: retry), station) }
        }
    }

    private var current: EdgeConfiguration.Station {
        stations.first { $0.topic == cycle?.current.topic } ?? stations[0]
    }

    private func ask() {
        guard var cycle else { return }
        cycle.restart()
        self.cycle = cycle
        asking?.cancel()
        let own = NIOLoopBound(self, eventLoop: loop)
        asking = loop.scheduleRepeatedTask(initialDelay: .zero, delay: TimeAmount(cycle.interval)) { _ in
            own.value.askNext()
        }
    }

    private func askNext() {
        deliver(.asked, current)
        if let question = cycle?.next() { line.send(question.command) }
    }
}
