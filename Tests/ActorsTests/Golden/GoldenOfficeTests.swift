@testable import Actors
import Testing

@Suite("Events of Order in the journal")
struct OrderGoldenTests {
    static let all: [Golden<Order.Event>] = [
        Golden(
            .created(details: .golden, by: "박주임"),
            #"""
            {"created":{"by":"박주임","details":{"address":"울산 북구","customer":"현대제철",\#
            "department":"CS","eta":8,"item":"고철","type":"RETURN","warehouse":"BUSAN"}}}
            """#),
        Golden(
            .locked(lock: .golden),
            #"""
            {"locked":{"lock":{"expiresAt":300008,"holder":"user:1","holderName":"박주임","lockedAt":8,\#
            "type":"REMARK"}}}
            """#),
        Golden(.unlocked(by: "박주임", reason: "사유"), #"{"unlocked":{"by":"박주임","reason":"사유"}}"#),
        Golden(
            .edited(before: .golden, after: .golden, by: "박주임"),
            #"""
            {"edited":{"after":{"address":"울산 북구","customer":"현대제철","department":"CS","eta":8,\#
            "item":"고철","type":"RETURN","warehouse":"BUSAN"},"before":{"address":"울산 북구",\#
            "customer":"현대제철","department":"CS","eta":8,"item":"고철","type":"RETURN",\#
            "warehouse":"BUSAN"},"by":"박주임"}}
            """#),
        Golden(
            .statusChanged(from: .inProgress, to: .cancel, by: "박주임"),
            #"""
            {"statusChanged":{"by":"박주임","from":"IN_PROGRESS","to":"CANCEL"}}
            """#),
        Golden(
            .assigned(driverName: "김기사", driverContact: "010", plate: "부산80바1234", by: "박주임"),
            #"""
            {"assigned":{"by":"박주임","driverContact":"010","driverName":"김기사","plate":"부산80바1234"}}
            """#),
        Golden(
            .remarked(remark: Order.Remark(by: "박주임", at: Instant(milliseconds: 8), text: "문 앞")),
            #"{"remarked":{"remark":{"at":8,"by":"박주임","text":"문 앞"}}}"#),
        Golden(.weighingStarted(visit: "v"), #"{"weighingStarted":{"visit":"v"}}"#),
        Golden(.weighingFinished(slip: "WR202611200001"), #"{"weighingFinished":{"slip":"WR202611200001"}}"#),
        // What is above reads as it was written before texts had persons.
        Golden(
            .assigned(
                driverName: Personal("김\"기사", of: "order:DO-1"), driverContact: Personal(nil, of: "order:DO-1"),
                plate: nil,
                by: Personal("박주임", of: "user:1")),
            "{\"assigned\":{\"by\":\"\u{E000}user:1\u{E001}박주임\",\"driverContact\":\"\u{E000}order:DO-1\u{E003}\","
                + "\"driverName\":\"\u{E000}order:DO-1\u{E001}김\\\"기사\"}}"),
        Golden(
            .peopleErased(by: Personal("시스템"), reason: "사유"),
            #"{"peopleErased":{"by":"시스템","reason":"사유"}}"#),
    ]

    @Test("reads and writes as ever", arguments: all)
    func golden(_ golden: Golden<Order.Event>) throws { try golden.check() }

    @Test("no event is missing here")
    func complete() {
        // A new event does not compile until it has a number, and fails until it has a text.
        let numbers = Self.all.map { golden in
            switch golden.event {
            case .created: 0
            case .locked: 1
            case .unlocked: 2
            case .edited: 3
            case .statusChanged: 4
            case .assigned: 5
            case .remarked: 6
            case .weighingStarted: 7
            case .weighingFinished: 8
            case .peopleErased: 9
            }
        }
        #expect(Set(numbers) == Set(0..<10))
    }
}

extension Order.Details {
    fileprivate static let golden = Order.Details(
        type: .returning, department: "CS", warehouse: "BUSAN", customer: "현대제철", address: "울산 북구", item: "고철",
        eta: Instant(milliseconds: 8))
}

extension Order.Lock {
    fileprivate static let golden = Order.Lock(
        holder: "user:1", holderName: "박주임", type: .remark, lockedAt: Instant(milliseconds: 8),
        expiresAt: Instant(milliseconds: 300_008))
}

@Suite("Events of Master in the journal")
struct MasterGoldenTests {
    static let all: [Golden<Master.Event>] = [
        Golden(
            .created(fields: .golden),
            #"""
            {"created":{"fields":{"drivers":["d1"],"hasApp":true,"phone":null,"plate":"부산80바1234",\#
            "tareGrams":10000000}}}
            """#),
        Golden(
            .changed(before: .golden, after: .golden),
            #"""
            {"changed":{"after":{"drivers":["d1"],"hasApp":true,"phone":null,"plate":"부산80바1234",\#
            "tareGrams":10000000},"before":{"drivers":["d1"],"hasApp":true,"phone":null,\#
            "plate":"부산80바1234","tareGrams":10000000}}}
            """#),
        Golden(.deactivated(reason: "매각"), #"{"deactivated":{"reason":"매각"}}"#),
        Golden(.reactivated, #"{"reactivated":{}}"#),
        Golden(
            .created(fields: ["name": .personal(Personal("김기사", of: "driver:12")), "hasApp": .flag(true)]),
            "{\"created\":{\"fields\":{\"hasApp\":true,\"name\":\"\u{E000}driver:12\u{E001}김기사\"}}}"),
        Golden(
            .erased(fields: ["contact", "name"], by: Personal("소장", of: "user:9"), reason: "본인 요청"),
            "{\"erased\":{\"by\":\"\u{E000}user:9\u{E001}소장\",\"fields\":[\"contact\",\"name\"],\"reason\":\"본인 요청\"}}"),
    ]

    @Test("reads and writes as ever", arguments: all)
    func golden(_ golden: Golden<Master.Event>) throws { try golden.check() }

    @Test("no event is missing here")
    func complete() {
        // A new event does not compile until it has a number, and fails until it has a text.
        let numbers = Self.all.map { golden in
            switch golden.event {
            case .created: 0
            case .changed: 1
            case .deactivated: 2
            case .reactivated: 3
            case .erased: 4
            }
        }
        #expect(Set(numbers) == Set(0..<5))
    }
}

extension [String: FieldValue] {
    fileprivate static let golden: [String: FieldValue] = [
        "plate": .text("부산80바1234"), "tareGrams": .number(10_000_000), "hasApp": .flag(true), "drivers": .list(["d1"]),
        "phone": .none,
    ]
}
