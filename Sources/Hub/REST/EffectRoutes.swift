import Actors
import HTTPTypes
import Hummingbird
import Logging
import Persistence

/// What should have happened because of an event and did not: shown to staff, done once more by an administrator.
struct EffectRoutes: Sendable {
    let queries: EffectQueries
    let outbox: Outbox
    let logger: Logger

    private struct Effect: Encodable {
        let id: String
        let target: String
        let command: String
        let createdAt: Instant
        let due: Instant
        /// `rejected:CODE`, `expired` or `uncertain`; none while it is tried.
        let outcome: String?

        init(_ listed: EffectQueries.Listed) {
            id = listed.entry.id
            target = "\(listed.entry.target)"
            command = listed.entry.name
            createdAt = listed.entry.createdAt
            due = listed.entry.due
            outcome = listed.outcome
        }
    }

    private struct Requeued: Encodable {
        let id: String
    }

    func add(to group: RouterGroup<HubContext>) {
        group.get("effects") { request, context in
            let principal = try context.requireStaff()
            let name = request.uri.queryParameters["state"].map(String.init) ?? EffectQueries.State.dead.rawValue
            guard let state = EffectQueries.State(rawValue: name) else {
                throw RESTFault.badField("state", "dead 또는 late")
            }
            let listed = try await reading { try await queries.list(principal.site, state, now: LoopLane.wallClock()) }
            return success(listed.map(Effect.init))
        }
        group.post("effects/requeue") { request, context in
            let admin = try context.requireAdmin()
            let id = try await request.members().required("id", max: 300)
            return success(Requeued(id: try await requeue(id, by: admin)))
        }
    }

    private func requeue(_ id: String, by admin: Principal) async throws -> String {
        guard let entry = try await reading({ try await queries.dead(admin.site, id: id) }) else {
            throw RESTFault.notFound
        }
        let result = await withCheckedContinuation { continuation in
            outbox.requeue(entry) { continuation.resume(returning: $0) }
        }
        switch result {
        case .success(let next):
            logger.notice(
                "an effect was re-queued", metadata: ["effect": "\(id)", "as": "\(next.id)", "by": "\(admin.id)"])
            return next.id
        case .failure(.refused(let why)):
            // If it cannot be re-queued any more, somebody else was faster, and that one is under way.
            guard try await reading({ try await queries.dead(admin.site, id: id) }) != nil else {
                return OutboxEntry.nextID(after: id)
            }
            logger.error("an effect cannot be re-queued", metadata: ["effect": "\(id)", "why": "\(why)"])
            throw Self.unacceptable
        case .failure(.inDoubt): throw Self.inDoubt
        case .failure: throw RESTFault.unavailable
        }
    }

    private static let unacceptable = RESTFault(
        status: .unprocessableContent, code: "effectRefused",
        message: "저장소가 이 작업을 받지 않았습니다. 다시 시도해도 같습니다. 관리자에게 알려 주세요.")
    private static let inDoubt = RESTFault(
        status: .serviceUnavailable, code: "inDoubt", message: "다시 실행했는지 아직 알 수 없습니다. 저장소가 돌아오면 목록을 다시 확인해 주세요.",
        retryAfterSeconds: 5)

    private func reading<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch is PostgresError {
            throw RESTFault.unavailable
        }
    }
}
