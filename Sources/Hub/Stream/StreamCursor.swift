/// How far a reader has come on each of its topics: the `id` of a line, and what comes back as `Last-Event-ID`.
///
///     EPOCH TOPIC@SEQ TOPIC@SEQ …
///
/// Topics stand by their names, so that a reader may come back with others, or in another order.
struct StreamCursor: Hashable {
    let epoch: String
    /// By topic.
    var seqs: [String: Int64]

    init(epoch: String, seqs: [String: Int64] = [:]) {
        self.epoch = epoch
        self.seqs = seqs
    }

    /// Nil when it is not one of ours.
    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard let first = parts.first, let epoch = PercentEncoding.decode(first) else { return nil }
        self.init(epoch: epoch)
        for part in parts.dropFirst() {
            guard let at = part.lastIndex(of: "@"), let topic = PercentEncoding.decode(part[..<at]),
                let seq = Int64(part[part.index(after: at)...]), seq >= 0
            else { return nil }
            seqs[topic] = seq
        }
    }

    /// ASCII without line breaks: it has to pass through a header field, which browsers fill with Latin-1 only.
    var text: String {
        let places = seqs.sorted { $0.key < $1.key }.map { "\(Self.encoded($0.key))@\($0.value)" }
        return ([Self.encoded(epoch)] + places).joined(separator: " ")
    }

    private static func encoded(_ text: String) -> String { PercentEncoding.encode(text, allowed: "/-_.:") }
}
