extension WeighStation {
    package enum Command: Codable, Sendable {
        // The hub.
        case bind(binding: Binding)
        case unbind(visit: String, reason: String)
        case noticeTruck
        case clearPlatform
        case link(device: String)
        case unlink(device: String)
        /// An edge gave a weight the number of another one: which it is that counts, staff decide.
        case recordReused(reading: Settled)
        // The edge.
        case settle(binding: String?, reading: Settled)
        case fault(code: String)
        case recover
        // The office.
        case pause(reason: String)
        case resume
        case assignUnmatched(id: String, plate: String, reason: String)
        case dismissUnmatched(id: String, reason: String)
    }

    /// A weight that came to rest, as the edge stored it.
    package struct Settled: Codable, Sendable, Hashable {
        package let grams: Int64
        package let stable: Bool
        package let at: Instant
        /// The hub's clock minus the edge's, as the edge measured it.
        package let offsetMillis: Int64
        package let offline: Bool
        /// The indicator's bytes, hex: the proof.
        package let raw: String

        package init(
            grams: Int64, stable: Bool, at: Instant, offsetMillis: Int64 = 0, offline: Bool = false, raw: String = ""
        ) {
            self.grams = grams
            self.stable = stable
            self.at = at
            self.offsetMillis = offsetMillis
            self.offline = offline
            self.raw = raw
        }
    }

    package static func decide(
        _ command: Command, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        switch command {
        case .bind, .unbind, .noticeTruck, .clearPlatform, .link, .unlink, .recordReused:
            guard context.principal.role == .system else { throw .forbidden }
            return try decideForHub(command, state, context)
        case .settle(let binding, let reading):
            try requireEdge(context)
            return try settle(reading, binding: binding, state, context)
        case .fault(let code):
            try requireEdge(context)
            guard code.fits(40) else { throw .tooLong("code", max: 40) }
            return state.fault?.code == code ? [] : [.faulted(code: code, at: context.now)]
        case .recover:
            try requireEdge(context)
            return state.fault == nil ? [] : [.recovered(isOpen: state.paused == nil && state.linked != false)]
        case .pause, .resume, .assignUnmatched, .dismissUnmatched:
            guard context.principal.isStaff else { throw .forbidden }
            return try decideForOffice(command, state, context)
        }
    }

    private static func requireEdge(_ context: Context) throws(Rejection) {
        guard context.principal.role == .device, context.principal.stations.contains(context.id.key) else {
            throw .forbidden
        }
    }

    private static func decideForHub(
        _ command: Command, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        switch command {
        case .bind(let binding):
            if state.binding?.id == binding.id { return [] }
            let release = state.binding.map { Event.unbound(binding: $0.id, visit: $0.visit, reason: "replaced") }
            return (release.map { [$0] } ?? []) + [.bound(binding: binding)]
        case .unbind(let visit, let reason):
            // After the weight counted, only the empty deck ends the binding.
            guard let binding = state.binding, binding.visit == visit, state.weighed == nil || reason == "released"
            else { return [] }
            return [.unbound(binding: binding.id, visit: visit, reason: reason)]
        case .noticeTruck:
            guard let binding = state.binding, !state.arrived, state.weighed == nil else { return [] }
            return [.arrived(binding: binding.id, visit: binding.visit, at: context.now)]
        case .clearPlatform:
            // A truck that drove on and off again without a weight that counts has left, too.
            guard state.awaitingZero || state.arrived else { return [] }
            let binding = state.arrived || state.weighed != nil ? state.binding : nil
            return [.platformCleared(at: context.now, visit: binding?.visit, binding: binding?.id)]
        case .link(let device):
            return state.linked == true
                ? [] : [.linked(device: device, isOpen: state.paused == nil && state.fault == nil)]
        case .unlink(let device):
            return state.linked == true ? [.linkLost(device: device, at: context.now)] : []
        case .recordReused(let reading):
            return try settle(reading, binding: nil, isReused: true, state, context)
        case .settle, .fault, .recover, .pause, .resume, .assignUnmatched, .dismissUnmatched:
            return []
        }
    }

    /// A settled weight: for the bound truck, or for nobody. Refused when it can be no weight at all (DOMAIN.md 1.2, 1.3, 1.6).
    private static func settle(
        _ settled: Settled, binding named: String?, isReused: Bool = false, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        let site = context.directory.site(context.id.site)
        let profile = context.directory.station(context.id.key, at: context.id.site)
        let capacity = profile?.capacityGrams ?? site.weightMaxGrams
        guard settled.stable else { throw .weightNotStable }
        guard settled.grams >= site.weightMinGrams, settled.grams <= capacity else {
            throw .weightOutOfRange(settled.grams, site.weightMinGrams...capacity)
        }
        guard settled.raw.utf8.count <= 256 else { throw .tooLong("raw", max: 256) }
        let source: WeighRegister.Source = settled.offline ? .edgeOffline : .indicator
        let (millis, isAbsurd) = settled.at.milliseconds.addingReportingOverflow(settled.offsetMillis)
        guard !isAbsurd, Instant.calendar.contains(millis) else { throw .badField("at", "시각 (1970–9999년)") }
        let at = Instant(milliseconds: millis)
        let id = "\(context.id.key)-\(pad(state.weighingCount + 1, 6))"
        func unmatched(_ reason: Unmatched.Reason) -> [Event] {
            [
                .unmatched(
                    item: Unmatched(
                        id: id, reason: reason, grams: settled.grams, at: at, receivedAt: context.now, source: source))
            ]
        }
        guard !isReused else { return unmatched(.numberReused) }
        // A true weight of a scale that is set up wrongly: nobody weighs that truck again, so staff get to see it.
        guard let profile else { return unmatched(.unknownStation) }
        guard settled.grams % profile.divisionGrams == 0 else { return unmatched(.divisionMismatch) }
        guard let binding = state.binding else { return unmatched(.noBinding) }
        guard named == binding.id else { return unmatched(.otherBinding) }
        guard !state.awaitingZero else { return unmatched(.zeroInterlock) }
        guard state.paused == nil else { return unmatched(.paused) }
        // A truck that is weighed is there, whether or not its driving on was seen.
        let arrived: [Event] =
            state.arrived ? [] : [.arrived(binding: binding.id, visit: binding.visit, at: context.now)]
        return arrived + [
            .weighed(binding: binding, weighing: id, grams: settled.grams, source: source, at: at, raw: settled.raw)
        ]
    }

    private static func decideForOffice(
        _ command: Command, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        let by = context.by
        switch command {
        case .pause(let reason):
            try context.check(reason: reason)
            guard state.paused == nil else { throw .alreadyPaused }
            return [.paused(by: by, reason: reason, at: context.now)]
        case .resume:
            guard state.paused != nil else { throw .notPaused }
            return [.resumed(by: by, isOpen: state.fault == nil && state.linked != false)]
        case .assignUnmatched(let id, let plate, let reason):
            try context.check(reason: reason)
            guard let item = state.unmatched.first(where: { $0.id == id }) else { throw .unknownUnmatched(id) }
            guard let vehicle = context.directory.vehicleID(plate: plate, at: context.id.site),
                let record = context.directory.vehicle(vehicle, at: context.id.site)
            else { throw .unknownVehicle(Plate.tidy(plate)) }
            return [
                .unmatchedAssigned(item: item, vehicle: vehicle, plate: record.plate, by: by, reason: reason)
            ]
        case .dismissUnmatched(let id, let reason):
            try context.check(reason: reason)
            guard let item = state.unmatched.first(where: { $0.id == id }) else { throw .unknownUnmatched(id) }
            return [.unmatchedDismissed(item: item, by: by, reason: reason)]
        default:
            throw .forbidden
        }
    }
}

extension Instant {
    /// 1970 to 9999: what a calendar can show.
    fileprivate static let calendar: ClosedRange<Int64> = 0...253_402_300_799_999
}

extension Rejection {
    static let alreadyPaused = Rejection("alreadyPaused", "이미 일시정지한 계량대입니다.")
    static let notPaused = Rejection("notPaused", "일시정지한 계량대가 아닙니다.")
    static let weightNotStable = Rejection("weightNotStable", "안정되지 않은 중량은 기록하지 않습니다.")

    static func unknownUnmatched(_ id: String) -> Rejection {
        Rejection("unknownUnmatched", "미매칭 계량 목록에 없거나 이미 처리되었습니다: \(id)", ["id": id])
    }
    static func weightOutOfRange(_ grams: Int64, _ range: ClosedRange<Int64>) -> Rejection {
        Rejection(
            "weightOutOfRange",
            "중량이 허용 범위를 벗어났습니다: \(grams / 1000) kg (\(range.lowerBound / 1000)–\(range.upperBound / 1000) kg)",
            ["grams": String(grams), "min": String(range.lowerBound), "max": String(range.upperBound)])
    }
    static func divisionMismatch(_ grams: Int64, division: Int64) -> Rejection {
        Rejection(
            "divisionMismatch", "중량이 계량대 눈금의 배수가 아닙니다: \(grams) g, 눈금 \(division) g",
            ["grams": String(grams), "divisionGrams": String(division)])
    }
}
