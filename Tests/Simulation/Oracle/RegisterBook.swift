import Actors

/// The yard's book by hand: one open ticket per truck, numbers without gaps, net = gross − tare.
struct RegisterBook {
    private var open: [String: WeighRegister.Weighing] = [:]
    private var day: BusinessDate?
    private var days: Set<BusinessDate> = []
    private var last = 0
    /// Times each weighing was written down.
    private(set) var written: [String: Int] = [:]
    private(set) var slipNumbers: Set<String> = []

    mutating func check(_ step: Step<WeighRegister>, _ oracle: Oracle) {
        if let problem = apply(step, oracle) {
            oracle.fail("\(step.id)#\(step.stored.seq) \(step.stored.name): \(problem)")
        }
    }

    private mutating func apply(_ step: Step<WeighRegister>, _ oracle: Oracle) -> String? {
        switch step.event {
        case .dayChanged(let date):
            guard day.map({ $0 < date }) ?? true, days.insert(date).inserted else {
                return "\(date) after \(day?.description ?? "")"
            }
            day = date
            last = 0
        case .firstWeighed(let ticket):
            guard open[ticket.load.vehicle] == nil else { return "\(ticket.load.vehicle) has an open ticket" }
            open[ticket.load.vehicle] = ticket.first
            written[ticket.first.id, default: 0] += 1
        case .completed(let slip, _, _, _, _):
            guard open.removeValue(forKey: slip.load.vehicle) == slip.first else { return "not the open ticket" }
            if let second = slip.second { written[second.id, default: 0] += 1 }
            return check(slip)
        case .weighingRefused(let refusal):
            written[refusal.weighing.id, default: 0] += 1
        case .openCancelled(let load, _, _):
            guard open.removeValue(forKey: load.vehicle) != nil else { return "no open ticket" }
        }
        return nil
    }

    private mutating func check(_ slip: WeighRegister.Slip) -> String? {
        last += 1
        guard slip.date == day, slip.number == "WR\(slip.date.compact)\(pad(last, 4))" else {
            return "slip \(slip.number), expected number \(last) of \(day?.description ?? "")"
        }
        guard slipNumbers.insert(slip.number).inserted else { return "slip \(slip.number) twice" }
        guard slip.netGrams == slip.grossGrams - slip.tareGrams, slip.netGrams > 0 else {
            return "net is not gross − tare"
        }
        if let second = slip.second {
            guard slip.grossGrams == max(slip.first.grams, second.grams),
                slip.tareGrams == min(slip.first.grams, second.grams)
            else { return "gross and tare are not the two weights" }
        } else {
            guard slip.grossGrams == slip.first.grams, slip.tareSource == .preset else {
                return "gross is not the weight"
            }
        }
        return nil
    }
}

enum TicketBook {
    static func check(_ step: Step<WeighTicket>, _ oracle: Oracle) {
        let number = step.id.key
        if case .issued(let slip, _) = step.event {
            oracle.expect(
                step.stored.seq == 1 && slip.number == number && oracle.registerBook.slipNumbers.contains(number),
                "ticket \(number) is born as \(slip.number) at \(step.stored.seq)")
        } else {
            oracle.expect(step.stored.seq > 1, "ticket \(number) starts with \(step.stored.name)")
        }
        if case .voided = step.event { oracle.expect(step.before.voided == nil, "ticket \(number) is void twice") }
    }
}

enum OrderBook {
    static func check(_ step: Step<Order>, _ oracle: Oracle) {
        let lock = step.before.lock
        let holds = lock.map { $0.isHeld(at: step.stored.at) } ?? false
        switch step.event {
        case .locked(let new):
            oracle.expect(
                !holds && new.holder == step.stored.principal, "\(step.id): a lock over \(lock?.holder ?? "")'s")
        case .edited, .assigned, .remarked:
            oracle.expect(
                holds && lock?.holder == step.stored.principal, "\(step.id): \(step.stored.name) without the lock")
        case .statusChanged where step.stored.principal != "system":
            oracle.expect(
                holds && lock?.holder == step.stored.principal, "\(step.id): \(step.stored.name) without the lock")
        default: break
        }
    }
}
