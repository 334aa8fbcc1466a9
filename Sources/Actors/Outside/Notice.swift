/// What receivers are told, whatever they make of it.
package enum Notice: Codable, Sendable, Hashable {
    case slipIssued(slip: WeighRegister.Slip)
    case slipCorrected(number: String, change: WeighTicket.Change)
    case slipVoided(number: String, by: String, reason: String, at: Instant)

    /// To each of the receivers, in the order of what happened to this slip.
    func effects(for receivers: [String]?, of site: String, at: Instant) -> [Effect] {
        (receivers ?? []).map { Effect(self, to: $0, of: site, due: at) }
    }
}
