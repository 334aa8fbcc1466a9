import Synchronization
import Testing

@testable import Hub

/// Screens of the office that follow the queue, and an operator whose commands they see: how long that takes while others do their
/// worst. The hub, all clients and the other tests share the cores of one machine and are not optimised, so what is judged here is
/// that everybody is served; how fast a hub is stands in docs/reliability.md.
final class HonestScreens: Sendable {
    private let screens: [TestClient]
    private let office: TestClient
    private let roundCount = Atomic(0)

    static func open(_ hub: TestHub, count: Int = 200) async throws -> HonestScreens {
        let token = try await hub.token(of: "staff")
        var screens: [TestClient] = []
        for _ in 0..<count {
            let screen = try await hub.client("staff", token: token)
            try await screen.subscribe(TestHub.queue)
            screens.append(screen)
        }
        return HonestScreens(screens, try await hub.client("staff2"))
    }

    private init(_ screens: [TestClient], _ other: TestClient) {
        self.screens = screens
        office = other
    }

    /// Some commands, each seen by every screen before the next one. Every screen must have seen each within `limit`.
    func watch(_ what: String, rounds: Int = 10, limit: Duration = .seconds(60)) async throws {
        var times: [Duration] = []
        for _ in 0..<rounds { times += try await round() }
        times.sort()
        func millis(_ time: Duration) -> Int64 {
            time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000
        }
        print(
            "\(screens.count) screens, \(what): command to screen p50 \(millis(times[times.count / 2])) ms, "
                + "p99 \(millis(times[times.count * 99 / 100])) ms, longest \(millis(times[times.count - 1])) ms")
        #expect(times[times.count * 99 / 100] < limit, "\(what)")
    }

    private func round() async throws -> [Duration] {
        let isEven = roundCount.wrappingAdd(1, ordering: .relaxed).newValue.isMultiple(of: 2)
        let clock = ContinuousClock()
        return try await withThrowingTaskGroup(of: Duration?.self) { tasks in
            let start = clock.now
            for screen in screens {
                tasks.addTask {
                    try await screen.event(TestHub.queue, isEven ? "checkInResumed" : "checkInPaused")
                    return clock.now - start
                }
            }
            tasks.addTask { [office] in
                try await office.succeed(
                    TestHub.queue, isEven ? "resumeCheckIn" : "pauseCheckIn", isEven ? [:] : ["reason": "x"])
                return nil
            }
            return try await tasks.reduce(into: []) { if let time = $1 { $0.append(time) } }
        }
    }
}
