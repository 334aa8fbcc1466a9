internal import Synchronization

/// What everybody in the yard knows about each other: whose truck is whose. Filled by the operator, from the master data.
final class Roster: Sendable {
    private let plates = Mutex<[String: String]>([:])

    /// The plate of the truck that this driver may check in.
    func plate(ofDriver driver: String) -> String? { plates.withLock { $0[driver] } }

    func enter(plate: String, drivers: [String]) {
        plates.withLock { plates in
            for driver in drivers where plates[driver] == nil { plates[driver] = plate }
        }
    }
}
