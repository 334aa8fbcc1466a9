/// What one frame of an indicator says, named after the OPC 40200 WeightItem.
///
/// A refused frame has a `reason` and no weight: a decoder never answers 0 for what it could not read.
package struct Reading: Equatable, Sendable {
    /// The number shown; nil when the frame is refused or out of range.
    package var value: ExactDecimal?
    /// nil when the protocol does not print one and the profile has no default.
    package var unit: WeightUnit?
    /// `value` in whole grams; nil without value or unit.
    package var grams: Int64?
    package var mode: WeighMode?
    /// What the indicator itself says; nil when its protocol does not say. A hold is not stable.
    package var stable: Bool?
    /// The display is held: the number is an old one.
    package var hold = false
    package var overload = false
    package var underload = false
    /// Inside zero as the indicator reports it; nil when its protocol does not say.
    package var zero: Bool?
    package var device: Int?
    package var raw: [UInt8]
    package var reason: RefusalReason?

    package var ok: Bool { reason == nil }

    package static func refused(_ reason: RefusalReason, raw: [UInt8]) -> Reading {
        Reading(raw: raw, reason: reason)
    }
}

package enum WeighMode: String, Codable, CaseIterable, Sendable {
    case gross, net, tare
}

/// Why a frame was refused; the raw values are those of the test vectors and of `edge decode`.
package enum RefusalReason: String, Codable, CaseIterable, Sendable, Error {
    /// Cut, too long, or with a wrong number of fields.
    case length
    case checksum
    case status, mode, unit, weight, device
    /// The indicator reports that it cannot give a weight.
    case deviceError = "device-error"
    case busy
}
