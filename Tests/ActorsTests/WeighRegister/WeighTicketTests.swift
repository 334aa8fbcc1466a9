@testable import Actors
import Testing

@Suite("Weigh ticket (1.8)")
struct WeighTicketTests {
    private typealias Ticket = Given<WeighTicket>

    private let slip: WeighRegister.Slip
    private let issued: Given<WeighTicket>

    init() throws {
        slip = try #require(Given<WeighRegister>.open().when(.weigh(tonnes(10)), as: .hub).slip)
        issued = Given(.issued(slip: slip, receivers: nil))
    }

    private func correct(
        item: String? = nil, driver: String? = nil, company: String? = nil, reason: String = "오기"
    ) -> WeighTicket.Command {
        .correct(item: item, driver: driver, company: company, reason: reason)
    }

    @Test("nothing can be done with a ticket that was never issued")
    func unknown() {
        for command in [correct(item: "i2"), .void(reason: "사유"), .reprint] {
            Ticket().when(command, as: .admin).thenRejected("unknownTicket")
        }
    }

    @Test("a correction is a new version with before, after, name and reason; the slip itself stays")
    func correction() throws {
        let then = issued.when(correct(item: "i2"), as: .admin, at: .minutes(5)).thenNamed("corrected")
        let change = try #require(then.state.history.first)
        #expect(change.version == 2 && change.by == "소장" && change.reason == "오기")
        #expect(change.at == .start + .minutes(5))
        #expect(change.before.item == "i1" && change.after.item == "i2" && change.after.itemName == "석탄재")
        #expect(then.state.corrected.itemName == "석탄재" && then.state.slip == slip)
    }

    @Test("before and after differ in what was corrected and in nothing else")
    func onlyTheDifference() throws {
        let change = try #require(issued.after(correct(item: "i2"), as: .admin).state.history.first)
        var expected = change.before
        expected.item = "i2"
        expected.itemName = "석탄재"
        #expect(change.after == expected)
    }

    @Test("a second correction builds on the first")
    func again() throws {
        let then = issued.after(correct(item: "i2"), as: .admin)
            .when(correct(driver: "d3", company: "c2"), as: .admin)
        let change = try #require(then.state.history.last)
        #expect(change.version == 3 && change.before.item == "i2" && change.before.driver == "d1")
        #expect(change.after.item == "i2" && change.after.driver == "d3" && change.after.companyName == "동해물류")
        #expect(then.state.history.count == 2)
    }

    @Test("a correction needs a reason, known records and a difference")
    func correctionRefused() {
        issued.when(correct(item: "i2", reason: " "), as: .admin).thenRejected("reasonRequired")
        issued.when(correct(item: "i9"), as: .admin).thenRejected("unknownItem")
        issued.when(correct(driver: "d9"), as: .admin).thenRejected("unknownDriver")
        issued.when(correct(company: "c9"), as: .admin).thenRejected("unknownCompany")
        issued.when(correct(), as: .admin).thenRejected("nothingToChange")
    }

    @Test("a correction to what already stands there is none")
    func noDifference() {
        issued.when(correct(item: "i1", driver: "d1", company: "c1"), as: .admin).thenRejected("nothingToChange")
        issued.after(correct(item: "i2"), as: .admin).when(correct(item: "i2"), as: .admin)
            .thenRejected("nothingToChange")
    }

    @Test("a void needs a reason, keeps the number, happens once, and ends corrections")
    func void() {
        issued.when(.void(reason: ""), as: .admin).thenRejected("reasonRequired")
        let then = issued.when(.void(reason: "이중 발행"), as: .admin)
        then.then(.voided(by: "소장", reason: "이중 발행", at: .start, receivers: nil))
        #expect(then.state.slip?.number == slip.number && then.state.voided?.by == "소장")
        then.given.when(.void(reason: "또"), as: .admin).thenRejected("alreadyVoid")
        then.given.when(correct(item: "i2"), as: .admin).thenRejected("alreadyVoid")
    }

    @Test("every reprint counts")
    func reprint() {
        let twice = issued.after(.reprint).when(.reprint, at: .minutes(1))
        twice.then(.reprinted(count: 2, by: "박주임", at: .start + .minutes(1)))
        #expect(twice.state.reprints == 2)
    }

    @Test("reprints are the office's, corrections and voids an admin's")
    func roles() {
        func refusedTo(_ command: WeighTicket.Command) -> [Role] {
            Principal.everybody.filter { issued.when(command, as: $0).rejection == .forbidden }.map(\.role)
        }
        #expect(refusedTo(.reprint) == [.system, .device, .driver])
        #expect(refusedTo(.void(reason: "사유")) == [.staff, .system, .device, .driver])
        #expect(refusedTo(correct(item: "i2")) == [.staff, .system, .device, .driver])
        #expect(WeighTicket.view(for: .driver("d1"), key: slip.number, mine: false) == nil)
        #expect(WeighTicket.view(for: .office, key: slip.number, mine: false) == .staff)
    }
}
