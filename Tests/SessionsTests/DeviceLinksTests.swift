import Synchronization
import Testing

@testable import Actors
@testable import Sessions

@Suite struct `Links of devices` {
    private let lane = ManualLane()
    private let told = Told()
    private let device = Principal(id: "device:e", role: .device, site: "ulsan", name: "e", stations: ["1"])

    private final class Told: Sendable {
        let requests = Mutex<[Request]>([])
        var names: [String] { requests.withLock { $0.map(\.name) } }
        func answer(_ index: Int, _ outcome: Outcome) { requests.withLock { $0[index] }.reply(outcome) }
    }

    private func links() -> DeviceLinks {
        let keys = Mutex(0)
        let (lane, told) = (lane, told)
        return DeviceLinks(
            lane: lane,
            newKey: {
                keys.withLock {
                    $0 += 1; return String($0)
                }
            }
        ) { request, _ in
            told.requests.withLock { $0.append(request) }
        }
    }

    @Test func `a link that is back within the grace is not worth a word`() {
        let links = links()
        links.changed(device, true)
        lane.run()
        links.changed(device, false)
        lane.run()
        lane.pass(.milliseconds(4999))
        links.changed(device, true)
        lane.run()
        lane.pass(.seconds(60))
        #expect(told.names == ["link", "link"])
    }

    @Test func `a link that is gone for five seconds is lost`() {
        let links = links()
        links.changed(device, true)
        lane.run()
        links.changed(device, false)
        lane.run()
        lane.pass(.milliseconds(4999))
        #expect(told.names == ["link"])
        lane.pass(.milliseconds(1))
        #expect(told.names == ["link", "unlink"])
    }

    @Test func `of two connections the one that stays counts`() {
        let links = links()
        links.changed(device, true)
        lane.run()
        links.changed(device, true)
        lane.run()
        links.changed(device, false)
        lane.run()
        lane.pass(.seconds(60))
        #expect(told.names == ["link", "link"])
    }

    @Test func `what could not be said is said again, while it is still so`() {
        let links = links()
        links.changed(device, true)
        lane.run()
        told.answer(0, .unavailable(after: .milliseconds(250)))
        lane.pass(.milliseconds(250))
        #expect(told.names == ["link", "link"])
        links.changed(device, false)
        lane.run()
        lane.pass(.seconds(5))
        #expect(told.names == ["link", "link", "unlink"])
        told.answer(2, .unavailable(after: .milliseconds(250)))
        links.changed(device, true)
        lane.run()
        lane.pass(.seconds(1))
        #expect(
            told.names == ["link", "link", "unlink", "link"], "an old 'gone' after a new 'here' would close the station"
        )
    }

    @Test func `after a start a station whose edge does not come is told`() {
        let links = links()
        let stations = ["1", "2"].map { StreamID(site: "ulsan", kind: WeighStation.name, key: $0) }
        links.checkAfterStart(stations, after: .seconds(15))
        links.changed(device, true)
        lane.run()
        lane.pass(.seconds(15))
        #expect(told.names == ["link", "unlink"])
    }
}
