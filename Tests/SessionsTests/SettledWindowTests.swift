import Testing
import Wire

@testable import Actors
@testable import Sessions

extension SettledWindow {
    fileprivate mutating func begin(_ n: Int64, boot: String = "b", atMost: Int = 64) throws -> Bool {
        begin(try settled(n, boot: boot), atMost: atMost)
    }

    fileprivate mutating func end(
        _ n: Int64, _ outcome: Outcome = .committed(seq: 1), boot: String = "b"
    ) throws -> String? {
        end(try settled(n, boot: boot), outcome).map { brief($0) }
    }
}

@Suite struct `Settled window` {
    private let late = Outcome.rejected(Rejection("late", "늦음"))

    @Test func `each outcome in order is acked at once`() throws {
        var window = SettledWindow()
        for n in 1...3 as ClosedRange<Int64> { #expect(try window.begin(n)) }
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
        #expect(try window.end(2) == "ack ulsan/station/1 n2")
        #expect(try window.end(3) == "ack ulsan/station/1 n3")
    }

    @Test func `outcomes out of order wait for the ones before and go out as one ack`() throws {
        var window = SettledWindow()
        for n in 5...8 as ClosedRange<Int64> { #expect(try window.begin(n)) }
        #expect(try window.end(7) == nil)
        #expect(try window.end(6, late) == nil)
        #expect(try window.end(5) == "ack ulsan/station/1 n7 6=late")
        #expect(try window.end(8) == "ack ulsan/station/1 n8")
    }

    @Test func `refused weights are named with their codes`() throws {
        var window = SettledWindow()
        for n in 1...3 as ClosedRange<Int64> { #expect(try window.begin(n)) }
        #expect(try window.end(3, .keyReused) == nil)
        #expect(try window.end(2) == nil)
        #expect(try window.end(1, late) == "ack ulsan/station/1 n3 1=late,3=keyReused")
    }

    @Test(arguments: [
        Outcome.busy(after: .seconds(1)), .unavailable(after: .seconds(1)), .versionConflict(current: 4),
    ])
    func `what may still succeed is no outcome`(outcome: Outcome) throws {
        var window = SettledWindow()
        #expect(try window.begin(1))
        #expect(try window.end(1, outcome) == nil)
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
    }

    @Test func `a new boot begins anew and old outcomes count for nothing`() throws {
        var window = SettledWindow()
        #expect(try window.begin(9))
        #expect(try window.begin(1, boot: "c"))
        #expect(try window.end(9) == nil)
        #expect(try window.end(1, boot: "c") == "ack ulsan/station/1 n1")
    }

    @Test func `stations do not wait for each other`() throws {
        var window = SettledWindow()
        let other = try settled(1, topic: "ulsan/station/2")
        #expect(try window.begin(1))
        #expect(window.begin(other, atMost: 1) == true)
        let ack = window.end(other, .committed(seq: 1))
        #expect(ack.map { brief($0) } == "ack ulsan/station/2 n1")
    }

    @Test func `a repeat is acked again`() throws {
        var window = SettledWindow()
        #expect(try window.begin(1))
        #expect(try window.begin(1))
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
        #expect(try window.end(1) == nil)
        #expect(try window.begin(1))
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
    }

    @Test func `the second outcome of a repeat does not stand in for a later question`() throws {
        var window = SettledWindow()
        #expect(try window.begin(1))
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
        #expect(try window.end(1) == nil)
        #expect(try window.begin(1))
        #expect(try window.begin(2))
        #expect(try window.end(2) == nil, "1 is asked again and has no answer yet")
        #expect(try window.end(1) == "ack ulsan/station/1 n2")
    }

    @Test func `a full window takes no more until an outcome comes`() throws {
        var window = SettledWindow()
        #expect(try window.begin(1, atMost: 2))
        #expect(try window.begin(2, atMost: 2))
        #expect(try window.begin(3, atMost: 2) == false)
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
        #expect(try window.begin(3, atMost: 2))
    }

    @Test func `an ack never passes over a weight that was turned away`() throws {
        var window = SettledWindow()
        #expect(try window.begin(1, atMost: 1))
        #expect(try window.begin(2, atMost: 1) == false)
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
        #expect(try window.begin(3, atMost: 1) == false, "an ack of 3 would cover 2, which nobody has")
        #expect(try window.begin(2, atMost: 1))
        #expect(try window.end(2) == "ack ulsan/station/1 n2")
        #expect(try window.begin(3, atMost: 1))
    }

    @Test func `a repeat that did not fit keeps no later one waiting for ever`() throws {
        var window = SettledWindow()
        #expect(try window.begin(1, atMost: 1))
        #expect(try window.end(1) == "ack ulsan/station/1 n1")
        #expect(try window.begin(2, atMost: 1))
        #expect(try window.begin(1, atMost: 1) == false, "a doubled frame, and nobody sends it again")
        #expect(try window.end(2) == "ack ulsan/station/1 n2")
        #expect(try window.begin(3, atMost: 1))
    }

    @Test func `a weight sent late waits in its place`() throws {
        var window = SettledWindow()
        #expect(try window.begin(5))
        #expect(try window.begin(4))
        #expect(try window.end(5) == nil)
        #expect(try window.end(4) == "ack ulsan/station/1 n5")
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `in any order of outcomes every weight is acked once and its refusal is told`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let all = Array(1...30 as ClosedRange<Int64>)
        var window = SettledWindow()
        for n in all { #expect(try window.begin(n)) }
        let refused = Set(all.filter { _ in Bool.random(using: &random) })
        var ended: Set<Int64> = []
        var acked: Int64 = 0
        var told: [Int64] = []
        for n in all.shuffled(using: &random) {
            ended.insert(n)
            guard let ack = window.end(try settled(n), refused.contains(n) ? late : .committed(seq: n)) else {
                #expect(!ended.contains(acked + 1), "seed \(seed)")
                continue
            }
            let fields = try JSONMembers(ack)
            let upTo = try #require(fields.integer("n"))
            #expect(upTo > acked && (acked + 1...upTo).allSatisfy { ended.contains($0) }, "seed \(seed)")
            acked = upTo
            let words = brief(ack).split(separator: " ")
            if words.count > 3 { told += words[3].split(separator: ",").compactMap { Int64($0.prefix { $0 != "=" }) } }
        }
        #expect(acked == 30 && told == refused.sorted(), "seed \(seed)")
    }
}
