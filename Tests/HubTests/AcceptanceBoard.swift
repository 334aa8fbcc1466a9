import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Edge
@testable import Hub

/// The LED board beside the scale (DOMAIN.md 1.11): a real hub, the edge's own agent, and a board that is a TCP server.
extension Acceptance {
    @Suite struct LedBoard {
        private final class Screen: Sendable {
            private let lines = Mutex<[String]>([])
            func take(_ lines: [String]) { self.lines.withLock { $0 = lines } }

            func shows(_ wanted: [String], within span: Duration) async -> Bool {
                let end = ContinuousClock.now + span
                while ContinuousClock.now < end {
                    if lines.withLock({ $0.map { $0.trimmed } }) == wanted { return true }
                    // The board is another program's: it is looked at, like a driver does.
                    try? await Task.sleep(for: .milliseconds(5))
                }
                return false
            }

            var now: [String] { lines.withLock { $0 } }
        }

        @Test
        func `1.11 it shows who is called and the next three within a second, and a board that is off blocks nothing`()
            async throws
        {
            try await TestHub.run { hub in
                let yard = try TestYardDirectory()
                let office = try await TestOffice.open(hub)
                let loop = MultiThreadedEventLoopGroup.singleton.next()
                let screen = Screen()
                let board = try await SimulatedBoard.start(host: "127.0.0.1", port: 0, lines: 2, on: loop) {
                    screen.take($0)
                }
                let port = try #require(board.localAddress?.port)
                let more = #""board": {"port": "tcp://127.0.0.1:\#(port)", "rows": 2, "cells": 16},"#
                try await TestEdgeAgent.run(at: hub, in: yard.path("edge"), more: more) { edge in
                    #expect(await screen.shows(["대기 없음", ""], within: .seconds(5)), "\(screen.now)")
                    for plate in try await hub.addTrucks(5) { try await office.checkIn(plate) }
                    // At most one frame in 300 ms, two of a picture.
                    #expect(await screen.shows(["계량 대기", "다음 1 2 3"], within: .seconds(2)), "\(screen.now)")
                    _ = try await office.callNext()
                    #expect(await screen.shows(["1→1번 계량대", "다음 2 3 4"], within: .seconds(1)), "\(screen.now)")
                    // Off: the yard goes on, and nothing is kept for it.
                    try await board.close()
                    try await edge.log.wait(for: "bound")
                    edge.weigh(kilograms: 20_000)
                    try await edge.log.wait(for: "settled")
                    try await edge.answered()
                    #expect(try edge.weights.map(\.state) == [.acked])
                }
            }
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
