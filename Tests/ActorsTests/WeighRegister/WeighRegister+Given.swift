@testable import Actors
import Testing

extension WeighRegister.Weighing {
    static func sample(
        _ grams: Int64, _ id: String = "1-000001", source: WeighRegister.Source = .indicator
    ) -> WeighRegister.Weighing {
        WeighRegister.Weighing(id: id, grams: grams, at: .start, station: "1", source: source)
    }
}

extension WeighRegister.Load {
    /// Truck v1 on visit 1, on its way since `calledAt`.
    static func sample(
        visit number: Int = 1, order: String? = nil, calledAt: Instant? = .start
    ) -> WeighRegister.Load {
        WeighRegister.Load(
            visit: theVisit(number), plate: thePlate("부산80바1234"), vehicle: "v1", driver: "d1", company: "c1",
            companyName: "한빛운송", item: "i1", itemName: "고철", order: order, calledAt: calledAt)
    }
}

extension WeighRegister.Command {
    static func weigh(
        _ grams: Int64, _ load: WeighRegister.Load = .sample(), source: WeighRegister.Source = .indicator
    ) -> WeighRegister.Command {
        .weigh(load: load, weighing: .sample(grams, source: source))
    }

    static func manual(_ grams: Int64, _ plate: String = "부산80바1234", station: String? = nil) -> WeighRegister.Command {
        .enterManually(plate: plate, grams: grams, reason: "지시계 고장", station: station)
    }
}

extension Given where K == WeighRegister {
    /// Truck v1 was weighed once, with 25,480 kg.
    static func open(order: String? = nil) -> Given {
        Given().after(.weigh(tonnes(25, kg: 480), .sample(order: order)), as: .hub)
    }
}

extension Then where K == WeighRegister {
    var slip: WeighRegister.Slip? {
        for case .completed(let slip, _, _, _, _) in events { return slip }
        return nil
    }
    var refusal: String? {
        for case .weighingRefused(let refusal) in events { return refusal.code }
        return nil
    }
}
