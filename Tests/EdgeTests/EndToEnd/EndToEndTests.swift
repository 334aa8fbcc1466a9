import Foundation
import Testing

@testable import Edge

/// A scale of maker A on a pty, an edge as a child process, and a hub to talk to.
@Suite(.serialized) struct EndToEndTests {
    private static let station = "ulsan/station/1"

    @Test("1.12 weights settled without a hub survive kill -9, and arrive in order and once when the hub is there")
    func powerOff() async throws {
        let scratch = try Scratch()
        let terminal = try PseudoTerminal()
        let port = try { try FakeHub().port }()
        let config = try configuration(scratch, hub: "ws://127.0.0.1:\(port)/ws", port: terminal.path)
        for round in 1...3 {
            let edge = try EdgeProcess(["run", "--config", config])
            #expect(await eventually { edge.logged("lineOpened") == 1 })
            for truck in 1...2 { try drive(Int64(10_000 * round + 100 * truck), on: terminal) }
            #expect(await eventually { edge.logged("settled") == 2 })
            edge.killNow()
        }
        let outbox = try Outbox(path: scratch.file("data/edge.sqlite"))
        let stored = try outbox.all(topic: Self.station)
        #expect(stored.map(\.n) == [1, 2, 3, 4, 5, 6])
        #expect(Set(stored.map(\.boot)).count == 1)

        let hub = try FakeHub(port: port)
        let edge = try EdgeProcess(["run", "--config", config])
        #expect(await eventually { hub.weights.count == 6 })
        #expect(hub.weights.map(\.n) == [1, 2, 3, 4, 5, 6])
        #expect(hub.weights.map(\.grams) == [10_100, 10_200, 20_100, 20_200, 30_100, 30_200].map { $0 * 1000 })
        #expect(hub.weights.allSatisfy { $0.offline })
        #expect(await eventually { (try? outbox.unsettled(topic: Self.station, after: 0, limit: 32))?.isEmpty == true })
        #expect(edge.terminate() == 0)
        #expect(edge.logged("stopped") == 1)
    }

    @Test("1.12 what had no answer before a cut comes again and counts once")
    func cut() async throws {
        let scratch = try Scratch()
        let terminal = try PseudoTerminal()
        let hub = try FakeHub()
        hub.setAcks(false)
        hub.bind("b1")
        let edge = try EdgeProcess([
            "run", "--config", try configuration(scratch, hub: hub.url, port: terminal.path),
        ])
        #expect(await eventually { edge.logged("lineOpened") == 1 && edge.logged("bound") == 1 })
        try drive(40_460, on: terminal)
        #expect(await eventually { hub.arrivals == [1] })
        hub.setAcks(true)
        hub.cut()
        #expect(await eventually { hub.weights.count == 1 })
        #expect(hub.arrivals == [1, 1])
        #expect(hub.weights.map(\.binding) == ["b1"])
        #expect(hub.weights.map(\.offline) == [false])
        #expect(await eventually { hub.liveStates.last == "zero" })
        #expect(edge.terminate() == 0)
    }

    @Test("a restored hub gets everything again, also when the power fails meanwhile; what settles then does not wait")
    func restored() async throws {
        let scratch = try Scratch()
        let terminal = try PseudoTerminal()
        let hub = try FakeHub()
        let config = try configuration(scratch, hub: hub.url, port: terminal.path)
        try FileManager.default.createDirectory(atPath: scratch.file("data"), withIntermediateDirectories: true)
        let outbox = try Outbox(path: scratch.file("data/edge.sqlite"))
        _ = try outbox.adopt(epoch: "e")
        for n in 1...70 as ClosedRange<Int64> {
            let weight = SettledWeight(grams: n * 20_000, binding: "b\(n)", at: n, raw: [2])
            let stored = try outbox.record(weight, topic: Self.station, offsetMillis: 0, offline: false)
            try outbox.settle(topic: Self.station, boot: stored.boot, through: n, refused: [:], at: 9_000_000_000_000)
        }

        hub.restore("f")
        hub.answerAgain(through: 40)
        let edge = try EdgeProcess(["run", "--config", config])
        #expect(await eventually { hub.again == Array(1...64) && edge.logged("lineOpened") == 1 })
        try drive(40_460, on: terminal)
        #expect(await eventually { hub.weights.last?.n == 71 }, "it goes between")
        #expect(await eventually { edge.logged("weightAcked") == 1 })
        edge.killNow()
        #expect(edge.log.contains(#""count":"70""#) && edge.logged("offeringAgain") == 1)
        #expect(edge.logged("offeredAgain") == 0)

        hub.answerAgain(through: .max)
        let next = try EdgeProcess(["run", "--config", config])
        #expect(await eventually { next.logged("offeredAgain") == 1 })
        #expect(hub.again.dropFirst(64) == Array(33...70)[...])
        #expect(hub.weights.map(\.n).sorted() == Array(1...71))
        #expect(next.log.contains(#""count":"38""#))

        // The same history again: a cut, and then a restart, and nothing but what is new.
        hub.cut()
        #expect(await eventually { next.logged("hubReady") == 2 })
        #expect(next.terminate() == 0)
        let last = try EdgeProcess(["run", "--config", config])
        #expect(await eventually { last.logged("hubReady") == 1 && last.logged("lineOpened") == 1 })
        try drive(20_000, on: terminal)
        #expect(await eventually { hub.weights.last?.n == 72 })
        #expect(hub.again.count == 102 && next.logged("offeringAgain") == 1 && last.logged("offeringAgain") == 0)
        #expect(last.terminate() == 0)
    }

    @Test("1.12 a wrong key is said so, and weights are kept")
    func wrongKey() async throws {
        let scratch = try Scratch()
        let terminal = try PseudoTerminal()
        let hub = try FakeHub()
        let config = try configuration(scratch, hub: hub.url, port: terminal.path, key: "wrong")
        let edge = try EdgeProcess(["run", "--config", config])
        #expect(await eventually { edge.logged("keyRefused") == 1 && edge.logged("lineOpened") == 1 })
        try drive(40_460, on: terminal)
        #expect(await eventually { edge.logged("settled") == 1 })
        #expect(hub.hellos == ["wrong"])
        #expect(!edge.log.contains("wrong"))
        #expect(edge.terminate() == 0)
    }

    @Test("1.2 a simulated truck is called, weighed with its binding, and leaves", arguments: ["seedA", "cas22"])
    func simulated(_ profile: String) async throws {
        let scratch = try Scratch()
        let hub = try FakeHub()
        let port = scratch.file("tty")
        let config = try configuration(scratch, hub: hub.url, port: port)
        let json = try String(contentsOfFile: config, encoding: .utf8).replacing("seedA", with: profile)
        try Data(json.utf8).write(to: URL(filePath: config))
        let simulator = try EdgeProcess([
            "simulate", "--profile", profile, "--port", port, "--follow", hub.url, "--api-key-file",
            scratch.file("edge.key"),
            "--station", Self.station, "--rate", "20",
        ])
        #expect(await eventually { simulator.logged("simulating") == 1 })
        let edge = try EdgeProcess(["run", "--config", config])
        #expect(await eventually { hub.subscribed.count == 2 && hub.liveStates.contains("zero") })
        hub.bind("b1", plate: "부산80바1234", pass: 1)
        #expect(await eventually { hub.weights.count == 1 })
        let truck = SimulatedTruck(Binding(id: "b1", plate: "부산80바1234", pass: 1), divisionGrams: 20_000)
        #expect(hub.weights.map(\.binding) == ["b1"])
        #expect(hub.weights.map(\.grams) == [truck.grams])
        hub.publish(name: "weighed", data: #"{"binding":{"id":"b1"}}"#)
        #expect(await eventually { simulator.logged("truckDrivesOff") == 1 && simulator.logged("deckEmpty") == 1 })
        #expect(hub.weights.count == 1)
        #expect(Set(["moving", "stable", "zero"]).isSubset(of: hub.liveStates))
        #expect(simulator.terminate() == 0)
        #expect(edge.terminate() == 0)
        #expect(!FileManager.default.fileExists(atPath: port))
    }

    @Test("a scale whose line is dead is a fault at the hub until it is read again")
    func deadLine() async throws {
        let scratch = try Scratch()
        let hub = try FakeHub()
        let port = scratch.file("tty")
        let edge = try EdgeProcess(["run", "--config", try configuration(scratch, hub: hub.url, port: port)])
        #expect(await eventually { hub.commands == ["fault NO_DATA"] })
        let terminal = try PseudoTerminal(link: port)
        #expect(await eventually { edge.logged("lineOpened") == 1 })
        try drive(40_460, on: terminal)
        #expect(await eventually { hub.commands.prefix(2) == ["fault NO_DATA", "recover"] })
        #expect(edge.terminate() == 0)
    }

    @Test("two agents on one data directory: the second refuses to start")
    func oneAgent() async throws {
        let scratch = try Scratch()
        let terminal = try PseudoTerminal()
        let config = try configuration(scratch, hub: "ws://127.0.0.1:1/ws", port: terminal.path)
        let first = try EdgeProcess(["run", "--config", config])
        #expect(await eventually { first.logged("started") == 1 })
        let second = try EdgeProcess(["run", "--config", config])
        #expect(second.waitForEnd() == 1)
        #expect(await eventually { second.log.contains("Another edge is using \(scratch.file("data")).") })
        #expect(await eventually { first.log.contains("허브가 응답하지 않습니다: 127.0.0.1:1 ") })
        #expect(first.terminate() == 0)
    }

    @Test("a station that is not the key's is told once, its weights are kept; a simulator has nothing to follow")
    func denied() async throws {
        let scratch = try Scratch()
        let terminal = try PseudoTerminal()
        let hub = try FakeHub()
        hub.deny()
        let config = try configuration(scratch, hub: hub.url, port: terminal.path)
        let edge = try EdgeProcess(["run", "--config", config])
        #expect(await eventually { edge.logged("subscriptionRefused") == 1 && edge.logged("lineOpened") == 1 })
        #expect(edge.log.contains("이 키는 ulsan/station/1 을 맡지 않습니다"))
        try drive(40_460, on: terminal)
        #expect(await eventually { edge.logged("settled") == 1 })
        #expect(edge.terminate() == 0)
        #expect(edge.logged("hubRefused") == 0)
        #expect(hub.arrivals == [])
        let outbox = try Outbox(path: scratch.file("data/edge.sqlite"))
        #expect(try outbox.unsettled(topic: Self.station, after: 0, limit: 32).map(\.n) == [1])

        let simulator = try EdgeProcess([
            "simulate", "--profile", "seedA", "--port", scratch.file("tty"), "--follow", hub.url, "--api-key-file",
            scratch.file("edge.key"), "--station", Self.station,
        ])
        #expect(simulator.waitForEnd() == 1)
    }

    @Test("a data directory that is a file ends the agent with the reason")
    func noDirectory() async throws {
        let scratch = try Scratch()
        let config = try configuration(scratch, hub: "ws://127.0.0.1:1/ws", port: "/dev/null")
        try Data().write(to: URL(filePath: scratch.file("data")))
        let edge = try EdgeProcess(["run", "--config", config])
        #expect(edge.waitForEnd() == 1)
        #expect(
            await eventually {
                edge.log.contains("\"dataDirectory\" \(scratch.file("data")) is not a directory")
            })
    }

    @Test("a simulator without its key, or with a station that cannot be one, does not start")
    func simulatorOptions() async throws {
        let scratch = try Scratch()
        let options = [
            "simulate", "--profile", "seedA", "--port", scratch.file("tty"), "--follow", "ws://127.0.0.1:1/ws",
            "--api-key-file", scratch.file("nope.key"), "--station",
        ]
        let noKey = try EdgeProcess(options + [Self.station])
        #expect(noKey.waitForEnd() == 1)
        #expect(
            await eventually {
                noKey.log.contains("--api-key-file \(scratch.file("nope.key")) cannot be read: No such file")
            })
        let noStation = try EdgeProcess(options + ["ulsan/queue"])
        #expect(noStation.waitForEnd() != 0)
        #expect(await eventually { noStation.log.contains("expected SITE/station/ID") })
    }
}
