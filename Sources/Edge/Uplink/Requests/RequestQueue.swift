/// What waits to be said by requests, one after the other: health first, then weights of the stations in turn, each in its order, then
/// what is offered again. What waits already is not taken twice: the machine says it again when an answer is long in coming.
struct RequestQueue {
    private var waiting: [EdgeMessage] = []
    private var underWay: EdgeMessage?
    /// When each station had its turn.
    private var turns: [String: Int] = [:]
    private var turn = 0

    var isIdle: Bool { underWay == nil }
    var isEmpty: Bool { waiting.isEmpty }

    mutating func add(_ message: EdgeMessage) {
        let isThere = ([underWay].compactMap(\.self) + waiting).contains { $0.isRepeated(by: message) }
        if !isThere { waiting.append(message) }
    }

    /// - Precondition: nothing is under way.
    mutating func next() -> EdgeMessage? {
        precondition(isIdle, "one is under way")
        guard let index = waiting.indices.min(by: { rank(of: $0) < rank(of: $1) }) else { return nil }
        let message = waiting.remove(at: index)
        turn += 1
        if let topic = message.stored?.topic { turns[topic] = turn }
        underWay = message
        return message
    }

    mutating func answered() { underWay = nil }

    /// All that waits will be said again.
    mutating func clear() { waiting = [] }

    private func rank(of index: Int) -> (Int, Int, Int) {
        let turn = waiting[index].stored.flatMap { turns[$0.topic] } ?? 0
        return switch waiting[index] {
        case .weight: (1, turn, index)
        case .again: (2, turn, index)
        case .health, .hello, .subscribe, .live: (0, 0, index)
        }
    }
}

extension EdgeMessage {
    fileprivate var stored: StoredWeight? {
        switch self {
        case .weight(let stored), .again(let stored): stored
        case .health, .hello, .subscribe, .live: nil
        }
    }

    /// The same weight, said in the same way.
    fileprivate func isRepeated(by other: EdgeMessage) -> Bool {
        switch (self, other) {
        case (.weight(let one), .weight(let other)), (.again(let one), .again(let other)):
            one.topic == other.topic && one.boot == other.boot && one.n == other.n
        default: false
        }
    }
}
