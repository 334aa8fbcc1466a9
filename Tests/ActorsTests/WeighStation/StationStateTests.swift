@testable import Actors
import Testing

@Suite("Weigh station: bindings, deck and interlocks (1.2, 1.3)")
struct StationStateTests {
    private typealias Station = Given<WeighStation>

    @Test("a binding makes the station weigh; the same one again changes nothing")
    func bind() {
        let then = Station().when(.bind(binding: .sample()), as: .hub).then(.bound(binding: .sample())).thenEffects()
        #expect(then.state.status == .weighing)
        then.given.when(.bind(binding: .sample()), as: .hub).thenNothing()
    }

    @Test("a new binding replaces the old one and says so")
    func replace() {
        let then = Station.bound.when(.bind(binding: .sample(2)), as: .hub)
        then.then(
            .unbound(binding: WeighStation.Binding.sample().id, visit: theVisit(1), reason: "replaced"),
            .bound(binding: .sample(2)))
        #expect(then.state.binding?.number == 2)
    }

    @Test("only the bound truck's own release unbinds")
    func unbind() {
        let then = Station.bound.when(.unbind(visit: theVisit(1), reason: "transferred"), as: .hub)
        then.thenNamed("unbound")
        #expect(then.state.status == .idle)
        Station.bound.when(.unbind(visit: theVisit(2), reason: "released"), as: .hub).thenNothing()
        Station().when(.unbind(visit: theVisit(1), reason: "released"), as: .hub).thenNothing()
    }

    @Test("after the weight counted only staff or the empty deck end the binding")
    func unbindWeighed() {
        Station.weighed.when(.unbind(visit: theVisit(1), reason: "transferred"), as: .hub).thenNothing()
        let released = Station.weighed.when(.unbind(visit: theVisit(1), reason: "released"), as: .hub)
        released.thenNamed("unbound")
        #expect(released.state.awaitingZero)
    }

    @Test("the empty deck ends the binding and tells the queue whose deck it was, once")
    func cleared() {
        let then = Station.weighed.when(.clearPlatform, as: .hub, at: .minutes(1))
        then.then(.platformCleared(at: .start + .minutes(1), visit: theVisit(1), binding: theBinding(1)))
            .thenEffects(
                "queue/main platformCleared")
        #expect(then.state.status == .idle && !then.state.awaitingZero)
        then.given.when(.clearPlatform, as: .hub).thenNothing()
    }

    @Test("a truck that drove off again without a weight has left, too")
    func clearedUnweighed() {
        let then = Station.arrived.when(.clearPlatform, as: .hub, at: .minutes(1))
        then.then(.platformCleared(at: .start + .minutes(1), visit: theVisit(1), binding: theBinding(1)))
            .thenEffects("queue/main platformCleared")
        #expect(then.state.binding == nil && !then.state.arrived)
        Station.bound.when(.clearPlatform, as: .hub).thenNothing()
    }

    @Test("the truck is noticed once, when one is expected")
    func noticed() {
        let then = Station.bound.when(.noticeTruck, as: .hub, at: .seconds(8))
        then.then(
            .arrived(binding: WeighStation.Binding.sample().id, visit: theVisit(1), at: .start + .seconds(8)))
        then.thenEffects("queue/main truckArrived")
        then.given.when(.noticeTruck, as: .hub).thenNothing()
        Station().when(.noticeTruck, as: .hub).thenNothing()
        Station.weighed.when(.noticeTruck, as: .hub).thenNothing()
    }

    /// The command that a reading makes the station give itself, by name.
    private func observed(_ station: Station, _ state: WeighStation.Live.Phase, _ grams: Int64?) -> String? {
        let context = Context(id: station.id, now: .start, principal: .hub, directory: station.directory)
        let live = WeighStation.Live(grams: grams, state: state, at: .start)
        return WeighStation.observe(live, station.state, context).map { JSON.splitCase(JSON.encode($0)).name }
    }

    @Test("a weight from half a tonne on a bound deck is an arrival, moving or stable")
    func observeArrival() {
        #expect(observed(.bound, .moving, tonnes(0, kg: 500)) == "noticeTruck")
        #expect(observed(.bound, .stable, tonnes(20)) == "noticeTruck")
        #expect(observed(.bound, .moving, tonnes(0, kg: 499)) == nil)
        #expect(observed(.bound, .over, tonnes(90)) == nil)
        #expect(observed(.bound, .none, nil) == nil)
        #expect(observed(.arrived, .moving, tonnes(20)) == nil)
        #expect(observed(Station(), .moving, tonnes(20)) == nil)
    }

    @Test("a zero within the band on a deck that has to be emptied is the clearing")
    func observeClearing() {
        #expect(observed(.weighed, .zero, 0) == "clearPlatform")
        #expect(observed(.weighed, .zero, 100_000) == "clearPlatform")
        #expect(observed(.weighed, .zero, -100_000) == "clearPlatform")
        #expect(observed(.weighed, .zero, 100_001) == nil)
        #expect(observed(.weighed, .stable, 0) == nil)
        #expect(observed(.weighed, .zero, nil) == nil)
        #expect(observed(.weighed, .moving, tonnes(20)) == nil)
        #expect(observed(.arrived, .zero, 0) == "clearPlatform")
        #expect(observed(.arrived, .zero, 100_001) == nil)
        #expect(observed(.bound, .zero, 0) == nil)
    }

    @Test("the most negative number a device can send is no crash")
    func observeExtreme() {
        #expect(observed(.weighed, .zero, .min) == nil)
        #expect(observed(.bound, .moving, .min) == nil)
    }

    @Test("the truck on an unreleased deck is not the arrival of the next one")
    func observeInterlock() {
        let next = Station.weighed.after(.unbind(visit: theVisit(1), reason: "released"), as: .hub)
            .after(.bind(binding: .sample(2)), as: .hub)
        #expect(observed(next, .stable, tonnes(25)) == nil)
        #expect(observed(next, .zero, 0) == "clearPlatform")
        #expect(observed(next.after(.clearPlatform, as: .hub), .moving, tonnes(12)) == "noticeTruck")
    }

    @Test("pausing closes the station for calls, resuming opens it again")
    func pause() {
        Station().when(.pause(reason: "")).thenRejected("reasonRequired")
        let paused = Station().when(.pause(reason: "청소"), at: .minutes(1))
        paused.then(.paused(by: .office, reason: "청소", at: .start + .minutes(1)))
        paused.thenEffects("queue/main closeStation")
        paused.given.when(.pause(reason: "또")).thenRejected("alreadyPaused")
        let resumed = paused.given.when(.resume).then(.resumed(by: .office, isOpen: true))
        resumed.thenEffects("queue/main openStation")
        resumed.given.when(.resume).thenRejected("notPaused")
    }

    @Test("a lost link closes the station; the link's return opens it")
    func link() {
        let linked = Station().when(.link(device: "e1"), as: .hub).then(.linked(device: "e1", isOpen: true))
        linked.thenEffects("queue/main openStation")
        linked.given.when(.link(device: "e1"), as: .hub).thenNothing()
        let lost = linked.given.when(.unlink(device: "e1"), as: .hub).then(.linkLost(device: "e1", at: .start))
        lost.thenEffects("queue/main closeStation")
        #expect(lost.state.status == .error)
        lost.given.when(.unlink(device: "e1"), as: .hub).thenNothing()
        lost.given.when(.link(device: "e1"), as: .hub).thenEffects("queue/main openStation")
        Station().when(.unlink(device: "e1"), as: .hub).thenNothing()
    }

    @Test("a fault closes the station until it is over; another fault is told too")
    func fault() {
        let faulted = Station().when(.fault(code: "NO_DATA"), as: .edge).then(.faulted(code: "NO_DATA", at: .start))
        faulted.thenEffects("queue/main closeStation")
        #expect(faulted.state.status == .error)
        faulted.given.when(.fault(code: "NO_DATA"), as: .edge).thenNothing()
        faulted.given.when(.fault(code: "OVERRANGE"), as: .edge).thenNamed("faulted")
        faulted.given.when(.recover, as: .edge).then(.recovered(isOpen: true))
            .thenEffects("queue/main openStation")
        Station().when(.recover, as: .edge).thenNothing()
        Station().when(.fault(code: String(repeating: "X", count: 41)), as: .edge).thenRejected("tooLong")
    }

    @Test("the station opens only when nothing else keeps it closed")
    func opensLast() {
        let closed = Station().after(.link(device: "e1"), as: .hub).after(.pause(reason: "청소"))
            .after(.fault(code: "F"), as: .edge).after(.unlink(device: "e1"), as: .hub)
        // Each of three is lifted; only the last one opens, whatever the order.
        let lifts: [(WeighStation.Command, Principal)] = [
            (.resume, .office), (.recover, .edge), (.link(device: "e1"), .hub),
        ]
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            var station = closed
            for (place, index) in order.enumerated() {
                let then = station.when(lifts[index].0, as: lifts[index].1)
                #expect(then.effects.count == (place == 2 ? 1 : 0), "\(order) at \(place)")
                station = then.given
            }
        }
    }
}

@Suite("Weigh station: who may do what")
struct StationRoleTests {
    private static let hub: [WeighStation.Command] = [
        .bind(binding: .sample()), .unbind(visit: theVisit(1), reason: "released"), .noticeTruck, .clearPlatform,
        .link(device: "e1"), .unlink(device: "e1"),
    ]
    private static let edge: [WeighStation.Command] = [
        .settle(binding: nil, reading: .sample()), .fault(code: "F"), .recover,
    ]
    private static let office: [WeighStation.Command] = [
        .pause(reason: "사유"), .resume, .assignUnmatched(id: "1-000001", plate: "85아5678", reason: "사유"),
        .dismissUnmatched(id: "1-000001", reason: "사유"),
    ]

    private func refusedTo(_ command: WeighStation.Command) -> [Role] {
        Principal.everybody.filter { Given<WeighStation>().when(command, as: $0).rejection == .forbidden }.map(\.role)
    }

    @Test("the queue's and the runtime's commands come from the hub", arguments: hub)
    func hubOnly(command: WeighStation.Command) {
        #expect(refusedTo(command) == [.staff, .admin, .device, .driver])
    }

    @Test("weights and faults come from the edge of this station", arguments: edge)
    func edgeOnly(command: WeighStation.Command) {
        #expect(refusedTo(command) == [.staff, .admin, .system, .driver])
        Given<WeighStation>(key: "3").when(command, as: .edge).thenRejected("forbidden")
    }

    @Test("pausing and unmatched weights are the office's", arguments: office)
    func officeOnly(command: WeighStation.Command) {
        #expect(refusedTo(command) == [.system, .device, .driver])
    }

    @Test("an edge looks at its own stations only and hears what it needs to mark its weights")
    func views() {
        #expect(WeighStation.view(for: .edge, key: "1", mine: false) == .device)
        #expect(WeighStation.view(for: .edge, key: "3", mine: false) == nil)
        #expect(WeighStation.view(for: .driver("d1"), key: "1", mine: false) == .driver)
        #expect(WeighStation.view(for: .office, key: "1", mine: false) == .staff)
        #expect(WeighStation.view(for: .office, key: "1", mine: true) == nil)
        #expect(WeighStation.shows(.bound(binding: .sample()), to: .device))
        #expect(!WeighStation.shows(.linkLost(device: "e1", at: .start), to: .device))
        #expect(WeighStation.shows(.linkLost(device: "e1", at: .start), to: .staff))
        #expect(!WeighStation.shows(.bound(binding: .sample()), to: .driver))
    }
}
