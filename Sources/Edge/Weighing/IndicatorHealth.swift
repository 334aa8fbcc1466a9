/// Whether an indicator can be heard. An overload is a reading like any other and no fault.
package enum IndicatorHealth: Equatable, Sendable {
    /// Readings come.
    case good
    /// The line is lost, or nothing that can be decoded came for too long.
    case noData
}
