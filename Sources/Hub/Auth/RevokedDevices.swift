import Actors
import Synchronization

/// Devices whose keys were taken out of effect while this hub runs: what their sessions ask every second, without the
/// database.
///
/// None leaves: a device gets a new key from `hub add-edge`, while no hub runs. At most as many as there are devices.
final class RevokedDevices: Sendable {
    private let devices = Mutex<Set<Directory.Key>>([])

    func insert(_ device: String, at site: String) {
        let principal = Directory.Key(site, Self.principalID(of: device))
        devices.withLock { _ = $0.insert(principal) }
    }

    func contains(_ principal: Principal) -> Bool {
        devices.withLock { $0.contains(Directory.Key(principal.site, principal.id)) }
    }

    /// The id under which a device speaks.
    static func principalID(of device: String) -> String { "device:\(device)" }
}
