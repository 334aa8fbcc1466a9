internal import Logging

extension EdgeAgent {
    /// What the status page says of it, too.
    func keep(_ note: UplinkNote) {
        switch note {
        case .ready:
            hubProblem = nil
            for topic in shown.keys { shown[topic]?.isDenied = false }
        case .lost(let end, _):
            hubProblem = end.fault?.sentence ?? end.description
            if uplink?.transport == .webSocket { webSocketProblem = hubProblem }
        case .keyRefused(.noKey(let reason), _): hubProblem = "API 키가 없습니다 (no API key): \(reason)"
        case .keyRefused: hubProblem = "API 키가 거부되었습니다 (the API key was refused)"
        case .subscriptionRefused(let topic, let error) where error.isDenial:
            shown[topic, default: Shown()].isDenied = true
        case .divisionIs(let topic, let hubGrams): shown[topic, default: Shown()].hubDivisionGrams = hubGrams
        default: break
        }
    }

    func log(_ note: UplinkNote) {
        switch note {
        case .connecting: logger.notice(.hubConnecting, ["hub": "\(configuration.hub.host):\(configuration.hub.port)"])
        case .ready(let transport):
            logger.notice(.hubReady, ["offsetMillis": uplink?.offsetMillis ?? 0])
            if transport == .requests { logger.notice(.webSocketBlocked) }
        case .lost(let end, let retry): logger.notice(.hubLost, end, retry: retry)
        case .keyRefused(let end, let retry): logger.notice(.keyRefused, end, retry: retry)
        case .draining(let delay): logger.notice(.hubDraining, ["after": delay])
        case .silent, .tooSlow: logger.notice(.hubSilent)
        case .subscriptionRefused(let topic, let error): logger.subscriptionRefused(topic, error)
        case .refused(let error): logger.notice(.hubRefused, ["code": error.code, "reason": error.message ?? ""])
        case .unreadable(let topic, let event):
            logger.notice(.badMessage, ["topic": topic, "reason": "event \"\(event)\" with unknown data"])
        case .weightRefused(let topic, let n, let code):
            let notice = code == Outbox.keyReused ? Notice.numberReused : .weightRefused
            logger.notice(notice, ["topic": topic, "n": n, "code": code])
        case .offeringAgain(let topic, let count): logger.notice(.offeringAgain, ["topic": topic, "count": count])
        case .resending(let topic): logger.notice(.resending, ["topic": topic])
        case .divisionIs(let topic, let hubGrams):
            guard let station = configuration.stations.first(where: { $0.topic == topic }),
                station.divisionGrams != hubGrams
            else { return }
            logger.notice(.divisionDiffers, ["topic": topic, "hub": hubGrams, "configured": station.divisionGrams])
        }
    }
}
