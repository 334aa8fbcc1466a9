/// An indicator's protocol as data: a new maker, or another field order, is a JSON file and no code.
///
/// `edge profiles NAME` prints a built-in one as a model; docs/indicators.md has every key.
package struct IndicatorProfile: Equatable, Sendable {
    package let id: String
    package let title: String
    /// How the serial line is set when the station does not say otherwise.
    package let line: Line
    /// For an indicator that speaks only when it is asked.
    package let poll: Poll?
    /// Bit 7 of every byte means nothing: a 7E1 line read through an 8-bit port.
    let masksParity: Bool
    /// What a whole frame may look like.
    let shapes: [FrameShape]
    /// Whole lines that are answers and no weights, the longest first.
    let replies: [Reply]
    private(set) var defaults: Defaults
    package let stability: Stability

    package struct Line: Equatable, Sendable {
        package let baud: Int
        package let settings: SerialSettings
    }

    package struct Poll: Equatable, Sendable {
        /// `{id}` stands for the indicator's number in two digits.
        let command: String
        package let interval: Duration
        /// The indicator says nothing by itself.
        package let isNeeded: Bool

        package func command(device: Int?) -> [UInt8] {
            let number = device.map { $0 < 10 ? "0\($0)" : "\($0)" } ?? "01"
            return parts.joined(separator: number).frameBytes
        }

        /// Whether bytes that came last ask an indicator with this number.
        package func asks(device: Int, in bytes: [UInt8]) -> Bool {
            let command = command(device: device)
            return bytes.indices.contains { bytes[$0...].starts(with: command) }
        }

        /// Whether only the indicator with the number that it names answers.
        package var namesDevice: Bool { parts.count > 1 }

        private var parts: [Substring] { command.split(separator: "{id}", omittingEmptySubsequences: false) }
    }

    struct Reply: Equatable, Sendable {
        let text: [UInt8]
        let reason: RefusalReason
    }

    /// When a weight of this indicator may be believed to be at rest.
    package struct Stability: Equatable, Sendable {
        /// Without a flag: so many readings, and for so long, within the tolerance.
        package let readings: Int
        package let span: Duration
        /// With a flag: so many readings that agree.
        package let agreeing: Int
    }

    /// What a frame does not say.
    struct Defaults: Equatable, Sendable {
        var unit: WeightUnit?
        /// Decimal places the indicator leaves out; negative multiplies by ten.
        var decimals: Int?
        /// Subtracted from the device byte (`0x30` where 13 is sent as `=`); nil: the device is in figures.
        var deviceBase: Int?
        /// How the simulator pads a weight.
        var padding = UInt8(ascii: "0")
        /// The simulator writes a plus sign, too.
        var writesPlus = false
    }

    /// The meanings of status texts. Of several in one frame an error goes before all; out of range, hold and motion are never
    /// overridden by `stable`.
    package enum Status: String, CaseIterable, Sendable {
        case stable, motion, hold, over, under, error, busy
    }

    /// The same for a scale whose frames do not name their unit.
    package func showing(_ unit: WeightUnit?) -> IndicatorProfile {
        var profile = self
        profile.defaults.unit = unit ?? defaults.unit
        return profile
    }

    /// Whether every frame says which indicator it is from.
    package var namesDevice: Bool { shapes.allSatisfy { $0.says(.device) } }

    /// Whether a frame may say it.
    package var canNameDevice: Bool { shapes.contains { $0.says(.device) } }

    var frameByteCountMax: Int { shapes.map(\.byteCountMax).max() ?? 0 }
}

/// A profile that cannot work, with the place and what was expected.
package struct ProfileError: Error, Equatable, CustomStringConvertible {
    package let profile: String
    package let problem: String

    package var description: String { "profile \"\(profile)\": \(problem)" }
}
