extension Double {
    /// With this many places; FoundationEssentials has no `String(format:)`.
    func places(_ count: Int) -> String {
        guard isFinite else { return "–" }
        let scale = (0..<count).reduce(1 as Int64) { scale, _ in scale * 10 }
        let whole = Int64((magnitude * Double(scale)).rounded())
        let sign = self < 0 ? "-" : ""
        guard count > 0 else { return sign + String(whole) }
        let digits = String(whole % scale)
        return sign + String(whole / scale) + "." + String(repeating: "0", count: count - digits.count) + digits
    }
}

extension String {
    /// A text at the left of its column.
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

/// A value at the right of its column.
func column(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

/// The middle one.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
