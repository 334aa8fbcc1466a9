import Actors

/// The demonstration yard: companies, trucks, drivers, accounts. Only `hub demo` makes it; a database of `hub serve` never
/// holds any of it.
struct DemoYard: Sendable {
    struct Record: Sendable {
        let key: String
        let fields: [String: FieldValue]
    }

    static let site = "busan1"
    static let password = "Gwanje!2026"
    static let edgeKeys = ["1": "demo-edge-1", "2": "demo-edge-2", "3": "demo-edge-3"]

    let today: BusinessDate

    /// Everything, in the order in which it has to be known.
    var records: [Record] {
        [site] + companies + items + stations + drivers + vehicles + accounts
    }

    private var site: Record {
        Record(
            key: "site:\(Self.site)",
            fields: [
                "name": .text("부산 제1야드"), "utcOffsetMinutes": .number(540), "callGraceSeconds": .number(300),
                "absentGraceSeconds": .number(900), "queueNumberMax": .number(99), "phone": .text("051-123-4567"),
            ])
    }

    private static let companyNames = [
        "대한제강", "한일자원", "영남철강상사", "동양환경", "광양물류", "포항에코로지스", "달성자원", "세진리사이클링",
    ]

    private var companies: [Record] {
        Self.companyNames.enumerated().map { Record(key: "company:\($0 + 1)", fields: ["name": .text($1)]) }
    }

    private static let itemNames = ["철스크랩(중량A)", "철스크랩(생철)", "폐합성수지", "폐목재", "슬래그", "폐지(압축)", "알루미늄 캔"]

    private var items: [Record] {
        Self.itemNames.enumerated().map { Record(key: "item:\($0 + 1)", fields: ["name": .text($1)]) }
    }

    private var stations: [Record] {
        ["CAS", "A&D", "A사"].enumerated().map { index, maker in
            Record(
                key: "station:\(index + 1)",
                fields: [
                    "name": .text("\(index + 1)번 계량대"), "indicator": .text(maker), "divisionGrams": .number(20_000),
                    "zeroBandGrams": .number(100_000), "capacityGrams": .number(80_000_000),
                    "validUntil": .text("\(today.year + 1)-05-30"),
                ])
        }
    }

    private static let plates = [
        "부산82바3345", "부산80바1234", "경기98사1234", "인천81아7702", "부산85자0417", "전남81바9036", "울산98사2280", "경북80아6612",
        "대구84바1190", "부산82자5519", "경남83아2047", "울산83아4410", "부산81바7788", "경북97사3120", "부산86아5501", "전북80바6634",
        "경기81자9102", "부산84사2765", "812무3456", "경남98바4873", "울산80아1357", "부산83바8642", "인천97아2209", "대구81바5310",
    ]

    private static let driverNames = [
        "강태호", "김영수", "남궁혜성", "최병호", "이정훈", "박상철", "정미란", "오세훈", "한동욱", "윤기철", "서재민", "임형준", "조민석", "황보석",
        "배진우", "문경환", "신동혁", "권오성", "유상호", "노경태", "하지훈", "전병국", "송기영", "곽명수",
    ]

    private var drivers: [Record] {
        Self.driverNames.enumerated().map { index, name in
            Record(
                key: "driver:\(index + 1)",
                fields: [
                    "name": .text(name), "company": .text("\(index % Self.companyNames.count + 1)"),
                    "hasApp": .flag(index != 13),
                ])
        }
    }

    private var vehicles: [Record] {
        let measured = BusinessDate(daysSinceEpoch: today.daysSinceEpoch - 30)
        return Self.plates.enumerated().map { index, plate in
            Record(
                key: "vehicle:\(index + 1)",
                fields: [
                    "plate": .text(plate), "vehicleType": .text(index % 3 == 0 ? "덤프트럭" : "카고트럭"),
                    "company": .text("\(index % Self.companyNames.count + 1)"),
                    "tareGrams": .number(Int64(9_000 + index % 12 * 460) / 20 * 20_000),
                    "tareDate": .text(measured.description), "maxLoadGrams": .number(25_000_000),
                    "drivers": .list(["\(index + 1)"]),
                ])
        }
    }

    private var accounts: [Record] {
        func account(_ login: String, _ name: String, _ role: Role, driver: String? = nil) -> Record {
            var fields: [String: FieldValue] = [
                "login": .text(login), "name": .text(name), "role": .text(role.rawValue),
            ]
            if let driver { fields["driver"] = .text(driver) }
            return Record(key: "user:\(login)", fields: fields)
        }
        return [
            account("admin", "관리자", .admin), account("staff", "박정민", .staff), account("staff2", "이수연", .staff),
            account("yard", "야드 자동운영", .staff),
        ]
            + Self.driverNames.enumerated().map { account("driver\($0 + 1)", $1, .driver, driver: "\($0 + 1)") }
    }
}
