@testable import Actors
import Testing

@Suite("Events of WaitQueue in the journal")
struct WaitQueueGoldenTests {
    static let all: [Golden<WaitQueue.Event>] = [
        Golden(
            .dayChanged(date: BusinessDate(year: 2026, month: 11, day: 20)), #"{"dayChanged":{"date":"2026-11-20"}}"#),
        Golden(
            .checkedIn(entry: .golden, index: 4),
            #"""
            {"checkedIn":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"index":4}}
            """#),
        Golden(
            .rejoined(entry: .golden, index: 4, formerDriver: "d2"),
            #"""
            {"rejoined":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"formerDriver":"d2","index":4}}
            """#),
        Golden(
            .called(entry: .golden, index: 4),
            #"""
            {"called":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"index":4}}
            """#),
        Golden(
            .recalled(entry: .golden, index: 4),
            #"""
            {"recalled":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"index":4}}
            """#),
        Golden(
            .arrived(entry: .golden, index: 4),
            #"""
            {"arrived":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"index":4}}
            """#),
        Golden(
            .acknowledged(entry: .golden, index: 4),
            #"""
            {"acknowledged":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"index":4}}
            """#),
        Golden(
            .transferred(entry: .golden, index: 4, from: "1"),
            #"""
            {"transferred":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"from":"1","index":4}}
            """#),
        Golden(
            .putBack(entry: .golden, index: 4),
            #"""
            {"putBack":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"index":4}}
            """#),
        Golden(
            .skipped(entry: .golden, index: 4),
            #"""
            {"skipped":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"index":4}}
            """#),
        Golden(
            .prioritised(entry: .golden, index: 4),
            #"""
            {"prioritised":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"index":4}}
            """#),
        Golden(
            .markedAbsent(entry: .golden, index: 4, by: Personal("timer")),
            #"""
            {"markedAbsent":{"by":"timer","entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"index":4}}
            """#),
        Golden(
            .returned(entry: .golden, index: 4),
            #"""
            {"returned":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"index":4}}
            """#),
        Golden(
            .cancelled(entry: .golden, by: "박주임", reason: "사유"),
            #"""
            {"cancelled":{"by":"박주임","entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"reason":"사유"}}
            """#),
        Golden(
            .expired(entry: .golden),
            #"""
            {"expired":{"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"}}}
            """#),
        Golden(
            .wentAway(entry: .golden, index: 4, processSeconds: 5, averageSeconds: 6),
            #"""
            {"wentAway":{"averageSeconds":6,"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"index":4,"processSeconds":5}}
            """#),
        Golden(
            .finished(entry: .golden, processSeconds: 5, averageSeconds: 6),
            #"""
            {"finished":{"averageSeconds":6,"entry":{"absentUntil":4,"acknowledged":true,"arrived":true,\#
            "binding":"20261120-001.2.3","calledAt":2,"calls":3,"checkedInAt":1,"company":"c1",\#
            "companyName":"한빛운송","deadline":3,"driver":"d1","hasApp":true,"id":"20261120-001",\#
            "item":"i1","itemName":"고철","number":7,"order":"DO-1","pass":2,"plate":"부산80바1234",\#
            "priority":true,"state":"called","station":"2","vehicle":"v1"},"processSeconds":5}}
            """#),
        Golden(
            .slotFreed(station: "1", id: "20261120-001", by: Personal("platform")),
            #"""
            {"slotFreed":{"by":"platform","id":"20261120-001","station":"1"}}
            """#),
        Golden(.stationClosed(station: "1"), #"{"stationClosed":{"station":"1"}}"#),
        Golden(.stationOpened(station: "1"), #"{"stationOpened":{"station":"1"}}"#),
        Golden(
            .checkInPaused(by: "박주임", reason: "사유", at: Instant(milliseconds: 8)),
            #"{"checkInPaused":{"at":8,"by":"박주임","reason":"사유"}}"#),
        Golden(.checkInResumed(by: "박주임"), #"{"checkInResumed":{"by":"박주임"}}"#),
    ]

    @Test("reads and writes as ever", arguments: all)
    func golden(_ golden: Golden<WaitQueue.Event>) throws { try golden.check() }

    @Test("no event is missing here")
    func complete() {
        // A new event does not compile until it has a number, and fails until it has a text.
        let numbers = Self.all.map { golden in
            switch golden.event {
            case .dayChanged: 0
            case .checkedIn: 1
            case .rejoined: 2
            case .called: 3
            case .recalled: 4
            case .arrived: 5
            case .acknowledged: 6
            case .transferred: 7
            case .putBack: 8
            case .skipped: 9
            case .prioritised: 10
            case .markedAbsent: 11
            case .returned: 12
            case .cancelled: 13
            case .expired: 14
            case .wentAway: 15
            case .finished: 16
            case .slotFreed: 17
            case .stationClosed: 18
            case .stationOpened: 19
            case .checkInPaused: 20
            case .checkInResumed: 21
            }
        }
        #expect(Set(numbers) == Set(0..<22))
    }
}
