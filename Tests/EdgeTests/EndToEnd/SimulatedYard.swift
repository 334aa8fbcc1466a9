import Foundation

@testable import Edge

/// What the end-to-end tests have in common: station 1 of ulsan with an indicator of maker A.

/// Writes `edge.json` and its key into a directory of the test.
func configuration(_ scratch: Scratch, hub: String, port: String, key: String = FakeHub.key) throws -> String {
    try Data((key + "\n").utf8).write(to: URL(filePath: scratch.file("edge.key")))
    let json = """
        {"hub": "\(hub)", "apiKeyFile": "edge.key", "site": "ulsan", "dataDirectory": "data", "statusPort": 0,
         "stations": [{"id": "1", "profile": "seedA", "port": "\(port)", "divisionGrams": 20000,
                       "engageGrams": 500000, "zeroBandGrams": 40000}]}
        """
    try Data(json.utf8).write(to: URL(filePath: scratch.file("edge.json")))
    return scratch.file("edge.json")
}

/// An empty deck, then a truck that stands, then an empty deck.
func drive(_ kilograms: Int64, on terminal: borrowing PseudoTerminal, _ profile: String = "seedA") throws {
    let encoder = IndicatorEncoder(profile: try ProfileCatalogue.builtIn.profile(profile))
    let shows: [(Int64, IndicatorProfile.Status)] = [
        (0, .stable), (kilograms / 2, .motion), (kilograms, .stable), (0, .stable),
    ]
    // Each twice: without a check value one reading is not believed.
    for (shown, status) in shows.flatMap({ [$0, $0] }) {
        terminal.write(encoder.encode(.init(value: ExactDecimal(mantissa: shown), status: status)) ?? [])
    }
}
