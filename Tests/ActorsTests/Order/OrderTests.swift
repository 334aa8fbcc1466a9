@testable import Actors
import Testing

extension Order.Details {
    static func sample(customer: String = "현대제철") -> Order.Details {
        Order.Details(
            type: .delivery, department: "CS", warehouse: "BUSAN", customer: Personal(customer, of: "order:DO-1"),
            address: Personal("울산 북구", of: "order:DO-1"), item: "고철",
            eta: .start + .hours(6))
    }
}

extension Given where K == Order {
    static let waiting = Given(.created(details: .sample(), by: .office))
    /// The office holds the lock since the start.
    static let locked = waiting.after(.lock(type: .edit))

    /// Locked, and brought to `status` by the admin; then the lock is the office's.
    static func at(_ status: Order.Status) -> Given {
        let path: [Order.Status] =
            switch status {
            case .waiting: []
            case .inProgress: [.inProgress]
            case .complete, .issue, .cancel: [.inProgress, status]
            }
        let admin = path.reduce(waiting.after(.lock(type: .status), as: .admin)) {
            $0.after(.setStatus(status: $1), as: .admin)
        }
        return admin.after(.unlock, as: .admin).after(.lock(type: .status))
    }
}

@Suite("Order: creation and lock (0.1, 0.3–0.5, 0.7)")
struct OrderLockTests {
    @Test("a new order waits, with the hub's time; the number cannot be used twice")
    func create() {
        let then = Given<Order>().when(.create(details: .sample()), at: .minutes(1))
        then.then(.created(details: .sample(), by: .office))
        #expect(then.state.status == .waiting && then.state.createdAt == .start + .minutes(1))
        then.given.when(.create(details: .sample()), as: .admin).thenRejected("exists", ["number": "DO-1"])
    }

    @Test("details have their limits", arguments: ["department", "warehouse", "customer", "address", "item"])
    func limits(field: String) {
        var details = Order.Details.sample()
        let text = String(repeating: "가", count: 201)
        switch field {
        case "department": details.department = text
        case "warehouse": details.warehouse = text
        case "customer": details.customer = Personal(text)
        case "address": details.address = Personal(text)
        default: details.item = text
        }
        Given<Order>().when(.create(details: details)).thenRejected("tooLong", ["field": field])
        Given<Order>.locked.when(.edit(details: details)).thenRejected("tooLong", ["field": field])
    }

    @Test("nothing can be done with an order that does not exist")
    func unknown() {
        for command: Order.Command in [
            .lock(type: .edit), .unlock, .edit(details: .sample()), .setStatus(status: .inProgress), .remark(text: "x"),
        ] {
            Given<Order>().when(command).thenRejected("unknownOrder")
        }
        Given<Order>().when(.start(visit: theVisit(1)), as: .hub).thenNothing()
        Given<Order>().when(.finish(slip: "WR1"), as: .hub).thenNothing()
    }

    @Test("who holds the lock is named to whoever else asks, with the time it ends")
    func conflict() {
        Given<Order>.locked.when(.lock(type: .status), as: .otherOffice, at: .seconds(10)).thenRejected(
            "locked",
            ["holder": "user:1", "holderName": "박주임", "expiresAt": "\((Instant.start + .seconds(300)).milliseconds)"])
    }

    @Test("twenty who ask at once: exactly one gets it")
    func twenty() {
        var order = Given<Order>.waiting
        var count = 0
        for number in 1...20 {
            let asker = Principal(id: "user:\(100 + number)", role: .staff, site: "ulsan", name: "\(number)")
            let then = order.when(.lock(type: .edit), as: asker)
            if !then.events.isEmpty { count += 1 }
            order = then.given
        }
        #expect(count == 1 && order.state.lock?.holder == "user:101")
    }

    @Test("the lock holds for 299.999 seconds and is free at 300")
    func expiry() {
        let locked = Given<Order>.locked
        locked.when(.lock(type: .edit), as: .otherOffice, at: .milliseconds(299_999)).thenRejected("locked")
        let taken = locked.when(.lock(type: .edit), as: .otherOffice, at: .seconds(300)).thenNamed("locked")
        #expect(taken.state.lock?.holderName.shown == "정대리")
        #expect(taken.state.lock?.expiresAt == .start + .seconds(600))
    }

    @Test("the late save of an expired editor is refused and writes nothing, whoever holds the lock now")
    func lateSave() {
        let edit = Order.Command.edit(details: .sample(customer: "포스코"))
        let locked = Given<Order>.locked
        locked.when(edit, at: .milliseconds(299_999)).thenNamed("edited")
        locked.when(edit, at: .seconds(300)).thenRejected("notLocked")
        let taken = locked.after(.lock(type: .edit), as: .otherOffice, at: .seconds(301))
        let late = taken.when(edit, at: .seconds(302)).thenRejected("locked", ["holderName": "정대리"])
        #expect(late.state.details == .sample())
    }

    @Test("asking again does not extend the lock")
    func noExtension() {
        let again = Given<Order>.locked.when(.lock(type: .edit), at: .seconds(200)).thenNothing()
        again.given.when(.lock(type: .edit), as: .otherOffice, at: .seconds(300)).thenNamed("locked")
    }

    @Test("only the holder unlocks; twice is as good as once")
    func unlock() {
        let locked = Given<Order>.locked
        locked.when(.unlock, as: .otherOffice).thenRejected("notHolder", ["holder": "user:1"])
        locked.when(.unlock, as: .admin).thenRejected("notHolder")
        let free = locked.when(.unlock).then(.unlocked(by: .office, reason: nil))
        free.given.when(.unlock).thenNothing()
        free.given.when(.unlock, as: .otherOffice).thenNothing()
        locked.when(.unlock, as: .otherOffice, at: .seconds(300)).thenNothing()
    }

    @Test("an admin forces a lock open, with a reason that is kept")
    func forceUnlock() {
        let locked = Given<Order>.locked
        locked.when(.forceUnlock(reason: "퇴근"), as: .otherOffice).thenRejected("forbidden")
        locked.when(.forceUnlock(reason: " "), as: .admin).thenRejected("reasonRequired")
        let free = locked.when(.forceUnlock(reason: "퇴근"), as: .admin).then(.unlocked(by: .boss, reason: "퇴근"))
        free.given.when(.forceUnlock(reason: "퇴근"), as: .admin).thenNothing()
        free.given.when(.edit(details: .sample(customer: "x"))).thenRejected("notLocked")
    }

    @Test("without the lock nobody writes, not even an admin")
    func writesNeedLock() {
        for command: Order.Command in [
            .edit(details: .sample(customer: "x")), .setStatus(status: .inProgress), .remark(text: "x"),
            .assign(driverName: "김기사", driverContact: "010", plate: nil),
        ] {
            Given<Order>.waiting.when(command, as: .admin).thenRejected("notLocked")
            Given<Order>.locked.when(command, as: .admin).thenRejected("locked")
        }
    }

    @Test("a snapshot does not show an expired lock")
    func shown() {
        func picture(at time: Duration) -> String {
            let order = Given<Order>.locked
            let context = Context(id: order.id, now: .start + time, principal: .office, directory: .sample)
            let shown = Order.snapshot(order.state, live: nil, view: .staff, context)
            return String(decoding: JSON.encode(shown), as: UTF8.self)
        }
        #expect(picture(at: .milliseconds(299_999)).contains("holderName"))
        #expect(!picture(at: .seconds(300)).contains("holderName"))
    }
}

@Suite("Order: status, drivers, remarks (0.8, 0.9)")
struct OrderStatusTests {
    private static let all: [Order.Status] = [.waiting, .inProgress, .complete, .issue, .cancel]

    @Test("staff move an order forwards and among its ends; every other step is an admin's", arguments: all)
    func matrix(from: Order.Status) {
        let allowed: [Order.Status: Set<Order.Status>] = [
            .waiting: [.inProgress], .inProgress: [.complete, .issue, .cancel], .complete: [.issue, .cancel],
            .issue: [.complete, .cancel], .cancel: [.complete, .issue],
        ]
        let office = Given<Order>.at(from)
        let admin = office.after(.unlock).after(.lock(type: .status), as: .admin)
        for to in Self.all where to != from {
            let byStaff = office.when(.setStatus(status: to))
            if allowed[from]?.contains(to) == true {
                byStaff.then(.statusChanged(from: from, to: to, by: .office))
            } else {
                byStaff.thenRejected("badTransition", ["from": from.rawValue, "to": to.rawValue])
            }
            admin.when(.setStatus(status: to), as: .admin).then(.statusChanged(from: from, to: to, by: .boss))
        }
        office.when(.setStatus(status: from)).thenNothing()
    }

    @Test("departure, completion and cancellation each have their time")
    func times() {
        var order = Given<Order>.locked.after(.setStatus(status: .inProgress), at: .minutes(1))
        #expect(order.state.departedAt == .start + .minutes(1) && order.state.completedAt == nil)
        let cancelled = order.after(.setStatus(status: .cancel), at: .minutes(2)).state
        #expect(cancelled.completedAt == nil && cancelled.cancelledAt == .start + .minutes(2))
        let issue = order.after(.setStatus(status: .issue), at: .minutes(2)).state
        #expect(issue.completedAt == .start + .minutes(2) && issue.cancelledAt == nil)
        order = order.after(.setStatus(status: .complete), at: .minutes(3))
        #expect(order.state.completedAt == .start + .minutes(3) && order.state.departedAt == .start + .minutes(1))
        order = order.after(.setStatus(status: .cancel), at: .minutes(4))
        #expect(order.state.completedAt == nil && order.state.cancelledAt == .start + .minutes(4))
        order = order.after(.setStatus(status: .complete), at: .minutes(4))
        #expect(order.state.completedAt == .start + .minutes(4) && order.state.cancelledAt == nil)
    }

    @Test("going back clears the later times and keeps the earlier")
    func rollBack() {
        let complete = Given<Order>.waiting.after(.lock(type: .status), as: .admin)
            .after(.setStatus(status: .inProgress), as: .admin, at: .minutes(1))
            .after(.setStatus(status: .complete), as: .admin, at: .minutes(2))
        let back = complete.after(.setStatus(status: .inProgress), as: .admin, at: .minutes(3)).state
        #expect(back.departedAt == .start + .minutes(1) && back.completedAt == nil)
        let start = complete.after(.setStatus(status: .waiting), as: .admin, at: .minutes(3)).state
        #expect(start.departedAt == nil && start.completedAt == nil && start.cancelledAt == nil)
    }

    @Test("staff assign drivers to waiting orders only, admins to any")
    func assign() {
        let assign = Order.Command.assign(driverName: "김기사", driverContact: "010-1234-5678", plate: "부산80바1234")
        let then = Given<Order>.locked.when(assign).thenNamed("assigned")
        #expect(then.state.driverName?.shown == "김기사" && then.state.plate == "부산80바1234")
        for status in Self.all where status != .waiting {
            let order = Given<Order>.at(status)
            order.when(assign).thenRejected("badTransition")
            order.after(.unlock).after(.lock(type: .assign), as: .admin).when(assign, as: .admin).thenNamed("assigned")
        }
        Given<Order>.locked.when(.assign(driverName: " ", driverContact: "", plate: nil)).thenRejected("badField")
    }

    @Test("what is assigned has its limits")
    func assignLimits() {
        let long = String(repeating: "1", count: 51)
        for command: Order.Command in [
            .assign(driverName: long, driverContact: "", plate: nil),
            .assign(driverName: "김기사", driverContact: long, plate: nil),
            .assign(driverName: "김기사", driverContact: "", plate: long),
        ] {
            #expect(Given<Order>.locked.when(command).rejection != nil)
        }
    }

    @Test("remarks are added with author and time and never change")
    func remarks() {
        let order = Given<Order>.locked.after(.remark(text: "문 앞"), at: .seconds(5)).after(.remark(text: "연락 바람"))
        #expect(order.state.remarks.map(\.text.shown) == ["문 앞", "연락 바람"])
        #expect(order.state.remarks[0].by == .office && order.state.remarks[0].at == .start + .seconds(5))
        order.when(.remark(text: "")).thenRejected("badField")
        order.when(.remark(text: String(repeating: "가", count: 1001))).thenRejected("tooLong")
    }

    @Test("an edit carries before and after; one without a difference is none")
    func edit() {
        let then = Given<Order>.locked.when(.edit(details: .sample(customer: "포스코")))
        then.then(.edited(before: .sample(), after: .sample(customer: "포스코"), by: .office))
        then.given.when(.edit(details: .sample(customer: "포스코"))).thenNothing()
    }

    @Test("the scale moves an order along, whoever holds its lock")
    func progress() {
        let started = Given<Order>.locked.when(.start(visit: theVisit(1)), as: .hub, at: .minutes(1))
        started.thenNamed("weighingStarted", "statusChanged")
        #expect(started.state.status == .inProgress && started.state.departedAt == .start + .minutes(1))
        #expect(started.state.lock?.holder == "user:1")
        started.given.when(.start(visit: theVisit(1)), as: .hub).thenNothing()
        let done = started.given.when(.finish(slip: "WR202611200001"), as: .hub, at: .minutes(9))
        done.thenNamed("weighingFinished", "statusChanged")
        #expect(done.state.status == .complete && done.state.slip == "WR202611200001")
        done.given.when(.finish(slip: "WR202611200001"), as: .hub).thenNothing()
    }

    @Test("the scale does not move an order that people have ended otherwise, but keeps what it weighed")
    func progressAfterEnd() {
        for status: Order.Status in [.issue, .cancel, .complete] {
            let order = Given<Order>.at(status)
            order.when(.start(visit: theVisit(1)), as: .hub).then(.weighingStarted(visit: theVisit(1)))
            order.when(.finish(slip: "WR1"), as: .hub).then(.weighingFinished(slip: "WR1"))
        }
        Given<Order>.waiting.when(.finish(slip: "WR1"), as: .hub).thenNamed("weighingFinished", "statusChanged")
    }

    @Test("orders are the office's; the scale's facts come from the hub")
    func roles() {
        func refusedTo(_ command: Order.Command) -> [Role] {
            Principal.everybody.filter { Given<Order>.locked.when(command, as: $0).rejection == .forbidden }.map(\.role)
        }
        for command: Order.Command in [
            .create(details: .sample()), .lock(type: .edit), .unlock, .edit(details: .sample()),
            .setStatus(status: .inProgress), .assign(driverName: "김", driverContact: "", plate: nil),
            .remark(text: "x"),
        ] {
            #expect(refusedTo(command) == [.system, .device, .driver])
        }
        #expect(refusedTo(.forceUnlock(reason: "x")) == [.staff, .system, .device, .driver])
        #expect(refusedTo(.start(visit: "x")) == [.staff, .admin, .device, .driver])
        #expect(Order.view(for: .office, key: "DO-1", mine: false) == .staff)
        #expect(Order.view(for: .driver("d1"), key: "DO-1", mine: false) == nil)
    }
}
