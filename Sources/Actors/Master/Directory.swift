import Synchronization

/// The master data that decisions need, as one value: cheap to hand to a decision, replaced as a whole after each commit.
package struct Directory: Sendable {
    package struct Site: Sendable, Hashable {
        package var name: String
        package var clock = SiteClock()
        /// Numbers go round after this one: short enough to say over a radio.
        package var queueNumberMax = 99
        /// How long a called truck has to reach the deck.
        package var callGrace: Duration = .seconds(300)
        /// How long an absent truck keeps its place.
        package var absentGrace: Duration = .seconds(900)
        package var netMinGrams: Int64 = 20_000
        package var weightMaxGrams: Int64 = 80_000_000
        package var weightMinGrams: Int64 = 500_000
        /// Days after which a stored tare is too old to be used.
        package var tareValidityDays = 90
        package var phone: String?
        /// Receivers outside the hub that hear of every slip.
        package var slipReceivers: [String]?

        package init(name: String) { self.name = name }
    }

    package struct Company: Sendable, Hashable {
        package var name: String
        package var isActive = true
    }

    package struct Vehicle: Sendable, Hashable {
        package var plate: Plate
        package var company: String?
        package var tareGrams: Int64?
        package var tareDate: BusinessDate?
        package var maxLoadGrams: Int64?
        /// Drivers who may check this truck in by themselves.
        package var drivers: [String] = []
        package var isActive = true
    }

    package struct Driver: Sendable, Hashable {
        package var name: String
        package var company: String?
        package var hasApp = false
        package var isActive = true
    }

    package struct Item: Sendable, Hashable {
        package var name: String
        package var isActive = true
    }

    package struct Station: Sendable, Hashable {
        package var name: String
        package var indicator: String
        package var divisionGrams: Int64 = 20_000
        package var zeroBandGrams: Int64 = 100_000
        package var capacityGrams: Int64 = 80_000_000
        package var validUntil: BusinessDate?
        package var isActive = true
    }

    /// Somebody who may log in. What he may do is this, not what his token says.
    package struct Account: Sendable, Hashable {
        package var login: String
        package var name: String
        package var role: Role
        /// The driver record of a DRIVER account.
        package var driver: String?
        package var isActive = true
    }

    package var sites: [String: Site] = [:]
    package var accounts: [Key: Account] = [:]
    package var companies: [Key: Company] = [:]
    package var drivers: [Key: Driver] = [:]
    package var items: [Key: Item] = [:]
    package var stations: [Key: Station] = [:]
    package private(set) var vehicles: [Key: Vehicle] = [:]
    private var vehicleIDs: [Key: String] = [:]

    /// A record of a site: ids are only unique within it.
    package struct Key: Hashable, Sendable {
        package let site: String
        package let id: String
        package init(_ site: String, _ id: String) {
            self.site = site
            self.id = id
        }
    }

    package init() {}

    package func site(_ id: String) -> Site { sites[id] ?? Site(name: id) }
    package func company(_ id: String?, at site: String) -> Company? { id.flatMap { companies[Key(site, $0)] } }
    package func driver(_ id: String?, at site: String) -> Driver? { id.flatMap { drivers[Key(site, $0)] } }
    package func item(_ id: String?, at site: String) -> Item? { id.flatMap { items[Key(site, $0)] } }
    package func station(_ id: String, at site: String) -> Station? { stations[Key(site, id)] }
    package func account(_ id: String, at site: String) -> Account? { accounts[Key(site, id)] }
    package func vehicle(_ id: String, at site: String) -> Vehicle? { vehicles[Key(site, id)] }

    package mutating func setVehicle(_ vehicle: Vehicle, _ id: String, at site: String) {
        let key = Key(site, id)
        if let old = vehicles[key] { vehicleIDs[Key(site, old.plate.description)] = nil }
        vehicles[key] = vehicle
        vehicleIDs[Key(site, vehicle.plate.description)] = id
    }

    /// The truck with this plate. A plate typed without its region matches when exactly one truck fits.
    package func vehicleID(plate text: String, at site: String) -> String? {
        let tidy = Plate.tidy(text)
        if let id = vehicleIDs[Key(site, tidy)] { return id }
        let fitting = vehicles.filter { $0.key.site == site && $0.value.plate.withoutRegion == tidy }
        return fitting.count == 1 ? fitting.first?.key.id : nil
    }

    /// The account with this log-in name; one in service before one that is not.
    package func accountID(login: String, at site: String) -> String? {
        let fitting = accounts.filter { $0.key.site == site && $0.value.login == login }
        return fitting.min { ($0.value.isActive ? 0 : 1, $0.key.id) < ($1.value.isActive ? 0 : 1, $1.key.id) }?.key.id
    }

    /// The principal that an account is now; nil when it may not log in (any more).
    package func principal(account id: String, at site: String) -> Principal? {
        guard let account = account(id, at: site), account.isActive else { return nil }
        return Principal(
            id: "user:\(id)", role: account.role, site: site, name: account.name, driver: account.driver)
    }

    /// The stations in service at a site, in order of their ids.
    package func activeStations(at site: String) -> [String] {
        stations.filter { $0.key.site == site && $0.value.isActive }.map(\.key.id).sorted()
    }
}

/// The directory of the running hub: one writer at a time, readers take the value.
package final class DirectoryStore: Sendable {
    private let directory: Mutex<Directory>

    package init(_ directory: Directory = Directory()) { self.directory = Mutex(directory) }

    package var current: Directory { directory.withLock { $0 } }

    package func update(_ body: (inout Directory) -> Void) { directory.withLock { body(&$0) } }
}
