import Foundation
import Testing

@testable import Edge

/// The key beside the scale is replaced while the agent runs.
@Suite(.serialized) struct KeyRotationTests {
    /// DOMAIN.md 1.12
    @Test func `a revoked key: the next one is taken from its file without a restart, and nothing settled is lost`()
        async throws
    {
        let scratch = try Scratch()
        let terminal = try PseudoTerminal()
        let hub = try FakeHub()
        let edge = try await start(scratch, hub, terminal)
        try drive(10_100, on: terminal)
        #expect(await eventually { edge.logged("weightAcked") == 1 })

        let revokedAt = ContinuousClock.now
        hub.revokeKey(for: "second-key")
        #expect(await eventually { edge.logged("keyRefused") == 1 })
        for (index, kilograms) in ([20_200, 30_300] as [Int64]).enumerated() {
            try drive(kilograms, on: terminal)
            #expect(await eventually { edge.logged("settled") == 2 + index })
        }
        // One that is no better is tried at once, too.
        try put("misspelt-key", into: scratch)
        #expect(await eventually { edge.logged("keyRefused") == 2 })
        #expect(ContinuousClock.now - revokedAt < RetryPolicy.slow, "nobody waited for the next try")
        #expect(hub.weights.map(\.n) == [1])

        try put("second-key", into: scratch)
        #expect(await eventually { edge.logged("weightAcked") >= 2 && hub.weights.count == 3 })
        #expect(hub.hellos == [FakeHub.key, "misspelt-key", "second-key"])
        #expect(hub.arrivals == [1, 2, 3])
        #expect(hub.weights.map(\.grams) == [10_100_000, 20_200_000, 30_300_000])
        #expect(hub.weights.map(\.offline) == [false, true, true])
        #expect(Set(hub.weights.map(\.boot)).count == 1)
        #expect(edge.logged("started") == 1)
        #expect(!["test-key", "misspelt-key", "second-key"].contains { edge.log.contains($0) })
        #expect(edge.terminate() == 0)
    }

    /// DOMAIN.md 1.12
    @Test func `a key file that is gone when the hub is back: as soon as it is there again it is used`() async throws {
        let scratch = try Scratch()
        let terminal = try PseudoTerminal()
        let hub = try FakeHub()
        let edge = try await start(scratch, hub, terminal)
        try FileManager.default.removeItem(atPath: scratch.file("edge.key"))
        let cutAt = ContinuousClock.now
        hub.cut()
        #expect(await eventually { edge.logged("keyRefused") == 1 })
        #expect(edge.log.contains("edge.key cannot be read: No such file"))
        try drive(40_460, on: terminal)
        #expect(await eventually { edge.logged("settled") == 1 })
        try put(FakeHub.key, into: scratch)
        #expect(await eventually { hub.weights.map(\.n) == [1] })
        #expect(ContinuousClock.now - cutAt < RetryPolicy.slow)
        #expect(hub.hellos == [FakeHub.key, FakeHub.key])
        #expect(edge.terminate() == 0)
    }

    /// With the first key, until its line and the hub are there.
    private func start(
        _ scratch: Scratch, _ hub: FakeHub, _ terminal: borrowing PseudoTerminal
    ) async throws -> EdgeProcess {
        let edge = try EdgeProcess([
            "run", "--config", try configuration(scratch, hub: hub.url, port: terminal.path),
        ])
        #expect(await eventually { edge.logged("hubReady") == 1 && edge.logged("lineOpened") == 1 })
        return edge
    }

    /// As an installer should: whoever reads the file finds the old key or the new one.
    private func put(_ key: String, into scratch: Scratch) throws {
        try Data((key + "\n").utf8).write(to: URL(filePath: scratch.file("edge.key")), options: .atomic)
    }
}
