/// What happened, as a hash that two runs of a seed must share, and as lines for people.
///
/// Lines cost more than the simulation itself, so they are only written when asked for: a failing seed is run again.
final class Trace {
    enum Detail { case none, recent, full }

    private(set) var hash: UInt64 = 14_695_981_039_346_656_037
    private let detail: Detail
    private var ring: [String] = []
    private var oldest = 0

    static let lineCountMax = 120

    init(_ detail: Detail) { self.detail = detail }

    func mix(_ value: UInt64) { hash = (hash ^ value) &* 1_099_511_628_211 }

    func line(_ text: @autoclosure () -> String) {
        switch detail {
        case .none: return
        case .full: print(text())
        case .recent:
            if ring.count < Self.lineCountMax {
                ring.append(text())
            } else {
                ring[oldest] = text()
                oldest = (oldest + 1) % ring.count
            }
        }
    }

    /// The newest lines, oldest first.
    var recent: [String] { Array(ring[oldest...] + ring[..<oldest]) }
}
