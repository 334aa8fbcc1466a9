@testable import Actors
import Testing

/// The visit of the nth truck of the day.
func theVisit(_ number: Int) -> String { "20261120-\(pad(number, 3))" }

/// What the deck knows a call of the nth visit by: pass and count, and when it was called.
func theBinding(_ number: Int, _ call: String = "1.1", called: Duration = .zero) -> String {
    "\(theVisit(number)).\(call).\(String((Instant.start + called).milliseconds, radix: 36))"
}

extension Given where K == WaitQueue {
    /// The first `count` of five trucks, checked in by the office: number n is visit n.
    static func line(_ count: Int, in directory: Directory = .sample) -> Given {
        let plates = ["부산80바1234", "서울80바1234", "12가3456", "경기98사9999", "85아5678"]
        return plates.prefix(count).reduce(Given(in: directory)) { $0.after(.checkIn($1)) }
    }

    /// Truck 1 is on the deck of station 1.
    static let onDeck = line(2).after(.callNext(station: "1")).after(.arrived(1), as: .hub)

    /// Truck 1 has been weighed once and has left station 1; truck 2 waits.
    static let away = onDeck.after(.weighed(1, pass: 1), as: .hub, at: .minutes(3))
        .after(.cleared("1", 1), as: .hub, at: .minutes(4))

    var numbers: [Int] { state.entries.map(\.number) }
    func entry(_ number: Int) -> WaitQueue.Entry? { state.entries.first { $0.number == number } }
}

extension WaitQueue.Command {
    static func checkIn(_ plate: String) -> WaitQueue.Command {
        .checkIn(plate: plate, driver: nil, item: nil, order: nil, priority: nil)
    }

    /// The station's report about the nth visit, called as `call`: pass and count.
    static func arrived(_ number: Int, _ call: String = "1.1", called: Duration = .zero) -> WaitQueue.Command {
        .truckArrived(visit: theVisit(number), binding: theBinding(number, call, called: called))
    }

    /// The station's report that the nth visit, called as `call` and weighed, has left its deck.
    static func cleared(
        _ station: String, _ number: Int, _ call: String = "1.1", called: Duration = .zero
    ) -> WaitQueue.Command {
        .platformCleared(
            station: station, visit: theVisit(number), binding: theBinding(number, call, called: called))
    }

    /// The register's report about the nth visit; no station when people gave the weight.
    static func weighed(_ number: Int, pass: Int, at station: String? = "1") -> WaitQueue.Command {
        .weighed(visit: theVisit(number), vehicle: "-", pass: pass, station: station, at: nil)
    }
}
