struct Overdue: Error, CustomStringConvertible {
    let description: String
}

/// Asks again and again.
///
/// - Parameter what: as in "the hub takes requests"; said when it did not come true in time.
func wait(
    upTo limit: Duration, every pause: Duration = .milliseconds(20), for what: String,
    until isTrue: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while !(try await isTrue()) {
        guard ContinuousClock.now < deadline else {
            throw Overdue(description: "not in \(limit.components.seconds) s: \(what)")
        }
        try await Task.sleep(for: pause)
    }
}
