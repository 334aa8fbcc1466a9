import Actors
import Hummingbird
import Wire

/// Pictures of the actors for clients that ask once instead of following: the same data as over the WebSocket.
struct YardRoutes: Sendable {
    let registry: Registry
    let directory: DirectoryStore

    func add(to group: RouterGroup<HubContext>) {
        group.get("dashboard/realtime") { _, context in
            let principal = try context.requireStaff()
            return try await dashboard(principal)
        }
        group.get("mobile/queue/my") { _, context in
            let (principal, driver) = try context.requireDriver()
            return try await place(principal, driver)
        }
    }

    private func dashboard(_ principal: Principal) async throws -> Response {
        var stations: [[UInt8]] = []
        for key in directory.current.activeStations(at: principal.site) {
            stations.append(try await picture(principal, WeighStation.name, key))
        }
        var writer = JSONWriter()
        writer.member(
            "stations", json: Array("[".utf8) + stations.joined(separator: Array(",".utf8)) + Array("]".utf8))
        writer.member("queue", json: try await picture(principal, WaitQueue.name, WaitQueue.key))
        writer.member("register", json: try await picture(principal, WeighRegister.name, WeighRegister.key))
        return success(json: writer.finish())
    }

    private struct Place: Codable {
        let queueNumber: Int
        let aheadCount: Int?
        let estimatedWaitTime: Int?
        let status: String
        let station: String?

        enum CodingKeys: String, CodingKey {
            case status, station
            case queueNumber = "queue_number"
            case aheadCount = "ahead_count"
            case estimatedWaitTime = "estimated_wait_time"
        }
    }

    private struct Own: Decodable {
        let entry: WaitQueue.Entry?
    }

    private struct Line: Decodable {
        let line: [Int]
        let averageSeconds: Int
        let openStations: Int
    }

    private func place(_ principal: Principal, _ driver: String) async throws -> Response {
        let id = StreamID(site: principal.site, kind: WaitQueue.name, key: WaitQueue.key)
        let own = try JSON.decode(Own.self, from: try await look(principal, id, mine: true))
        guard let entry = own.entry else { throw RESTFault.notFound }
        let line = try JSON.decode(Line.self, from: try await look(principal, id, mine: false))
        let ahead = line.line.firstIndex(of: entry.number)
        let minutes = ahead.map { ahead in
            let seconds = line.averageSeconds * (ahead + 1)
            let stations = max(1, line.openStations)
            return (seconds + stations * 60 - 1) / (stations * 60)
        }
        return success(
            Place(
                queueNumber: entry.number, aheadCount: ahead, estimatedWaitTime: minutes,
                status: entry.state.rawValue.uppercased(), station: entry.station))
    }

    private func picture(_ principal: Principal, _ kind: String, _ key: String) async throws -> [UInt8] {
        try await look(principal, StreamID(site: principal.site, kind: kind, key: key), mine: false)
    }

    private func look(_ principal: Principal, _ id: StreamID, mine: Bool) async throws -> [UInt8] {
        let answer = await withCheckedContinuation { continuation in
            registry.look(Look(principal: principal, mine: mine) { continuation.resume(returning: $0) }, at: id)
        }
        switch answer {
        case .seen(let sight): return sight.data
        case .refused(let rejection):
            throw RESTFault(status: .forbidden, code: rejection.code, message: rejection.message)
        case .unavailable: throw RESTFault.unavailable
        }
    }
}
