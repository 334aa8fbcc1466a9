internal import ArgumentParser
internal import Glibc
internal import NIOCore
internal import Synchronization

struct Board: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "board",
        abstract: "전광판에 글을 보이거나, 전광판을 흉내 냅니다. (Shows a text on an LED board, or plays one.)",
        discussion: """
            edge board --port tcp://10.0.0.9:5000 '계량 대기' '12가3456 1번'
            edge board --simulate 127.0.0.1:5000            # 터미널에 보이는 전광판 (a board in the terminal)

            다빛(DABIT) ASCII 프로토콜 또는 --driver plain. 한글은 두 칸이며, 넘치면 글자 사이에서 자릅니다.
            (DABIT's ASCII protocol, or --driver plain. Hangul takes two cells; what is too long is cut between characters.)
            """)

    @Argument(help: "보일 글, 줄마다 하나 (The lines to show).")
    var lines: [String] = []

    @Option(help: "tcp://host:port")
    var port: String?

    @Option(help: ArgumentHelp("이 주소에서 전광판을 흉내 냄 (Play a board here).", valueName: "host:port"))
    var simulate: String?

    @Option(help: "프로토콜 (The protocol): dabit, plain.")
    var driver = EdgeConfiguration.Board.Driver.dabit

    @Option(help: "전광판의 줄 수 (Lines of the board).")
    var rows = EdgeConfiguration.Board.defaultRows

    @Option(help: "줄의 칸 수 (Cells of a line).")
    var cells = EdgeConfiguration.Board.defaultCells

    /// A board that refuses is heard three times in it, and one that does not answer is connected to anew.
    private static let answerTime = Duration.seconds(5)

    func validate() throws {
        guard (port == nil) != (simulate == nil) else { throw ValidationError("give --port, or --simulate") }
        guard port == nil || !lines.isEmpty else { throw ValidationError("give the lines to show") }
        guard simulate == nil || lines.isEmpty else { throw ValidationError("--simulate shows what it is told") }
        guard EdgeConfiguration.Board.rowCounts.contains(rows) else {
            throw ValidationError("--rows \(rows); expected 1…16")
        }
        guard EdgeConfiguration.Board.cellCounts.contains(cells) else {
            throw ValidationError("--cells \(cells); expected 8…64")
        }
        guard lines.count <= rows else { throw ValidationError("\(lines.count) lines; the board has \(rows)") }
    }

    func run() async throws {
        if let simulate { try await play(simulate) } else if let port { try await show(port) }
    }

    private func show(_ text: String) async throws {
        guard case .tcp(let host, let number)? = LineAddress(network: text) else {
            throw ValidationError("--port \(text); expected tcp://host:port")
        }
        let driver = driver.make
        let group = EdgeLoop.start()
        let loop = group.next()
        let heard = Mutex<[String]>([])
        let (lines, rows, cells) = (lines, rows, cells)
        let connection = try await loop.submit {
            let machine = BoardMachine(driver, lines: rows, cells: cells)
            let connection = BoardConnection(host: host, port: number, machine: machine, on: loop) { event in
                let text =
                    switch event {
                    case .connected: "연결됨 (connected)"
                    case .lost(let reason, _): "끊김 (lost): \(reason)"
                    case .alarm(let isOn): isOn ? "거부 (refused)" : "보임 (shown)"
                    case .unshowable: "전광판에 없는 글자는 ? 로 보입니다 (what it does not have is shown as ?)"
                    }
                heard.withLock { if $0.last != text { $0.append(text) } }
            }
            connection.start()
            connection.show(lines)
            return NIOLoopBound(connection, eventLoop: loop)
        }.get()
        try await Task.sleep(for: Self.answerTime)
        try await loop.submit { connection.value.stop() }.get()
        try await group.shutdownGracefully()
        let events = heard.withLock { $0 }
        for event in events { print(event) }
        guard events.first?.hasPrefix("연결됨") == true,
            !events.contains(where: { $0.hasPrefix("거부") || $0.hasPrefix("끊김") })
        else { throw ExitCode(1) }
        print("보냈습니다 (sent)")
    }

    private func play(_ address: String) async throws {
        guard case .tcp(let host, let number)? = LineAddress(network: "tcp://\(address)") else {
            throw ValidationError("--simulate \(address); expected host:port")
        }
        let group = EdgeLoop.start()
        let cells = cells
        let server = try await SimulatedBoard.start(host: host, port: number, lines: rows, on: group.next()) { lines in
            let frame = String(repeating: "─", count: cells)
            print("┌\(frame)┐")
            for line in lines { print("│\(BoardText.fitted(line, cells: cells))│") }
            print("└\(frame)┘")
            fflush(nil)
        }
        var output = StandardError()
        print("전광판 \(address) (a board at \(address))", to: &output)
        await Signals.termination()
        try await server.close()
        try await group.shutdownGracefully()
    }
}

extension EdgeConfiguration.Board.Driver: ExpressibleByArgument {}
