@testable import Actors
import Testing

@Suite("Events of WeighStation in the journal")
struct WeighStationGoldenTests {
    static let all: [Golden<WeighStation.Event>] = [
        Golden(
            .bound(binding: .golden),
            #"""
            {"bound":{"binding":{"at":6,"company":"c1","companyName":"한빛운송","driver":"d1",\#
            "id":"20261120-001.2.3","item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,\#
            "plate":"부산80바1234","vehicle":"v1","visit":"20261120-001"}}}
            """#),
        Golden(
            .unbound(binding: "b", visit: "v", reason: "replaced"),
            #"{"unbound":{"binding":"b","reason":"replaced","visit":"v"}}"#),
        Golden(
            .arrived(binding: "b", visit: "v", at: Instant(milliseconds: 8)),
            #"{"arrived":{"at":8,"binding":"b","visit":"v"}}"#),
        Golden(
            .weighed(
                binding: .golden, weighing: "1-000001", grams: 25_480_000, source: .manual,
                at: Instant(milliseconds: 8), raw: "5354"),
            #"""
            {"weighed":{"at":8,"binding":{"at":6,"company":"c1","companyName":"한빛운송","driver":"d1",\#
            "id":"20261120-001.2.3","item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,\#
            "plate":"부산80바1234","vehicle":"v1","visit":"20261120-001"},"grams":25480000,"raw":"5354",\#
            "source":"MANUAL","weighing":"1-000001"}}
            """#),
        Golden(
            .platformCleared(at: Instant(milliseconds: 8), visit: "v", binding: "b"),
            #"{"platformCleared":{"at":8,"binding":"b","visit":"v"}}"#),
        Golden(
            .unmatched(item: .golden),
            #"""
            {"unmatched":{"item":{"at":5,"grams":25480000,"id":"1-000001","reason":"zeroInterlock",\#
            "receivedAt":7,"source":"INDICATOR"}}}
            """#),
        Golden(
            .unmatchedAssigned(item: .golden, vehicle: "v1", plate: thePlate("부산80바1234"), by: "박주임", reason: "사유"),
            #"""
            {"unmatchedAssigned":{"by":"박주임","item":{"at":5,"grams":25480000,"id":"1-000001",\#
            "reason":"zeroInterlock","receivedAt":7,"source":"INDICATOR"},"plate":"부산80바1234",\#
            "reason":"사유","vehicle":"v1"}}
            """#),
        Golden(
            .unmatchedDismissed(item: .golden, by: "박주임", reason: "사유"),
            #"""
            {"unmatchedDismissed":{"by":"박주임","item":{"at":5,"grams":25480000,"id":"1-000001",\#
            "reason":"zeroInterlock","receivedAt":7,"source":"INDICATOR"},"reason":"사유"}}
            """#),
        Golden(
            .paused(by: "박주임", reason: "사유", at: Instant(milliseconds: 8)),
            #"{"paused":{"at":8,"by":"박주임","reason":"사유"}}"#),
        Golden(.resumed(by: "박주임", isOpen: true), #"{"resumed":{"by":"박주임","isOpen":true}}"#),
        Golden(.linked(device: "e1", isOpen: true), #"{"linked":{"device":"e1","isOpen":true}}"#),
        Golden(.linkLost(device: "e1", at: Instant(milliseconds: 8)), #"{"linkLost":{"at":8,"device":"e1"}}"#),
        Golden(.faulted(code: "NO_DATA", at: Instant(milliseconds: 8)), #"{"faulted":{"at":8,"code":"NO_DATA"}}"#),
        Golden(.recovered(isOpen: false), #"{"recovered":{"isOpen":false}}"#),
    ]

    @Test("reads and writes as ever", arguments: all)
    func golden(_ golden: Golden<WeighStation.Event>) throws { try golden.check() }

    @Test("no event is missing here")
    func complete() {
        // A new event does not compile until it has a number, and fails until it has a text.
        let numbers = Self.all.map { golden in
            switch golden.event {
            case .bound: 0
            case .unbound: 1
            case .arrived: 2
            case .weighed: 3
            case .platformCleared: 4
            case .unmatched: 5
            case .unmatchedAssigned: 6
            case .unmatchedDismissed: 7
            case .paused: 8
            case .resumed: 9
            case .linked: 10
            case .linkLost: 11
            case .faulted: 12
            case .recovered: 13
            }
        }
        #expect(Set(numbers) == Set(0..<14))
    }
}

extension WeighStation.Binding {
    fileprivate static let golden = WeighStation.Binding(
        .golden, named: "20261120-001.2.3", at: Instant(milliseconds: 6))
}

extension WeighStation.Unmatched {
    fileprivate static let golden = WeighStation.Unmatched(
        id: "1-000001", reason: .zeroInterlock, grams: 25_480_000, at: Instant(milliseconds: 5),
        receivedAt: Instant(milliseconds: 7), source: .indicator)
}

@Suite("Events of WeighRegister in the journal")
struct WeighRegisterGoldenTests {
    static let all: [Golden<WeighRegister.Event>] = [
        Golden(
            .dayChanged(date: BusinessDate(year: 2026, month: 11, day: 20)), #"{"dayChanged":{"date":"2026-11-20"}}"#),
        Golden(
            .firstWeighed(ticket: WeighRegister.OpenTicket(load: .golden, first: .golden)),
            #"""
            {"firstWeighed":{"ticket":{"first":{"at":5,"by":"박주임","grams":25480000,"id":"1-000001",\#
            "reason":"사유","source":"EDGE_OFFLINE","station":"1"},"load":{"calledAt":2,"company":"c1",\#
            "companyName":"한빛운송","driver":"d1","item":"i1","itemName":"고철","order":"DO-1",\#
            "plate":"부산80바1234","vehicle":"v1","visit":"20261120-001"}}}}
            """#),
        Golden(
            .completed(slip: .golden, hour: 10, processSeconds: 150, visit: nil, receivers: nil),
            #"""
            {"completed":{"hour":10,"processSeconds":150,"slip":{"completedAt":9,"date":"2026-11-20",\#
            "first":{"at":5,"by":"박주임","grams":25480000,"id":"1-000001","reason":"사유",\#
            "source":"EDGE_OFFLINE","station":"1"},"grossGrams":25480000,"load":{"calledAt":2,\#
            "company":"c1","companyName":"한빛운송","driver":"d1","item":"i1","itemName":"고철",\#
            "order":"DO-1","plate":"부산80바1234","vehicle":"v1","visit":"20261120-001"},\#
            "netGrams":15280000,"number":"WR202611200001","second":{"at":5,"by":"박주임","grams":25480000,\#
            "id":"1-000001","reason":"사유","source":"EDGE_OFFLINE","station":"1"},"tareDate":"2026-10-01",\#
            "tareGrams":10200000,"tareSource":"PT"}}}
            """#),
        Golden(
            .weighingRefused(
                refusal: WeighRegister.Refusal(load: .golden, weighing: .golden, code: "sameWeight", message: "같습니다")),
            #"""
            {"weighingRefused":{"refusal":{"code":"sameWeight","load":{"calledAt":2,"company":"c1",\#
            "companyName":"한빛운송","driver":"d1","item":"i1","itemName":"고철","order":"DO-1",\#
            "plate":"부산80바1234","vehicle":"v1","visit":"20261120-001"},"message":"같습니다","weighing":{\#
            "at":5,"by":"박주임","grams":25480000,"id":"1-000001","reason":"사유","source":"EDGE_OFFLINE",\#
            "station":"1"}}}}
            """#),
        Golden(
            .openCancelled(load: .golden, by: "박주임", reason: "사유"),
            #"""
            {"openCancelled":{"by":"박주임","load":{"calledAt":2,"company":"c1","companyName":"한빛운송",\#
            "driver":"d1","item":"i1","itemName":"고철","order":"DO-1","plate":"부산80바1234",\#
            "vehicle":"v1","visit":"20261120-001"},"reason":"사유"}}
            """#),
    ]

    @Test("reads and writes as ever", arguments: all)
    func golden(_ golden: Golden<WeighRegister.Event>) throws { try golden.check() }

    @Test("no event is missing here")
    func complete() {
        // A new event does not compile until it has a number, and fails until it has a text.
        let numbers = Self.all.map { golden in
            switch golden.event {
            case .dayChanged: 0
            case .firstWeighed: 1
            case .completed: 2
            case .weighingRefused: 3
            case .openCancelled: 4
            }
        }
        #expect(Set(numbers) == Set(0..<5))
    }
}

@Suite("Events of WeighTicket in the journal")
struct WeighTicketGoldenTests {
    static let all: [Golden<WeighTicket.Event>] = [
        Golden(
            .issued(slip: .golden, receivers: nil),
            #"""
            {"issued":{"slip":{"completedAt":9,"date":"2026-11-20","first":{"at":5,"by":"박주임",\#
            "grams":25480000,"id":"1-000001","reason":"사유","source":"EDGE_OFFLINE","station":"1"},\#
            "grossGrams":25480000,"load":{"calledAt":2,"company":"c1","companyName":"한빛운송",\#
            "driver":"d1","item":"i1","itemName":"고철","order":"DO-1","plate":"부산80바1234",\#
            "vehicle":"v1","visit":"20261120-001"},"netGrams":15280000,"number":"WR202611200001","second":{\#
            "at":5,"by":"박주임","grams":25480000,"id":"1-000001","reason":"사유","source":"EDGE_OFFLINE",\#
            "station":"1"},"tareDate":"2026-10-01","tareGrams":10200000,"tareSource":"PT"}}}
            """#),
        Golden(
            .corrected(change: .golden, receivers: nil),
            #"""
            {"corrected":{"change":{"after":{"company":"c1","companyName":"한빛운송","driver":"d1",\#
            "item":"i2","itemName":"석탄재"},"at":8,"before":{"company":"c1","companyName":"한빛운송",\#
            "driver":"d1","item":"i1","itemName":"고철"},"by":"소장","reason":"오기","version":2}}}
            """#),
        Golden(
            .voided(by: "소장", reason: "사유", at: Instant(milliseconds: 8), receivers: nil),
            #"{"voided":{"at":8,"by":"소장","reason":"사유"}}"#),
        Golden(
            .reprinted(count: 2, by: "박주임", at: Instant(milliseconds: 8)),
            #"{"reprinted":{"at":8,"by":"박주임","count":2}}"#),
    ]

    @Test("reads and writes as ever", arguments: all)
    func golden(_ golden: Golden<WeighTicket.Event>) throws { try golden.check() }

    @Test("no event is missing here")
    func complete() {
        // A new event does not compile until it has a number, and fails until it has a text.
        let numbers = Self.all.map { golden in
            switch golden.event {
            case .issued: 0
            case .corrected: 1
            case .voided: 2
            case .reprinted: 3
            }
        }
        #expect(Set(numbers) == Set(0..<4))
    }
}

extension WeighTicket.Change {
    fileprivate static let golden = WeighTicket.Change(
        version: 2, at: Instant(milliseconds: 8), by: "소장", reason: "오기",
        before: WeighTicket.Correction(item: "i1", itemName: "고철", driver: "d1", company: "c1", companyName: "한빛운송"),
        after: WeighTicket.Correction(item: "i2", itemName: "석탄재", driver: "d1", company: "c1", companyName: "한빛운송"))
}
