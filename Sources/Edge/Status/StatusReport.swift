/// How the edge is doing, for whoever stands beside it.
struct StatusReport: Codable, Equatable, Sendable {
    struct Hub: Codable, Equatable, Sendable {
        let address: String
        let isConnected: Bool
        /// nil while it is not connected.
        let transport: TransportKind?
        /// Why it is not; of one that is connected by requests, why it has no WebSocket. nil before the first attempt.
        let reason: String?
        /// The hub's clock minus ours; nil before it was measured.
        let offsetMillis: Int64?
    }

    struct Station: Codable, Equatable, Sendable {
        let id: String
        let line: String
        let profile: String
        /// nil until something is known.
        let hearsIndicator: Bool?
        /// Why nothing is heard, as far as that can be told.
        let silence: String?
        let framesPerSecond: Double
        let frames: Int
        let refused: Int
        let noiseBytes: Int
        /// nil whenever there is no number.
        let liveGrams: Int64?
        let liveState: String
        /// What the deck has read for a minute or more instead of zero; nil: nothing of the kind.
        let driftGrams: Int64?
        /// The hub said that the key does not speak for it.
        let isDenied: Bool
        let divisionGrams: Int64
        /// nil before the hub has said so.
        let hubDivisionGrams: Int64?
        var outbox: OutboxDepth
    }

    struct Board: Codable, Equatable, Sendable {
        let address: String
        let isConnected: Bool
        /// It refused several frames in a row.
        let isRefusing: Bool
    }

    let site: String
    /// Milliseconds since 1970.
    let at: Int64
    let upSeconds: Int64
    let hub: Hub
    var stations: [Station]
    /// nil when there is none.
    var board: Board?

    /// What somebody has to look after, one sentence each; empty when all is well.
    var problems: [String] {
        var problems: [String] = []
        if !hub.isConnected {
            problems.append("허브에 연결되어 있지 않습니다 (not connected to the hub): \(hub.address)\(cause(hub.reason))")
        }
        if hub.transport == .requests {
            problems.append(
                "WebSocket이 되지 않아 요청마다 따로 보냅니다 (no WebSocket; everything goes by requests)\(cause(hub.reason))")
        }
        if let board, !board.isConnected {
            problems.append("전광판에 연결되어 있지 않습니다 (not connected to the board): \(board.address)")
        }
        if board?.isRefusing == true { problems.append("전광판이 표시를 거부합니다 (the board refuses what it is told)") }
        return problems + stations.flatMap(\.problems)
    }
}

/// Behind a problem, where it is known.
private func cause(_ text: String?) -> String { text.map { " · \($0)" } ?? "" }

extension StatusReport.Station {
    fileprivate var problems: [String] {
        var problems: [String] = []
        if hearsIndicator == false {
            problems.append(
                "인디케이터의 값이 오지 않습니다 (no weight comes from its indicator): \(line)\(cause(silence))")
        }
        if let driftGrams {
            problems.append(
                "빈 계량대가 \(StatusText.kilograms(driftGrams))을 보입니다; 치우고 영점을 잡으세요 (the deck does not read zero; clear and zero it)"
            )
        }
        if isDenied {
            problems.append("이 키가 맡은 계량대가 아닙니다; add-edge --station 을 확인하세요 (the key does not speak for it)")
        }
        if let hub = hubDivisionGrams, hub != divisionGrams {
            let (hub, own) = (StatusText.kilograms(hub), StatusText.kilograms(divisionGrams))
            problems.append(
                "눈금이 다릅니다: 허브 \(hub), 설정 \(own) (the hub has another division; weights may be left unmatched)")
        }
        if outbox.reused > 0 {
            problems.append(
                "다른 중량의 번호로 보낸 중량 \(outbox.reused)건: 저장소가 복사되었거나 되돌려졌습니다 (numbers used twice: the store was copied or put back)"
            )
        }
        return problems.map { "계량대 \(id): \($0)" }
    }
}

/// What the outbox holds of one station.
struct OutboxDepth: Codable, Equatable, Sendable {
    /// Without a final answer of the hub.
    var waiting: Int64 = 0
    /// When the oldest of them was weighed, in milliseconds since 1970.
    var oldestAt: Int64?
    /// Refused by the hub, of those that are kept.
    var refused: Int64 = 0
    /// Refused within a day, because another weight has the number.
    var reused: Int64 = 0
    /// When the hub gave its latest final answer.
    var lastAnswerAt: Int64?
}

/// Events a second, over the last ten seconds.
struct RateMeter: Sendable {
    static let secondCount = 10
    private var counts = [Int](repeating: 0, count: secondCount)
    private var second: Int64?
    private var begun: Int64?

    mutating func add(_ count: Int, at time: Duration) {
        advance(to: time)
        counts[Int(time.components.seconds) % Self.secondCount] += count
    }

    mutating func rate(at time: Duration) -> Double {
        advance(to: time)
        guard let begun else { return 0 }
        // The second that has only begun is not one of them.
        let now = Int(time.components.seconds)
        let spans = min(Self.secondCount - 1, now - Int(begun))
        guard spans > 0 else { return Double(counts[now % Self.secondCount]) }
        let whole = counts.reduce(0, +) - counts[now % Self.secondCount]
        return (Double(whole) / Double(spans) * 10).rounded() / 10
    }

    /// Forgets what is ten seconds old.
    private mutating func advance(to time: Duration) {
        let now = time.components.seconds
        begun = begun ?? now
        let first = max((second ?? now - 1) + 1, now - Int64(Self.secondCount) + 1)
        for new in stride(from: first, through: now, by: 1) { counts[Int(new) % Self.secondCount] = 0 }
        second = now
    }
}
