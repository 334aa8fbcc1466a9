@testable import Actors
import Testing

/// What an event must look like in the journal for ever: a renamed case or field shows here before it breaks a history.
struct Golden<Event: Codable & Hashable & Sendable>: Sendable, CustomTestStringConvertible {
    let event: Event
    let json: String

    init(_ event: Event, _ json: String) {
        self.event = event
        self.json = json
    }

    var testDescription: String { JSON.splitCase(JSON.encode(event)).name }

    func check(_ location: SourceLocation = #_sourceLocation) throws {
        let written = JSON.encode(event)
        #expect(String(decoding: written, as: UTF8.self) == json, sourceLocation: location)
        #expect(try JSON.decode(Event.self, from: Array(json.utf8)) == event, sourceLocation: location)
        let (name, payload) = JSON.splitCase(written)
        #expect(JSON.joinCase(name: name, payload: payload) == written, sourceLocation: location)
        #expect(json.hasPrefix(#"{"\#(name)":{"#) && payload.first == UInt8(ascii: "{"), sourceLocation: location)
    }
}

extension WaitQueue.Entry {
    /// Every field has a value.
    static let golden = WaitQueue.Entry(
        id: "20261120-001", number: 7, plate: thePlate("부산80바1234"), vehicle: "v1", driver: "d1", company: "c1",
        companyName: "한빛운송", item: "i1", itemName: "고철", order: "DO-1", hasApp: true, priority: true, pass: 2,
        state: .called, checkedInAt: Instant(milliseconds: 1), calls: 3, station: "2", binding: "20261120-001.2.3",
        calledAt: Instant(milliseconds: 2), deadline: Instant(milliseconds: 3), acknowledged: true, arrived: true,
        absentUntil: Instant(milliseconds: 4))
}

extension WeighRegister.Slip {
    static let golden = WeighRegister.Slip(
        number: "WR202611200001", date: BusinessDate(year: 2026, month: 11, day: 20), load: .golden, first: .golden,
        second: .golden, grossGrams: 25_480_000, tareGrams: 10_200_000, netGrams: 15_280_000, tareSource: .preset,
        tareDate: BusinessDate(year: 2026, month: 10, day: 1), completedAt: Instant(milliseconds: 9))
}

extension WeighRegister.Load {
    static let golden = WeighRegister.Load(
        visit: "20261120-001", plate: thePlate("부산80바1234"), vehicle: "v1", driver: "d1", company: "c1",
        companyName: "한빛운송", item: "i1", itemName: "고철", order: "DO-1", calledAt: Instant(milliseconds: 2))
}

extension WeighRegister.Weighing {
    static let golden = WeighRegister.Weighing(
        id: "1-000001", grams: 25_480_000, at: Instant(milliseconds: 5), station: "1", source: .edgeOffline, by: "박주임",
        reason: "사유")
}
