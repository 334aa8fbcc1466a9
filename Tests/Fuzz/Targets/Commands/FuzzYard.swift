import Actors

/// A small yard for decisions, and the people in it.
enum FuzzYard {
    static let site = "ulsan"
    /// 2026-11-20 15:06:40 in Korea.
    static let start = Instant(milliseconds: 1_795_154_800_000)
    /// The last second of 9999.
    static let end = Instant(milliseconds: 253_402_300_799_000)

    static let directory: Directory = {
        var directory = Directory()
        func learn(_ key: String, _ fields: [String: FieldValue], isActive: Bool = true) {
            directory.learn(StreamID(site: site, kind: Master.name, key: key), fields: fields, isActive: isActive)
        }
        learn("site:ulsan", ["name": .text("울산"), "queueNumberMax": .number(3)])
        learn("company:1", ["name": .text("회사")])
        learn("driver:1", ["name": .text("기사"), "hasApp": .flag(true)])
        learn("driver:2", ["name": .text("기사 둘")])
        learn("item:1", ["name": .text("품목")])
        learn("item:2", ["name": .text("품목 둘")], isActive: false)
        learn("station:1", ["name": .text("1번"), "divisionGrams": .number(20_000)])
        learn("station:2", ["name": .text("2번"), "divisionGrams": .number(1)])
        for (id, plate) in [("1", "부산80바1234"), ("2", "서울80바1234"), ("3", "12가3456"), ("4", "123가4567")] {
            learn(
                "vehicle:\(id)",
                [
                    "plate": .text(plate), "company": .text("1"), "tareGrams": .number(9_000_000),
                    "tareDate": .text("2026-11-01"), "drivers": .list(id == "1" ? ["1"] : ["1", "2"]),
                ])
        }
        learn("user:1", ["login": .text("park"), "name": .text("박"), "role": .text("STAFF")])
        return directory
    }()

    static func principal(_ letter: UInt8) -> Principal? {
        switch letter {
        case UInt8(ascii: "a"): Principal(id: "user:a", role: .admin, site: site, name: "관리자")
        case UInt8(ascii: "s"): Principal(id: "user:s", role: .staff, site: site, name: "박정민")
        case UInt8(ascii: "d"): Principal(id: "user:d", role: .driver, site: site, name: "기사", driver: "1")
        case UInt8(ascii: "e"):
            Principal(id: "device:e", role: .device, site: site, name: "edge", stations: ["1", "2"])
        case UInt8(ascii: "h"): .system(site: site)
        default: nil
        }
    }

    /// A finished weighing, as the register writes it.
    static let slip: WeighRegister.Slip = {
        let bytes = Array(
            #"""
            {"number":"WR202611200001","date":"2026-11-20","load":{"visit":"v","plate":"부산80바1234","vehicle":"1"},
            "first":{"id":"1-000001","grams":40000000,"at":1,"station":"1","source":"INDICATOR"},
            "second":{"id":"1-000002","grams":18000000,"at":2,"station":"1","source":"INDICATOR"},"grossGrams":40000000,
            "tareGrams":18000000,"netGrams":22000000,"tareSource":"MEASURED","completedAt":3}
            """#.utf8)
        do {
            return try JSON.decode(WeighRegister.Slip.self, from: bytes)
        } catch {
            fatalError("a slip that cannot be read: \(error)")
        }
    }()
}
