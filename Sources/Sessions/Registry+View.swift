package import Actors

extension Registry {
    /// Whether there is such an actor, and how this principal may see it.
    package func view(_ principal: Principal, of stream: StreamID, mine: Bool) -> Session.ViewAnswer {
        guard let kind = kind(stream.kind) else { return .unknownKind }
        guard kind.isKey(stream.key) else { return .unknownKey }
        return kind.view(principal, stream.key, mine).map { .view($0) } ?? .forbidden
    }
}
