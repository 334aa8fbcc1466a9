@testable import Actors

extension Instant {
    /// 2026-11-20 10:00 in Ulsan, a Friday: the beginning of every story here.
    static let start = Instant(milliseconds: 1_795_136_400_000)

    static func - (left: Instant, right: Duration) -> Instant {
        Instant(milliseconds: left.milliseconds - right.inMilliseconds)
    }
}

extension Duration {
    static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
    static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
}

extension Principal {
    static let office = Principal(id: "user:1", role: .staff, site: "ulsan", name: "박주임")
    static let otherOffice = Principal(id: "user:2", role: .staff, site: "ulsan", name: "정대리")
    static let admin = Principal(id: "user:9", role: .admin, site: "ulsan", name: "소장")
    static let hub = Principal.system(site: "ulsan")
    static let edge = Principal(id: "device:e1", role: .device, site: "ulsan", name: "계량대 1·2", stations: ["1", "2"])

    static func driver(_ id: String) -> Principal {
        Principal(id: "user:\(id)", role: .driver, site: "ulsan", name: id, driver: id)
    }

    /// One of each role.
    static let everybody = [office, admin, hub, edge, driver("d1")]
}

/// A plate that is known to be one.
func thePlate(_ text: String) -> Plate {
    guard let plate = Plate(text) else { preconditionFailure("\(text) is not a plate") }
    return plate
}

func tonnes(_ tonnes: Int64, kg: Int64 = 0) -> Int64 { tonnes * 1_000_000 + kg * 1000 }

extension Directory {
    /// Ulsan: two companies, six trucks (v1 and v2 differ in their region only), four drivers, two items, three stations.
    static let sample: Directory = {
        var directory = Directory()
        directory.sites["ulsan"] = Site(name: "울산공장")
        func key(_ id: String) -> Key { Key("ulsan", id) }
        directory.companies[key("c1")] = Company(name: "한빛운송")
        directory.companies[key("c2")] = Company(name: "동해물류")
        directory.drivers[key("d1")] = Driver(name: "김기사", company: "c1", hasApp: true)
        directory.drivers[key("d2")] = Driver(name: "이기사", company: "c2")
        directory.drivers[key("d3")] = Driver(name: "박기사", company: "c1", hasApp: true)
        directory.drivers[key("d4")] = Driver(name: "최기사", company: "c2", hasApp: true)
        directory.items[key("i1")] = Item(name: "고철")
        directory.items[key("i2")] = Item(name: "석탄재")
        for number in 1...3 {
            directory.stations[key("\(number)")] = Station(name: "\(number)번 계량대", indicator: "A-\(number)")
        }
        func vehicle(
            _ id: String, _ text: String, _ company: String?, drivers: [String], tare: Int64? = nil,
            measured: String? = nil, isActive: Bool = true
        ) {
            let vehicle = Vehicle(
                plate: thePlate(text), company: company, tareGrams: tare,
                tareDate: measured.flatMap { BusinessDate($0) },
                drivers: drivers, isActive: isActive)
            directory.setVehicle(vehicle, id, at: "ulsan")
        }
        vehicle("v1", "부산80바1234", "c1", drivers: ["d1"], tare: tonnes(10), measured: "2026-10-01")
        vehicle("v2", "서울80바1234", "c2", drivers: ["d2"])
        vehicle("v3", "12가3456", "c1", drivers: ["d1", "d3"])
        vehicle("v4", "85아5678", "c1", drivers: [], tare: tonnes(11), measured: "2026-08-21")
        vehicle("v5", "80배7777", nil, drivers: ["d3"], isActive: false)
        vehicle("v6", "경기98사9999", "c2", drivers: ["d4"])
        return directory
    }()

    /// The sample with something different about it.
    static func sample(_ change: (inout Directory) -> Void) -> Directory {
        var directory = sample
        change(&directory)
        return directory
    }

    /// The sample with something different about its site.
    static func site(_ change: (inout Site) -> Void) -> Directory {
        sample {
            var site = $0.site("ulsan")
            change(&site)
            $0.sites["ulsan"] = site
        }
    }
}

/// A literal is a text of nobody in particular: how everything reads that was written before texts had persons.
extension Personal: ExpressibleByStringLiteral {
    static let office = Principal.office.signature
    static let boss = Principal.admin.signature

    package init(stringLiteral text: String) { self.init(text) }
}
