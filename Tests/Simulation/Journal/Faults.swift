/// What goes wrong with the journal, and how often. Rates are percent.
struct Faults {
    var unavailable = 0
    /// The connection is lost before the commit took place.
    var inDoubtBefore = 0
    /// It was committed, the answer is lost.
    var inDoubtAfter = 0
    var slow = 0
    var loadFails = 0
    /// Times in which nothing works at all.
    var outage = 0

    static let none = Faults()

    var losesAnswers: Bool { inDoubtBefore + inDoubtAfter + outage > 0 }

    static func some(_ random: inout Random) -> Faults {
        switch random.below(4) {
        case 0: return .none
        case 1: return Faults(unavailable: 2, inDoubtBefore: 1, inDoubtAfter: 2, slow: 1, loadFails: 2)
        case 2: return Faults(unavailable: 8, inDoubtBefore: 5, inDoubtAfter: 9, slow: 3, loadFails: 15, outage: 1)
        default:
            return Faults(
                unavailable: random.below(20), inDoubtBefore: random.below(15), inDoubtAfter: random.below(25),
                slow: random.below(6), loadFails: random.below(40), outage: random.below(3))
        }
    }

    enum Choice { case none, unavailable, inDoubtBefore, inDoubtAfter, outage }

    func choose(_ random: inout Random) -> Choice {
        var dice = random.below(100)
        for (rate, choice) in [
            (unavailable, Choice.unavailable), (inDoubtBefore, .inDoubtBefore), (inDoubtAfter, .inDoubtAfter),
            (outage, .outage),
        ] {
            if dice < rate { return choice }
            dice -= rate
        }
        return .none
    }
}
