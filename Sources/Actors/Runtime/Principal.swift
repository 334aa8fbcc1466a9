/// What somebody may be in a yard. Grants come from the database, not from the token.
package enum Role: String, Sendable, Codable, CaseIterable {
    case admin = "ADMIN"
    case staff = "STAFF"
    case driver = "DRIVER"
    case device = "DEVICE"
    case system = "SYSTEM"
}

/// Who asks: a person, an edge device or the hub itself.
package struct Principal: Hashable, Sendable {
    /// The account or device id; unique within its role's namespace (`user:7`, `device:edge-1`, `system`).
    package let id: String
    package let role: Role
    package let site: String
    package let name: String
    /// The driver record of a DRIVER account.
    package let driver: String?
    /// The stations a DEVICE speaks for; empty for everybody else.
    package let stations: Set<String>

    package init(
        id: String, role: Role, site: String, name: String, driver: String? = nil, stations: Set<String> = []
    ) {
        self.id = id
        self.role = role
        self.site = site
        self.name = name
        self.driver = driver
        self.stations = stations
    }

    /// The hub itself, when an effect or a timer speaks.
    package static func system(site: String) -> Principal {
        Principal(id: "system", role: .system, site: site, name: "시스템")
    }

    /// The account of a person; nil for devices and the hub itself.
    package var account: String? { id.hasPrefix("user:") ? String(id.dropFirst("user:".count)) : nil }

    package var isStaff: Bool { role == .staff || role == .admin }
}
