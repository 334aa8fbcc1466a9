internal import FoundationEssentials

extension Encodable {
    /// One JSON object without line breaks, its members in the order of their names.
    ///
    /// - Precondition: it holds nothing that JSON has no word for.
    var jsonLine: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a \(Self.self) is always valid JSON") }
        return String(decoding: data, as: UTF8.self)
    }
}
