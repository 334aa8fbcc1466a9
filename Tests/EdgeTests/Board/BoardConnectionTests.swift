import NIOCore
import Synchronization
import Testing

@testable import Edge

@Suite struct BoardConnectionTests {
    private final class Screen: Sendable {
        private let pictures = Mutex<[[String]]>([])

        var latest: [String]? { pictures.withLock { $0.last } }
        func take(_ lines: [String]) { pictures.withLock { $0.append(lines) } }
    }

    private final class Events: Sendable {
        private let texts = Mutex<[String]>([])

        func take(_ event: BoardConnection.Event) {
            texts.withLock { texts in
                switch event {
                case .connected: texts.append("connected")
                case .lost: texts.append("lost")
                case .alarm(let isOn): texts.append(isOn ? "alarm" : "well")
                case .unshowable: texts.append("unshowable")
                }
            }
        }

        func count(_ text: String) -> Int { texts.withLock { $0.count { $0 == text } } }
    }

    /// A board that comes after its picture was known, goes, and comes back.
    @Test("a board that is off delays nobody; when it is there it shows what is")
    func comesAndGoes() async throws {
        let group = EdgeLoop.start()
        let loop = group.next()
        // A port that is free now: the board is off.
        let first = try await SimulatedBoard.start(host: "127.0.0.1", port: 0, lines: 2, on: loop) { _ in }
        let port = try #require(first.localAddress?.port)
        try await first.close()
        let events = Events()
        let connection = try await loop.submit {
            let machine = BoardMachine(DabitDriver(), lines: 2, cells: 12)
            let connection = BoardConnection(host: "127.0.0.1", port: port, machine: machine, on: loop) {
                events.take($0)
            }
            connection.start()
            connection.show(["계량 대기", ""])
            return NIOLoopBound(connection, eventLoop: loop)
        }.get()
        #expect(await eventually { events.count("lost") > 0 })
        try await loop.submit { connection.value.show(["12가3456", "1번"]) }.get()
        for _ in 0..<2 {
            let screen = Screen()
            let board = try await SimulatedBoard.start(host: "127.0.0.1", port: port, lines: 2, on: loop) {
                screen.take($0)
            }
            #expect(await eventually { screen.latest == ["12가3456    ", "1번         "] })
            // Its connections end with it, as when it is unplugged.
            try await board.close()
            let losses = events.count("lost")
            try await loop.submit { connection.value.cut() }.get()
            #expect(await eventually { events.count("lost") > losses })
        }
        #expect(events.count("alarm") == 0)
        try await loop.submit { connection.value.stop() }.get()
        try await group.shutdownGracefully()
    }

    @Test("the simulated board keeps what it is told, line by line, and refuses a wrong check value")
    func memory() {
        var board = SimulatedBoard.Memory(lines: 2)
        let frames = DabitDriver().frames(["가", "B"]).frames
        var shown = board.take(Array(frames.joined()))
        #expect(DabitDriver().answers(in: &shown) == [.shown, .shown])
        #expect(board.lines == ["가", "B"])
        var wrong = DabitDriver().frame(Array("C".utf8))
        wrong[wrong.count - 1] ^= 1
        #expect(board.take(wrong).contains(UInt8(ascii: "F")))
        #expect(board.lines == ["가", "B"])
        // Without a check value, and in pieces.
        let plain = Array("![000D!]".utf8)
        let answers = plain.flatMap { board.take([$0]) }
        var bytes = answers
        #expect(DabitDriver().answers(in: &bytes) == [.shown])
        #expect(board.lines == ["D", "B"])
        board.refuses = true
        bytes = board.take(plain)
        #expect(DabitDriver().answers(in: &bytes) == [.refused])
    }
}
