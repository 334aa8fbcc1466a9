import Actors
import Synchronization

/// Tells stations whether their edge is there. A link that is gone for less than `grace` is not worth a word.
final class DeviceLinks: Sendable {
    private struct State {
        /// Open sessions per device.
        var counts: [String: Int] = [:]
        /// Rises with each change, so that a late check knows it is late.
        var turn = 0
    }

    private let state = Mutex(State())
    private let registry: Registry
    private let lane: any Lane
    private let grace: Duration

    init(registry: Registry, lane: any Lane, grace: Duration = .seconds(5)) {
        self.registry = registry
        self.lane = lane
        self.grace = grace
    }

    func changed(_ device: Principal, _ isLinked: Bool) {
        let (count, turn) = state.withLock { state in
            state.turn += 1
            state.counts[device.id, default: 0] += isLinked ? 1 : -1
            return (state.counts[device.id, default: 0], state.turn)
        }
        if isLinked {
            for station in device.stations.sorted() { tell(.link(device: device.id), station, device.site, turn) }
        } else if count <= 0 {
            lane.after(grace) { [self] in
                guard state.withLock({ $0.counts[device.id, default: 0] }) <= 0 else { return }
                for station in device.stations.sorted() { tell(.unlink(device: device.id), station, device.site, turn) }
            }
        }
    }

    /// After a start: stations whose edge was there before and does not come back are told once everybody had his chance.
    func checkAfterStart(_ stations: [(site: String, station: String)], after wait: Duration) {
        lane.after(wait) { [self] in
            guard state.withLock({ $0.counts.values.allSatisfy { $0 <= 0 } }) else { return }
            for (site, station) in stations { tell(.unlink(device: "none"), station, site, 0) }
        }
    }

    private func tell(_ command: WeighStation.Command, _ station: String, _ site: String, _ turn: Int) {
        let (name, arguments) = JSON.splitCase(JSON.encode(command))
        let id = StreamID(site: site, kind: WeighStation.name, key: station)
        let now = lane.now().milliseconds
        let request = Request(
            name: name, arguments: arguments, key: "link:\(now):\(turn)", body: [], principal: .system(site: site)
        ) { [self] outcome in
            switch outcome {
            case .busy(let after), .unavailable(let after):
                lane.after(after) { [self] in tell(command, station, site, turn) }
            case .committed, .rejected, .keyReused, .versionConflict: break
            }
        }
        registry.send(request, to: id)
    }
}
