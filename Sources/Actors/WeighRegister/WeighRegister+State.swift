extension WeighRegister {
    /// Where a weight came from. Anything but an indicator's own is marked on the slip.
    package enum Source: String, Codable, Sendable {
        case indicator = "INDICATOR"
        case manual = "MANUAL"
        /// Weighed while the edge was cut off from the hub.
        case edgeOffline = "EDGE_OFFLINE"
    }

    package enum TareSource: String, Codable, Sendable {
        case measured = "MEASURED"
        /// Preset tare: from the vehicle's record, not from the deck.
        case preset = "PT"
    }

    /// `by` and `reason` are on the slip: who typed a weight in is kept as long as the weight (see `Personal`).
    package struct Weighing: Codable, Sendable, Hashable {
        package let id: String
        package let grams: Int64
        package let at: Instant
        package let station: String?
        package let source: Source
        package let by: String?
        package let reason: String?

        package init(
            id: String, grams: Int64, at: Instant, station: String?, source: Source, by: String? = nil,
            reason: String? = nil
        ) {
            self.id = id
            self.grams = grams
            self.at = at
            self.station = station
            self.source = source
            self.by = by
            self.reason = reason
        }
    }

    /// What is on the deck, as it was known when it happened.
    package struct Load: Codable, Sendable, Hashable {
        package let visit: String
        package let plate: Plate
        package let vehicle: String
        package let driver: String?
        package let company: String?
        package let companyName: String?
        package let item: String?
        package let itemName: String?
        package let order: String?
        /// When the truck was called.
        package let calledAt: Instant?

        package init(visit: String, plate: Plate, vehicle: String) {
            self.init(
                visit: visit, plate: plate, vehicle: vehicle, driver: nil, company: nil, companyName: nil, item: nil,
                itemName: nil, order: nil, calledAt: nil)
        }

        package init(_ binding: WeighStation.Binding) {
            self.init(
                visit: binding.visit, plate: binding.plate, vehicle: binding.vehicle, driver: binding.driver,
                company: binding.company, companyName: binding.companyName, item: binding.item,
                itemName: binding.itemName, order: binding.order, calledAt: binding.at)
        }

        package init(
            visit: String, plate: Plate, vehicle: String, driver: String?, company: String?, companyName: String?,
            item: String?, itemName: String?, order: String?, calledAt: Instant?
        ) {
            self.visit = visit
            self.plate = plate
            self.vehicle = vehicle
            self.driver = driver
            self.company = company
            self.companyName = companyName
            self.item = item
            self.itemName = itemName
            self.order = order
            self.calledAt = calledAt
        }
    }

    /// Weighed once.
    package struct OpenTicket: Codable, Sendable, Hashable {
        package let load: Load
        package let first: Weighing
    }

    /// A finished weighing, as it is printed. The law makes the yard keep it, so nothing on it is a personal field that could be erased.
    package struct Slip: Codable, Sendable, Hashable {
        package let number: String
        package let date: BusinessDate
        package let load: Load
        package let first: Weighing
        /// Nil when the tare is a preset one.
        package let second: Weighing?
        package let grossGrams: Int64
        package let tareGrams: Int64
        package let netGrams: Int64
        package let tareSource: TareSource
        package let tareDate: BusinessDate?
        package let completedAt: Instant

        /// A weight typed in by hand is on it.
        package var isManual: Bool { first.source == .manual || second?.source == .manual }
    }

    /// A weight that could not become a weighing. Staff see it until the truck is weighed again.
    package struct Refusal: Codable, Sendable, Hashable {
        package let load: Load
        package let weighing: Weighing
        package let code: String
        package let message: String
    }

    package struct Day: Codable, Sendable, Hashable {
        /// Trucks weighed for the first time.
        package var count = 0
        package var completed = 0
        package var netGrams: Int64 = 0
        package var seconds = 0
        package var timedCount = 0
        /// Completed per local hour.
        package var hours = [Int](repeating: 0, count: 24)
    }

    package struct State: Codable, Sendable, Hashable {
        package var date: BusinessDate?
        package var lastSlip = 0
        package var today = Day()
        /// By vehicle: one per truck.
        package var open: [String: OpenTicket] = [:]
        /// Newest first.
        package var recent: [Slip] = []
        /// The newest slip of each driver today.
        package var latest: [String: Slip] = [:]
        package var refused: [Refusal] = []
        package var manualCount = 0

        static let recentCountMax = 20
        static let refusedCountMax = 20
    }
}
