internal import Wire

/// When a client comes back after its connection has ended (docs/protocol.md), as the pages do it: without a clock.
struct ReturnPolicy: Sendable {
    /// The first pause after a cut is 0.5 to 1 s; it doubles, to 15 s at most.
    static let firstMillis = 1_000
    static let millisMax = 15_000
    /// A wish to come back at once is spread over this.
    static let spreadMillis = 200

    private var attempt = 0

    init() {}

    /// Milliseconds to stay away; nil: only a person can help.
    ///
    /// - Parameters:
    ///   - code: of the close frame, if there was one.
    ///   - drainMillis: what `drain` said on this connection.
    mutating func ended(_ code: CloseCode?, drainMillis: Int64?, using random: inout some RandomNumberGenerator)
        -> Int64?
    {
        if let drainMillis { return drainMillis + Int64.random(in: 0...Int64(Self.spreadMillis), using: &random) }
        switch code?.advice {
        case .stop: return nil
        case .comeBackNow where attempt == 0:
            attempt = 1
            return Int64.random(in: 0...Int64(Self.spreadMillis), using: &random)
        case .comeBackNow, .backOff, nil:
            let ceiling = min(Self.millisMax, Self.firstMillis << min(attempt, 10))
            attempt += 1
            return Int64.random(in: Int64(ceiling / 2)...Int64(ceiling), using: &random)
        }
    }

    /// The line has held: the next cut is the first one again.
    mutating func held() { attempt = 0 }
}
