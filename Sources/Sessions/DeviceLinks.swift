package import Actors
import Synchronization

/// Tells stations whether their edge is there. A link that is gone for less than `grace` is not worth a word.
package final class DeviceLinks: Sendable {
    /// Open sessions of devices per station.
    private let counts = Mutex<[StreamID: Int]>([:])
    private let lane: any Lane
    private let grace: Duration
    private let newKey: @Sendable () -> String
    private let send: @Sendable (Request, StreamID) -> Void

    /// - Parameters:
    ///   - newKey: a text that was never used as a command key before, of at most 32 characters.
    ///   - send: hands a request to the actor it is for (`Registry.send`).
    package init(
        lane: any Lane, grace: Duration = .seconds(5), newKey: @escaping @Sendable () -> String,
        send: @escaping @Sendable (Request, StreamID) -> Void
    ) {
        self.lane = lane
        self.grace = grace
        self.newKey = newKey
        self.send = send
    }

    /// From any thread. Counted on one lane, so that a look at the count and what is said of it are one step.
    package func changed(_ device: Principal, _ isLinked: Bool) {
        lane.post { [self] in count(device, isLinked) }
    }

    private func count(_ device: Principal, _ isLinked: Bool) {
        for key in device.stations.sorted() {
            let station = StreamID(site: device.site, kind: WeighStation.name, key: key)
            counts.withLock { $0[station, default: 0] += isLinked ? 1 : -1 }
            if isLinked { tell(station, .link(device: device.id)) } else { checkLater(station, device.id, grace) }
        }
    }

    /// After a start: a station whose edge was there before and does not come back is told, once everybody had his chance.
    package func checkAfterStart(_ stations: [StreamID], after wait: Duration) {
        for station in stations { checkLater(station, "none", wait) }
    }

    private func isLinked(_ station: StreamID) -> Bool { counts.withLock { $0[station, default: 0] } > 0 }

    private func checkLater(_ station: StreamID, _ device: String, _ wait: Duration) {
        lane.after(wait) { [self] in
            guard !isLinked(station) else { return }
            tell(station, .unlink(device: device))
        }
    }

    /// Said again until the station has heard it. The key only has to be new: the command says how things are, not what to do.
    private func tell(_ station: StreamID, _ command: WeighStation.Command) {
        let (name, arguments) = JSON.splitCase(JSON.encode(command))
        let request = Request(
            name: name, arguments: arguments, key: "link:\(newKey())", body: [],
            principal: .system(site: station.site)
        ) { [self] outcome in
            switch outcome {
            case .busy(let after), .unavailable(let after):
                lane.after(after) { [self] in
                    // Only what is still so: an old "gone" that is said again after a new "here" would close the station for good.
                    guard isLinked(station) == command.saysLinked else { return }
                    tell(station, command)
                }
            case .committed, .rejected, .keyReused, .versionConflict: break
            }
        }
        send(request, station)
    }
}

extension WeighStation.Command {
    fileprivate var saysLinked: Bool { if case .link = self { true } else { false } }
}
