import Testing
import Wire

@testable import Actors
@testable import Sessions

extension SettledWindow {
    fileprivate mutating func begin(
        _ n: Int64, boot: String = "b", again: Bool = false, atMost: Int = 64
    ) throws -> Begun {
        begin(try settled(n, boot: boot, again: again), atMost: atMost)
    }

    /// The ack, and the number that goes next.
    fileprivate mutating func end(
        _ n: Int64, _ outcome: Outcome = .committed(seq: 1), boot: String = "b", again: Bool = false
    ) throws -> String? {
        end(try settled(n, boot: boot, again: again), outcome).map { ended in
            (ended.ack.map { brief($0) } ?? "no ack")
                + (ended.next.map { " then \($0.boot)\($0.n)\($0.again ? " again" : "")" } ?? "")
        }
    }
}

@Suite struct `Settled window` {
    private let late = Outcome.rejected(Rejection("late", "늦음"))

    @Test func `one goes at a time, in order, and each is acknowledged`() throws {
        var window = SettledWindow()
        #expect(try window.begin(1) == .send)
        #expect(try window.begin(2) == .wait)
        #expect(try window.begin(3) == .wait)
        #expect(try window.end(2) == nil, "it was not sent")
        #expect(try window.end(1) == "ack ulsan/station/1 n1 then b2")
        #expect(try window.end(2) == "ack ulsan/station/1 n2 then b3")
        #expect(try window.end(3) == "ack ulsan/station/1 n3")
        #expect(try window.begin(4) == .send)
    }

    @Test func `refused weights are named with their codes`() throws {
        var window = SettledWindow()
        for n in 1...2 as ClosedRange<Int64> { _ = try window.begin(n) }
        #expect(try window.end(1, late) == "ack ulsan/station/1 n1 1=late then b2")
        #expect(try window.end(2, .keyReused) == "ack ulsan/station/1 n2 2=keyReused")
    }

    @Test(arguments: [
        Outcome.busy(after: .seconds(1)), .unavailable(after: .seconds(1)), .versionConflict(current: 4),
    ])
    func `what may still succeed is no outcome`(outcome: Outcome) throws {
        var window = SettledWindow()
        #expect(try window.begin(1) == .send)
        #expect(try window.end(1, outcome) == nil)
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
    }

    @Test func `a new boot waits behind the old one, and both are acknowledged`() throws {
        var window = SettledWindow()
        #expect(try window.begin(9) == .send)
        #expect(try window.begin(1, boot: "c") == .wait)
        #expect(try window.begin(10) == .wait)
        #expect(try window.end(9) == "ack ulsan/station/1 n9 then c1")
        #expect(try window.end(1, boot: "c") == "ack ulsan/station/1 n1 then b10")
    }

    @Test func `stations do not wait for each other`() throws {
        var window = SettledWindow()
        let other = try settled(1, topic: "ulsan/station/2")
        #expect(try window.begin(1) == .send)
        #expect(window.begin(other, atMost: 1) == .send)
        let ack = window.end(other, .committed(seq: 1))?.ack ?? nil
        #expect(ack.map { brief($0) } == "ack ulsan/station/2 n1")
    }

    @Test func `a repeat of one under way starts nothing, later it is acknowledged again`() throws {
        var window = SettledWindow()
        #expect(try window.begin(1) == .send)
        #expect(try window.begin(1) == .wait)
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
        #expect(try window.end(1) == nil)
        #expect(try window.begin(1) == .send)
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
    }

    @Test func `a full window takes no more until an outcome comes`() throws {
        var window = SettledWindow()
        #expect(try window.begin(1, atMost: 2) == .send)
        #expect(try window.begin(2, atMost: 2) == .wait)
        #expect(try window.begin(3, atMost: 2) == .full)
        #expect(try window.end(1) == "ack ulsan/station/1 n1 then b2")
        #expect(try window.begin(3, atMost: 2) == .wait)
    }

    @Test func `what came out of turn is not acknowledged over an earlier one that was turned away`() throws {
        var window = SettledWindow()
        #expect(try window.begin(5, atMost: 1) == .send)
        #expect(try window.begin(4, atMost: 1) == .full)
        #expect(try window.end(5, .committed(seq: 1)) == "no ack", "an ack of 5 would cover 4, which nobody has")
        #expect(try window.begin(4, atMost: 1) == .send)
        #expect(try window.end(4, .committed(seq: 2)) == "ack ulsan/station/1 n5")
    }

    @Test func `an ack never passes over a weight that was turned away`() throws {
        var window = SettledWindow()
        #expect(try window.begin(1, atMost: 1) == .send)
        #expect(try window.begin(2, atMost: 1) == .full)
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
        #expect(try window.begin(3, atMost: 1) == .full, "an ack of 3 would cover 2, which nobody has")
        #expect(try window.begin(2, atMost: 1) == .send)
        #expect(try window.end(2) == "ack ulsan/station/1 n2")
        #expect(try window.begin(3, atMost: 1) == .send)
    }

    @Test func `a repeat that did not fit keeps no later one waiting for ever`() throws {
        var window = SettledWindow()
        #expect(try window.begin(1, atMost: 1) == .send)
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
        #expect(try window.begin(2, atMost: 1) == .send)
        #expect(try window.begin(1, atMost: 1) == .full, "a doubled frame, and nobody sends it again")
        #expect(try window.end(2) == "ack ulsan/station/1 n2")
        #expect(try window.begin(3, atMost: 1) == .send)
    }

    @Test func `what comes again has acks of its own, which say nothing of what settled since`() throws {
        var window = SettledWindow()
        #expect(try window.begin(1, again: true) == .send)
        #expect(try window.begin(2, again: true) == .wait)
        #expect(try window.end(1, again: true) == "ack ulsan/station/1 n1 again then b2 again")
        #expect(try window.begin(100) == .wait)
        #expect(try window.begin(101) == .wait)
        #expect(try window.end(2, late, again: true) == "ack ulsan/station/1 n2 again 2=late then b100")
        #expect(try window.end(100) == "ack ulsan/station/1 n100 then b101")
        #expect(try window.begin(3, again: true) == .wait)
        #expect(try window.end(101) == "ack ulsan/station/1 n101 then b3 again", "3 was not acknowledged with 101")
        #expect(try window.end(3, again: true) == "ack ulsan/station/1 n3 again")
    }

    @Test func `what settles now goes before all that come again but the one under way`() throws {
        var window = SettledWindow()
        for n in 1...32 as ClosedRange<Int64> { _ = try window.begin(n, again: true) }
        for n in 101...132 as ClosedRange<Int64> { #expect(try window.begin(n) == .wait) }
        #expect(try window.begin(133) == .full && window.begin(33, again: true) == .full)
        #expect(try window.end(1, again: true) == "ack ulsan/station/1 n1 again then b101")
        for n in 101...131 as ClosedRange<Int64> {
            #expect(try window.end(n) == "ack ulsan/station/1 n\(n) then b\(n + 1)")
        }
        #expect(try window.end(132) == "ack ulsan/station/1 n132 then b2 again")
    }

    @Test func `one that is turned away holds back the acks of its own series only`() throws {
        var window = SettledWindow()
        #expect(try window.begin(5, again: true, atMost: 1) == .send)
        #expect(try window.begin(4, again: true, atMost: 1) == .full)
        #expect(try window.end(5, again: true) == "no ack")
        #expect(try window.begin(9, atMost: 1) == .send)
        #expect(try window.end(9) == "ack ulsan/station/1 n9")
    }

    @Test func `a weight sent late goes before those that wait, and no ack passes it`() throws {
        var window = SettledWindow()
        #expect(try window.begin(5) == .send)
        #expect(try window.begin(7) == .wait)
        #expect(try window.begin(6) == .wait)
        #expect(try window.begin(4) == .wait)
        #expect(try window.end(5, late) == "no ack then b4")
        #expect(try window.end(4) == "ack ulsan/station/1 n5 5=late then b6")
        #expect(try window.end(6) == "ack ulsan/station/1 n6 then b7")
    }
}
