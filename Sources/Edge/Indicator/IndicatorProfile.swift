/// An indicator's protocol as data: a new maker, or another field order, is a JSON file and no code.
///
/// The JSON mirrors this type; `edge profiles --json` prints the built-in ones as models.
package struct IndicatorProfile: Codable, Equatable, Sendable {
    package let id: String
    package let title: String
    /// How the serial line is set when the station does not say otherwise.
    package let line: Line
    package let framing: Framing
    /// Clear bit 7 of every byte first: a 7E1 line read through an 8-bit port.
    package var mask7: Bool?
    package var checksum: Checksum?
    package let fields: [Field]
    package let maps: Maps
    /// Whole lines that are answers and no weights, with what they mean.
    package var replies: [String: RefusalReason]?
    package var common: Common?
    package var encoding: Encoding?

    package struct Line: Codable, Equatable, Sendable {
        package let baud: Int
        package let settings: String
    }

    package struct Field: Codable, Equatable, Sendable {
        package enum Name: String, Codable, Sendable {
            case status, mode, sign, weight, unit, decimals, device, zero, hold
        }
        package let name: Name
        /// Offset from the frame's first byte (fixed and prefix framing).
        package var at: Int?
        /// Index among the separated groups (delimited framing).
        package var group: Int?
        /// Bytes; a group of another length is refused. Without it a weight is of variable length.
        package var length: Int?
        /// The field is one bit of the byte at `at`.
        package var bit: Int?
    }

    /// Texts the protocol uses, with their meaning. A text that is not here refuses the frame.
    package struct Maps: Codable, Equatable, Sendable {
        package var status: [String: Status]?
        package var mode: [String: WeighMode]?
        package var unit: [String: WeightUnit]?
        package var zero: [String: Bool]?
    }

    package enum Status: String, Codable, Sendable {
        case stable, motion, hold, over, under, error
    }

    package struct Common: Codable, Equatable, Sendable {
        package var defaultUnit: WeightUnit?
        /// Decimal places the indicator leaves out; negative multiplies by ten.
        package var impliedDecimals: Int?
        /// Subtracted from the device byte (`0x30` where 13 is sent as `=`).
        package var deviceBase: Int?
    }

    /// How the simulator writes this protocol; decoding does not use it.
    package struct Encoding: Codable, Equatable, Sendable {
        package let status: [String: String]
        package let mode: [String: String]
        package let unit: [String: String]
        package var sign: Bool?
        /// Bytes whose value follows the status, such as a lamp byte: offset → status → value.
        package var bytes: [String: [String: UInt8]]?
    }
}

/// A profile that cannot work, with the place and what was expected.
package struct ProfileError: Error, Equatable, CustomStringConvertible {
    package let profile: String
    package let problem: String

    package var description: String { "profile \"\(profile)\": \(problem)" }
}

extension IndicatorProfile {
    /// Whether the tables fit each other; a profile is checked once, when it is loaded.
    package func validate() throws(ProfileError) {
        guard fields.contains(where: { $0.name == .weight }) else {
            throw problem("no field \"weight\"; one is needed")
        }
        try framing.validate(profile: id)
        for field in fields { try validate(field) }
        try checksum?.validate(byteCountMax: framing.frameByteCountMax, profile: id)
        if let base = common?.deviceBase, !(0...255).contains(base) {
            throw problem("\"common.deviceBase\" is \(base), expected 0…255")
        }
        if let decimals = common?.impliedDecimals, !(-9...9).contains(decimals) {
            throw problem("\"common.impliedDecimals\" is \(decimals), expected -9…9")
        }
        if replies?.keys.contains("") == true { throw problem("\"replies\" has an empty line; expected a text") }
        _ = try SerialSettings(parsing: line.settings, profile: id)
    }

    private func validate(_ field: Field) throws(ProfileError) {
        let name = field.name.rawValue
        if let length = field.length, length < 1 {
            throw problem("field \"\(name)\": \"length\" is \(length), expected at least 1")
        }
        switch framing {
        case .fixed(let fixed):
            guard let at = field.at, at >= 0, field.group == nil else {
                throw problem("field \"\(name)\" needs \"at\" (an offset from 0) in fixed framing")
            }
            let shortest = fixed.lengths.min() ?? 0
            guard at < shortest, field.length ?? 1 <= shortest - at else {
                throw problem("field \"\(name)\" ends after the frame")
            }
            if let bit = field.bit, !(0...7).contains(bit) {
                throw problem("field \"\(name)\": \"bit\" is \(bit), expected 0…7")
            }
            guard field.name != .weight || field.length != nil else {
                throw problem("field \"weight\" needs \"length\" in fixed framing")
            }
        case .delimited(let delimited):
            guard let group = field.group, (0..<delimited.groups).contains(group), field.at == nil else {
                throw problem("field \"\(name)\" needs \"group\" within 0…\(delimited.groups - 1)")
            }
        }
    }

    private func problem(_ text: String) -> ProfileError { ProfileError(profile: id, problem: text) }
}
