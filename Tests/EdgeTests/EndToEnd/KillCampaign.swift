import Foundation
import Testing

@testable import Edge

/// Power cuts at random moments while trucks are weighed and a hub answers. `GWANJE_KILLS=300` for a longer campaign.
@Suite(.serialized) struct KillCampaign {
    private static let station = "ulsan/station/1"

    @Test("1.12 whenever the power fails, nothing acknowledged is lost and nothing counts twice")
    func kills() async throws {
        let roundCount = ProcessInfo.processInfo.environment["GWANJE_KILLS"].flatMap(Int.init) ?? 20
        let scratch = try Scratch()
        let terminal = try PseudoTerminal()
        let hub = try FakeHub()
        let config = try configuration(scratch, hub: hub.url, port: terminal.path)
        var generator = SplitMix64(seed: 7)
        var truck: Int64 = 0
        var told: Set<Int64> = []
        var killedWhileWorking = 0
        for _ in 0..<roundCount {
            // A hub that takes weights and does not say so, and links that break, besides.
            hub.setAcks(Int.random(in: 0..<4, using: &generator) > 0)
            let edge = try EdgeProcess(["run", "--config", config])
            #expect(await eventually { edge.logged("lineOpened") == 1 })
            let end = ContinuousClock.now + .milliseconds(Int.random(in: 1...400, using: &generator))
            while ContinuousClock.now < end {
                truck += 1
                try drive(1_000 + truck * 20, on: terminal)
                if Int.random(in: 0..<40, using: &generator) == 0 { hub.cut() }
                // Faster than the line of any indicator.
                try await Task.sleep(for: .milliseconds(3))
            }
            edge.killNow()
            let settled = Self.numbers(of: "settled", in: edge.log)
            told.formUnion(settled)
            if !settled.isEmpty { killedWhileWorking += 1 }
        }

        hub.setAcks(true)
        // Now and then the last line of a round is lost with its process, the weight in it never.
        let edge = try EdgeProcess(["run", "--config", config])
        let outbox = try Outbox(path: scratch.file("data/edge.sqlite"))
        #expect(
            await eventually {
                edge.logged("hubReady") >= 1
                    && (try? outbox.unsettled(topic: Self.station, after: 0, limit: 1))?.isEmpty == true
            })
        #expect(edge.terminate() == 0)
        let stored = try outbox.all(topic: Self.station)
        let received = hub.weights
        print(
            "\(roundCount) power cuts, \(killedWhileWorking) while weights settled: \(truck) trucks, \(stored.count) weights, "
                + "\(hub.arrivals.count) arrivals; lost \(told.subtracting(stored.map(\.n)).count) of \(told.count) that were told"
        )
        #expect(stored.map(\.n) == Array(1..<Int64(stored.count) + 1))
        #expect(Set(stored.map(\.boot)).count == 1)
        #expect(told.isSubset(of: stored.map(\.n)))
        // Each is at the hub once, in order, and as it is here.
        #expect(received.map(\.n) == stored.map(\.n))
        #expect(received.map(\.grams) == stored.map(\.weight.grams))
        #expect(Set(received.map(\.boot)) == Set(stored.map(\.boot)))
        #expect(hub.conflicts == [])
        // No weight was settled twice: each truck has a weight of its own.
        #expect(Set(stored.map(\.weight.grams)).count == stored.count)
        #expect(killedWhileWorking > roundCount / 4)
    }

    /// The numbers of the weights in lines of an event; a line that was cut says nothing.
    private static func numbers(of event: String, in log: String) -> [Int64] {
        struct Line: Decodable {
            let event: String
            let n: String?
        }
        return log.split(separator: "\n").compactMap { line in
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)), line.event == event else {
                return nil
            }
            return line.n.flatMap { Int64($0) }
        }
    }
}
