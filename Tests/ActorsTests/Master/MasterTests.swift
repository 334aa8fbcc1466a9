@testable import Actors
import Testing

@Suite("Master data")
struct MasterTests {
    private typealias Record = Given<Master>

    private static let truck: [String: FieldValue] = [
        "plate": .text("울산80바7777"), "company": .text("c1"), "tareGrams": .number(11_000_000),
    ]
    private let created = Given<Master>(.created(fields: MasterTests.truck))

    @Test("a record is created once, by an admin or the hub")
    func create() {
        let then = Record().when(.create(fields: Self.truck), as: .admin).then(.created(fields: Self.truck))
        #expect(then.state.exists && then.state.isActive && then.state.fields == Self.truck)
        then.given.when(.create(fields: Self.truck), as: .admin).thenRejected("exists")
        Record().when(.create(fields: Self.truck), as: .hub).thenNamed("created")
        for principal in [Principal.office, .edge, .driver("d1")] {
            Record().when(.create(fields: Self.truck), as: principal).thenRejected("forbidden")
            created.when(.deactivate(reason: "매각"), as: principal).thenRejected("forbidden")
        }
    }

    @Test("a change tells before and after of what changed, and of nothing else")
    func change() {
        let fields: [String: FieldValue] = [
            "company": .text("c2"), "tareGrams": .number(11_000_000), "x_memo": .flag(true),
        ]
        let then = created.when(.change(fields: fields), as: .admin)
        then.then(
            .changed(
                before: ["company": .text("c1"), "x_memo": .none],
                after: ["company": .text("c2"), "x_memo": .flag(true)]))
        #expect(then.state.fields["plate"] == .text("울산80바7777") && then.state.fields["company"] == .text("c2"))
        then.given.when(.change(fields: fields), as: .admin).thenNothing()
        created.when(.change(fields: ["company": .none]), as: .admin)
            .then(.changed(before: ["company": .text("c1")], after: ["company": .none]))
    }

    @Test("a record is deactivated with a reason and comes back; doing it twice changes nothing")
    func deactivate() {
        created.when(.deactivate(reason: " "), as: .admin).thenRejected("reasonRequired")
        let off = created.when(.deactivate(reason: "매각"), as: .admin).then(.deactivated(reason: "매각"))
        #expect(!off.state.isActive && off.state.fields == Self.truck)
        off.given.when(.deactivate(reason: "매각"), as: .admin).thenNothing()
        let on = off.given.when(.reactivate, as: .admin).then(.reactivated)
        #expect(on.state.isActive)
        on.given.when(.reactivate, as: .admin).thenNothing()
    }

    @Test("what does not exist cannot be changed")
    func unknown() {
        for command: Master.Command in [.change(fields: [:]), .deactivate(reason: "x"), .reactivate] {
            Record().when(command, as: .admin).thenRejected("unknownRecord")
        }
    }

    @Test(
        "a key names a class and an id",
        arguments: ["vehicle", "vehicle:", "truck:1", ":1", ":vehicle:1", "::vehicle:1", ""])
    func keys(key: String) {
        Record(key: key).when(.create(fields: Self.truck), as: .admin).thenRejected("unknownRecord")
    }

    @Test("a truck needs a plate that no other truck has; the same number of another region is another plate")
    func plates() {
        func create(_ plate: FieldValue?) -> Then<Master> {
            Record().when(.create(fields: plate.map { ["plate": $0] } ?? [:]), as: .admin)
        }
        create(nil).thenRejected("badField", ["field": "plate"])
        create(.text("90차5678")).thenRejected("badField")
        create(.number(12)).thenRejected("badField")
        create(.text("부산 80바-1234")).thenRejected("exists")
        create(.text("울산80바1234")).thenNamed("created")
        Given<Master>(.created(fields: ["plate": .text("부산80바1234")]), key: "vehicle:v1")
            .when(.change(fields: ["plate": .text("서울80바1234")]), as: .admin).thenRejected("exists")
    }

    @Test("everything else needs a name")
    func names() {
        for name in ["site:ulsan", "company:c9", "driver:d9", "item:i9", "station:9"] {
            let record = Record(key: name)
            record.when(.create(fields: [:]), as: .admin).thenRejected("badField", ["field": "name"])
            record.when(.create(fields: ["name": .text("  ")]), as: .admin).thenRejected("badField")
            record.when(.create(fields: ["name": .text("이름")]), as: .admin).thenNamed("created")
        }
    }

    @Test("a user needs a login and a role of a person")
    func users() {
        func create(_ fields: [String: FieldValue]) -> Then<Master> {
            let user: [String: FieldValue] = ["name": .text("박주임"), "login": .text("park"), "role": .text("STAFF")]
            return Given(key: "user:1").when(.create(fields: user.merging(fields) { $1 }), as: .admin)
        }
        create([:]).thenNamed("created")
        create(["name": .none]).thenRejected("badField", ["field": "name"])
        create(["login": .text("p")]).thenRejected("badField", ["field": "login"])
        create(["role": .text("SYSTEM")]).thenRejected("badField", ["field": "role"])
        create(["role": .text("DEVICE")]).thenRejected("badField", ["field": "role"])
        create(["driver": .text("nobody")]).thenRejected("unknownDriver", ["driver": "nobody"])
    }

    @Test("a log-in name is one account's")
    func logins() {
        var directory = Directory.sample
        directory.accounts[.init("ulsan", "2")] = .init(login: "park", name: "박", role: .staff)
        let park: [String: FieldValue] = ["name": .text("박주임"), "login": .text("park"), "role": .text("STAFF")]
        Given<Master>(key: "user:1", in: directory).when(.create(fields: park), as: .admin)
            .thenRejected("loginTaken", ["login": "park"])
        Given<Master>(key: "user:2", in: directory).when(.create(fields: park), as: .admin).thenNamed("created")
        let lee = Given<Master>(key: "user:1", in: directory)
            .after(.create(fields: park.merging(["login": .text("lee")]) { $1 }), as: .admin)
        lee.when(.change(fields: ["login": .text("park")]), as: .admin).thenRejected("loginTaken")
    }

    @Test("the receivers of slips are names, each once, eight at most")
    func slipReceivers() {
        func create(_ names: [String]) -> Then<Master> {
            Given<Master>(key: "site:ulsan").when(
                .create(fields: ["name": .text("부산"), "slipReceivers": .list(names)]), as: .admin)
        }
        create((1...8).map { "erp\($0)" }).thenNamed("created")
        create([String(repeating: "r", count: 64)]).thenNamed("created")
        for names in [
            (1...9).map { "erp\($0)" }, ["erp", "erp"], [""], ["a/b"], [String(repeating: "r", count: 65)],
        ] { create(names).thenRejected("badField", ["field": "slipReceivers"]) }
    }

    @Test("fields have their limits")
    func limits() {
        func create(_ fields: [String: FieldValue]) -> Then<Master> {
            Record().when(.create(fields: Self.truck.merging(fields) { $1 }), as: .admin)
        }
        create(["x_memo": .text(String(repeating: "가", count: 201))]).thenRejected("tooLong", ["field": "x_memo"])
        create(["drivers": .list(Array(repeating: "d", count: 51))]).thenRejected("badField")
        create(["drivers": .list([String(repeating: "d", count: 201)])]).thenRejected("tooLong", ["field": "drivers"])
        create(["x_" + String(repeating: "n", count: 39): .flag(true)]).thenRejected("badField")
        // What is about a person has to be a text, which can be kept under a key.
        for value in [FieldValue.list(["010-1234-5678"]), .number(1)] {
            Given<Master>(key: "driver:1").when(.create(fields: ["name": .text("홍"), "x_tel": value]), as: .admin)
                .thenRejected("badField", ["field": "x_tel"])
        }
        // One character, to Swift.
        let pile = "e" + String(repeating: "\u{301}", count: 1200)
        create(["note": .text(pile)]).thenRejected("tooLong", ["field": "note"])
        create(["x_\(pile)": .flag(true)]).thenRejected("badField")
        create(["memo": .text("x")]).thenRejected("badField", ["field": "memo"])
        create(["tareGrams": .text("9000000")]).thenRejected("badField", ["field": "tareGrams"])
        create(["tareDate": .text("2026-13-01")]).thenRejected("badField", ["field": "tareDate"])
        create(["drivers": .text("d1")]).thenRejected("badField", ["field": "drivers"])
        create(["tareGrams": .number(-1)]).thenRejected("badField", ["field": "tareGrams"])
        create(["maxLoadGrams": .number(200_000_001)]).thenRejected("badField")
        create(Dictionary(uniqueKeysWithValues: (1...40).map { ("f\($0)", FieldValue.none) })).thenRejected("badField")
    }

    @Test(
        "a setting that would break arithmetic is refused",
        arguments: [
            "callGraceSeconds", "absentGraceSeconds", "dayCutMinutes", "utcOffsetMinutes", "queueNumberMax",
            "tareValidityDays", "netMinGrams", "weightMinGrams", "weightMaxGrams",
        ])
    func extremeSettings(field: String) {
        let site = Record(key: "site:ulsan")
        for number in [Int64.max, .min] {
            site.when(.create(fields: ["name": .text("울산"), field: .number(number)]), as: .admin)
                .thenRejected("badField", ["field": field])
        }
    }

    @Test("only staff look at master data")
    func views() {
        #expect(Master.view(for: .office, key: "vehicle:v1", mine: false) == .staff)
        #expect(Master.view(for: .driver("d1"), key: "vehicle:v1", mine: false) == nil)
        #expect(Master.view(for: .edge, key: "vehicle:v1", mine: false) == nil)
    }
}

@Suite("The directory learns from master data")
struct DirectoryTests {
    private func learned(
        _ key: String, _ fields: [String: FieldValue], isActive: Bool = true, into directory: Directory = .sample
    ) -> Directory {
        var directory = directory
        let state = Master.State(exists: true, isActive: isActive, fields: fields)
        let id = StreamID(site: "ulsan", kind: Master.name, key: key)
        Master.teach(&directory, .reactivated, id: id, state: state)
        return directory
    }

    @Test("a truck, with all that decisions need")
    func vehicle() {
        let directory = learned(
            "vehicle:v9",
            [
                "plate": .text("울산 80바 7777"), "company": .text("c1"), "tareGrams": .number(11_000_000),
                "tareDate": .text("2026-11-01"), "maxLoadGrams": .number(25_000_000), "drivers": .list(["d1"]),
            ])
        let id = directory.vehicleID(plate: "80바7777", at: "ulsan")
        let vehicle = directory.vehicle("v9", at: "ulsan")
        #expect(
            id == "v9" && vehicle?.plate == thePlate("울산80바7777") && vehicle?.tareDate == BusinessDate("2026-11-01"))
        #expect(vehicle?.drivers == ["d1"] && vehicle?.isActive == true)
        #expect(learned("vehicle:v9", ["plate": .text("무엇")]).vehicle("v9", at: "ulsan") == nil)
    }

    @Test("a truck with a new plate is no longer found by the old one")
    func newPlate() {
        let directory = learned("vehicle:v6", ["plate": .text("울산98사9999")])
        #expect(directory.vehicleID(plate: "경기98사9999", at: "ulsan") == nil)
        #expect(directory.vehicleID(plate: "울산98사9999", at: "ulsan") == "v6")
        #expect(directory.vehicleID(plate: "98사9999", at: "ulsan") == "v6")
    }

    @Test("plates are looked up within their site")
    func sites() {
        #expect(Directory.sample.vehicleID(plate: "부산80바1234", at: "busan") == nil)
        #expect(Directory.sample.vehicleID(plate: "98사9999", at: "busan") == nil)
    }

    @Test("deactivated records stay known as inactive")
    func inactive() {
        #expect(
            learned("vehicle:v1", ["plate": .text("부산80바1234")], isActive: false)
                .vehicle("v1", at: "ulsan")?.isActive == false)
        let directory = learned("station:2", ["name": .text("2번")], isActive: false)
        #expect(directory.activeStations(at: "ulsan") == ["1", "3"])
    }

    @Test("a station's numbers, its defaults where there are none")
    func station() {
        let directory = learned(
            "station:1",
            [
                "name": .text("1번"), "divisionGrams": .number(10_000), "validUntil": .text("2027-03-31"),
                "capacityGrams": .number(0),
            ])
        let station = directory.station("1", at: "ulsan")
        #expect(station?.divisionGrams == 10_000 && station?.capacityGrams == 80_000_000)
        #expect(station?.zeroBandGrams == 100_000 && station?.validUntil == BusinessDate("2027-03-31"))
    }

    @Test("a site's settings, its defaults where there are none")
    func site() {
        let directory = learned(
            "site:ulsan",
            [
                "name": .text("울산공장"), "dayCutMinutes": .number(240), "queueNumberMax": .number(50),
                "callGraceSeconds": .number(120), "phone": .text("052-000-0000"),
            ])
        let site = directory.site("ulsan")
        #expect(site.clock == SiteClock(utcOffsetMinutes: 540, dayCutMinutes: 240) && site.queueNumberMax == 50)
        #expect(site.callGrace == .seconds(120) && site.absentGrace == .seconds(900) && site.phone == "052-000-0000")
        #expect(directory.site("nowhere").name == "nowhere")
    }

    @Test("companies, drivers and items by name; half an account and nonsense teach nothing")
    func others() {
        #expect(learned("company:c9", ["name": .text("새 회사")]).company("c9", at: "ulsan")?.name == "새 회사")
        #expect(learned("item:i9", ["name": .text("모래")]).item("i9", at: "ulsan")?.name == "모래")
        let driver = learned("driver:d9", ["name": .text("정기사"), "hasApp": .flag(true), "company": .text("c1")])
        #expect(driver.driver("d9", at: "ulsan") == Directory.Driver(name: "정기사", company: "c1", hasApp: true))
        #expect(learned("driver:d9", [:]).driver("d9", at: "ulsan") == nil)
        #expect(learned("user:u1", ["name": .text("x")]).accounts.isEmpty)
        #expect(learned("thing:1", ["name": .text("x")]).items == Directory.sample.items)
    }

    @Test("an account becomes a principal, until it is deactivated")
    func accounts() {
        let fields: [String: FieldValue] = [
            "name": .text("김기사"), "login": .text("kim"), "role": .text("DRIVER"), "driver": .text("d1"),
        ]
        let principal = learned("user:7", fields).principal(account: "7", at: "ulsan")
        #expect(principal == Principal(id: "user:7", role: .driver, site: "ulsan", name: "김기사", driver: "d1"))
        #expect(learned("user:7", fields, isActive: false).principal(account: "7", at: "ulsan") == nil)
        #expect(learned("user:7", fields).principal(account: "7", at: "busan") == nil)
    }

    @Test("nobody is asked about what has no id")
    func none() {
        #expect(Directory.sample.company(nil, at: "ulsan") == nil && Directory.sample.driver(nil, at: "ulsan") == nil)
    }
}

@Suite("Field values")
struct FieldValueTests {
    @Test(
        "JSON without nesting keeps its type",
        arguments: [
            ("null", FieldValue.none), ("true", .flag(true)), ("1", .number(1)), ("0", .number(0)),
            ("-9223372036854775808", .number(.min)), (#""1""#, .text("1")), (#"["a","b"]"#, .list(["a", "b"])),
            ("[]", .list([])),
        ])
    func types(json: String, value: FieldValue) throws {
        #expect(try JSON.decode([String: FieldValue].self, from: Array(#"{"f":\#(json)}"#.utf8)) == ["f": value])
        #expect(String(decoding: JSON.encode(["f": value]), as: UTF8.self) == #"{"f":\#(json)}"#)
    }

    @Test("fractions and nesting are no field values", arguments: ["1.5", "{}", "[1]", "[[]]"])
    func refused(json: String) {
        #expect(throws: (any Error).self) { try JSON.decode([FieldValue].self, from: Array("[\(json)]".utf8)) }
    }
}
