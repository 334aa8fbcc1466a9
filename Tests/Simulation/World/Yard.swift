import Actors

/// The yard that every world starts from.
enum Yard {
    static let site = "ulsan"
    static let stations = ["1", "2", "3"]
    static let divisionGrams: Int64 = 20_000
    static let vehicleCount = 8
    static let callGrace: Duration = .seconds(40)
    static let absentGrace: Duration = .seconds(90)
    /// 2026-11-20 23:59 in Ulsan: the day changes while trucks wait.
    static let opensAt: Int64 = 1_795_186_740_000

    static func id(_ kind: String, _ key: String) -> StreamID { StreamID(site: site, kind: kind, key: key) }
    static let queue = id(WaitQueue.name, WaitQueue.key)
    static let register = id(WeighRegister.name, WeighRegister.key)
    static func station(_ key: String) -> StreamID { id(WeighStation.name, key) }

    static func plate(_ number: Int) -> String { "울산80바\(pad(1000 + number, 4))" }
    static func vehicle(_ number: Int) -> String { "v\(number)" }
    static func driver(_ number: Int) -> String { "d\(number)" }

    static let admin = Principal(id: "user:admin", role: .admin, site: site, name: "관리자")
    static func officer(_ number: Int) -> Principal {
        Principal(id: "user:\(number)", role: .staff, site: site, name: "계량원 \(number)")
    }
    static func driverPrincipal(_ number: Int) -> Principal {
        Principal(id: "user:d\(number)", role: .driver, site: site, name: "기사 \(number)", driver: driver(number))
    }
    static func edge(_ station: String) -> Principal {
        Principal(id: "device:edge-\(station)", role: .device, site: site, name: "edge-\(station)", stations: [station])
    }

    /// Master data as the projections give it to a starting hub.
    static func directory() -> Directory {
        var directory = Directory()
        directory.learn(
            id(Master.name, "site:\(site)"),
            fields: [
                "name": .text("울산"), "callGraceSeconds": .number(callGrace.inMilliseconds / 1000),
                "absentGraceSeconds": .number(absentGrace.inMilliseconds / 1000), "queueNumberMax": .number(12),
                "slipReceivers": .list(Receivers.names),
            ], isActive: true)
        for station in stations {
            directory.learn(
                id(Master.name, "station:\(station)"),
                fields: ["name": .text("\(station)번"), "divisionGrams": .number(divisionGrams)], isActive: true)
        }
        for number in 1...vehicleCount {
            directory.learn(
                id(Master.name, "driver:\(driver(number))"),
                fields: ["name": .text("기사 \(number)"), "hasApp": .flag(number % 2 == 0)], isActive: true)
            directory.learn(
                id(Master.name, "vehicle:\(vehicle(number))"), fields: vehicleFields(number, tareGrams: 14_000_000),
                isActive: true)
        }
        directory.learn(id(Master.name, "item:scrap"), fields: ["name": .text("고철")], isActive: true)
        return directory
    }

    static func vehicleFields(_ number: Int, tareGrams: Int64) -> [String: FieldValue] {
        // Two drivers may share a truck.
        [
            "plate": .text(plate(number)), "tareGrams": .number(tareGrams), "tareDate": .text("2026-11-01"),
            "drivers": .list([driver(number), driver(number % vehicleCount + 1)]),
        ]
    }
}
