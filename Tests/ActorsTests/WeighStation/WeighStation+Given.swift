@testable import Actors
import Testing

extension WeighStation.Binding {
    /// Truck `number`, called for the `calls`th time. Made by the queue, as in life.
    static func sample(_ number: Int = 1, pass: Int = 1, calls: Int = 1) -> WeighStation.Binding {
        var queue = Given<WaitQueue>.line(number)
        if pass == 2 {
            queue = queue.after(.weighed(number, pass: 1, at: nil), as: .hub)
                .after(.checkIn(queue.state.entries[number - 1].plate.description))
        }
        var then = queue.when(.call(id: theVisit(number), station: "1"))
        for _ in 1..<calls {
            then = then.given.after(.putBack(id: theVisit(number))).when(.call(id: theVisit(number), station: "1"))
        }
        for case .bind(let binding) in then.effects.compactMap({ $0.command as? WeighStation.Command }) {
            return binding
        }
        preconditionFailure("the queue calls without binding")
    }
}

extension WeighStation.Settled {
    static func sample(
        _ grams: Int64 = tonnes(25, kg: 480), stable: Bool = true, at time: Duration = .zero, offset: Int64 = 0,
        offline: Bool = false, raw: String = "5354"
    ) -> WeighStation.Settled {
        WeighStation.Settled(
            grams: grams, stable: stable, at: .start + time, offsetMillis: offset, offline: offline, raw: raw)
    }
}

extension Given where K == WeighStation {
    /// Truck 1 is on its way.
    static let bound = Given(.bound(binding: .sample()))
    /// Truck 1 stands on the deck.
    static let arrived = bound.after(.noticeTruck, as: .hub)
    /// Truck 1 has its weight and still stands there.
    static let weighed = arrived.after(.settle(.sample()), as: .edge)
    /// Nobody is expected; an unmatched weight `1-000001` waits for staff.
    static let strayWeight = Given().after(.settle(binding: nil, reading: .sample()), as: .edge)
}

extension WeighStation.Command {
    /// A weight for truck 1.
    static func settle(_ reading: WeighStation.Settled) -> WeighStation.Command {
        .settle(binding: WeighStation.Binding.sample().id, reading: reading)
    }
}
