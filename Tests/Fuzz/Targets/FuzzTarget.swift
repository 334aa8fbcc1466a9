/// What libFuzzer drives, and the tests replay: each target takes any bytes and checks a parser against what must hold.
package enum FuzzTarget: String, Sendable, CaseIterable {
    /// The frame decoder and all that stands on it, up to `WebSocketProtocol`.
    case frames
    /// permessage-deflate, in both directions.
    case inflate
    /// Both halves of the opening handshake.
    case upgrade
    /// Envelopes, the JSON reader and the JSON writer.
    case envelope
    /// Frames of weighing indicators, by what makes out where one begins and ends (`Framing`).
    case indicatorFixed = "indicator-fixed"
    case indicatorChecked = "indicator-checked"
    case indicatorOpen = "indicator-open"
    case indicatorBare = "indicator-bare"
    /// The commands of every kind of actor, what they decide and what becomes of it.
    case commands

    /// - Throws: a `Finding` when something does not hold. Traps are findings, too.
    package func run(_ bytes: [UInt8]) throws(Finding) {
        let input = FuzzInput(bytes)
        switch self {
        case .frames: try FramesTarget.run(input)
        case .inflate: try InflateTarget.run(input)
        case .upgrade: try UpgradeTarget.run(input)
        case .envelope: try EnvelopeTarget.run(input)
        case .indicatorFixed: try IndicatorTarget.run(input, .fixed)
        case .indicatorChecked: try IndicatorTarget.run(input, .checked)
        case .indicatorOpen: try IndicatorTarget.run(input, .open)
        case .indicatorBare: try IndicatorTarget.run(input, .bare)
        case .commands: try CommandsTarget.run(input)
        }
    }
}

/// Something that must always hold and did not.
package struct Finding: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// States what must hold; `message` is a sentence that says what does not.
func demand(_ holds: Bool, _ message: @autoclosure () -> String) throws(Finding) {
    if !holds { throw Finding(message()) }
}

/// The same, of two values that must be equal.
func demandEqual<Value: Equatable>(
    _ found: Value, _ expected: Value, _ message: @autoclosure () -> String
) throws(Finding) {
    if found != expected { throw Finding("\(message()): found \(found), expected \(expected)") }
}
