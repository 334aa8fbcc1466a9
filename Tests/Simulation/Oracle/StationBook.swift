import Actors

/// A deck: one truck bound at a time, each binding new, and a weight only for the binding it names.
struct StationBook {
    let station: String
    private var binding: WeighStation.Binding?
    private var pastBindings: Set<String> = []
    private var awaitingZero = false
    private var hasArrived = false
    private var isPaused = false
    private(set) var isWeighed = false
    /// What the station was told of its edge last.
    private(set) var isLinked = false
    /// The visit whose truck left the deck last.
    private(set) var lastCleared: String?
    /// Weighings that the register has to hear of.
    private(set) var weighings: [String] = []

    init(station: String) { self.station = station }

    mutating func check(_ step: Step<WeighStation>, _ oracle: Oracle) {
        if let problem = apply(step, oracle) {
            oracle.fail("\(step.id)#\(step.stored.seq) \(step.stored.name): \(problem)")
        }
    }

    private mutating func apply(_ step: Step<WeighStation>, _ oracle: Oracle) -> String? {
        switch step.event {
        case .bound(let new):
            guard binding == nil else { return "it is bound to \(binding?.id ?? "") already" }
            guard pastBindings.insert(new.id).inserted || !oracle.isStrict else {
                return "binding \(new.id) was made here before"
            }
            binding = new
            hasArrived = false
            isWeighed = false
        case .unbound(let id, _, _):
            guard binding?.id == id else { return "it is bound to \(binding?.id ?? "nobody")" }
            if hasArrived { awaitingZero = true }
            binding = nil
            hasArrived = false
            isWeighed = false
        case .arrived(let id, _, _):
            guard binding?.id == id else { return "it is bound to \(binding?.id ?? "nobody")" }
            hasArrived = true
        case .weighed(let named, let weighing, let grams, _, _, _):
            guard named == binding else { return "it is bound to \(binding?.id ?? "nobody"), not \(named.id)" }
            guard !awaitingZero else { return "the deck was never empty since the last weight" }
            guard !isPaused else { return "the station is paused" }
            guard let settle = oracle.world?.settles[step.stored.commandKey] else { return "no edge sent it" }
            guard settle.binding == named.id else { return "the edge named \(settle.binding ?? "nothing")" }
            guard settle.grams == grams, settle.stable, grams % Yard.divisionGrams == 0 else {
                return "not that weight"
            }
            isWeighed = true
            awaitingZero = true
            weighings.append(weighing)
        case .platformCleared:
            guard awaitingZero || hasArrived else { return "nothing was on it" }
            awaitingZero = false
            guard isWeighed || hasArrived else { return nil }
            lastCleared = binding?.visit
            binding = nil
            hasArrived = false
            isWeighed = false
        case .unmatched(let item):
            guard oracle.world?.settles[step.stored.commandKey] != nil else { return "no edge sent it" }
            _ = item
        case .unmatchedAssigned(let item, _, _, _, _): weighings.append(item.id)
        case .paused: isPaused = true
        case .resumed: isPaused = false
        case .linked: isLinked = true
        case .linkLost: isLinked = false
        case .unmatchedDismissed, .faulted, .recovered: break
        }
        return nil
    }
}
