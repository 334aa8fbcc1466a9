/// The keys of edge devices.
extension AccountStore {
    package struct Device: Sendable, Hashable {
        package let id: String
        package let site: String
        package let stations: [String]

        package init(id: String, site: String, stations: [String]) {
            self.id = id
            self.site = site
            self.stations = stations
        }
    }

    /// The device with this key, as long as the key is in effect.
    package func device(keyHash: [UInt8]) async throws(PostgresError) -> Device? {
        try await thread.run { connection throws(PostgresError) in
            let rows = try connection.query(
                "SELECT device, site, stations FROM api_key WHERE key_hash = $1 AND is_active", [.bytea(keyHash)])
            guard let row = rows.first else { return nil }
            return Device(
                id: try row.value(0), site: try row.value(1),
                stations: try row.array(2, of: String.self).compactMap { $0 })
        }
    }

    /// Gives a device its key.
    ///
    /// - Parameter replacing: takes the keys it has out of effect.
    /// - Returns: false, and nothing is written, when it has a key in effect that is not to be replaced.
    package func saveDevice(
        _ device: Device, keyHash: [UInt8], replacing: Bool = false
    ) async throws(PostgresError) -> Bool {
        try await thread.run { connection throws(PostgresError) -> Bool in
            try connection.transaction { connection throws(PostgresError) -> Bool in
                if replacing {
                    try Self.deactivateKeys(of: device.id, at: device.site, &connection)
                } else {
                    let inEffect = try connection.query(
                        "SELECT 1 FROM api_key WHERE site = $1 AND device = $2 AND is_active LIMIT 1",
                        [.text(device.site), .text(device.id)])
                    guard inEffect.isEmpty else { return false }
                }
                try connection.query(
                    """
                    INSERT INTO api_key (key_hash, device, site, stations) VALUES ($1, $2, $3, $4)
                    ON CONFLICT (key_hash) DO UPDATE SET device = $2, site = $3, stations = $4, is_active = true
                    """,
                    [.bytea(keyHash), .text(device.id), .text(device.site), .array(device.stations)])
                return true
            }
        }
    }

    /// Devices other than `device` that speak for one of these stations with a key in effect.
    package func otherDevices(
        than device: String, for stations: [String], at site: String
    ) async throws(PostgresError) -> [Device] {
        try await thread.run { connection throws(PostgresError) in
            let rows = try connection.query(
                """
                SELECT device, stations FROM api_key WHERE site = $1 AND device <> $2 AND is_active AND stations && $3
                ORDER BY device
                """, [.text(site), .text(device), .array(stations)])
            return try rows.map { row throws(PostgresError) in
                Device(
                    id: try row.value(0), site: site,
                    stations: try row.array(1, of: String.self).compactMap { $0 })
            }
        }
    }

    /// Takes every key of a device out of effect, for good.
    ///
    /// - Returns: false when it never had one.
    package func revokeDevice(_ id: String, at site: String) async throws(PostgresError) -> Bool {
        // The server refuses such a text; no device is called so.
        if id.hasNUL { return false }
        return try await thread.run { connection throws(PostgresError) -> Bool in
            try Self.deactivateKeys(of: id, at: site, &connection) > 0
        }
    }

    /// Tells how many keys the device has, in effect or not.
    @discardableResult
    private static func deactivateKeys(
        of device: String, at site: String, _ connection: inout PostgresConnection
    ) throws(PostgresError) -> Int {
        try connection.query(
            "UPDATE api_key SET is_active = false WHERE site = $1 AND device = $2", [.text(site), .text(device)]
        ).affectedRowCount
    }
}
