internal import ArgumentParser
internal import FoundationEssentials

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "돌고 있는 edge run 이 어떤지 보여 줍니다. (How the running edge is doing.)",
        discussion: """
            설정 파일의 "statusPort" (9180) 로 묻습니다. 브라우저로는 http://127.0.0.1:9180, 지표는 /metrics 입니다.
            (Asks on the configuration's "statusPort". For a browser http://127.0.0.1:9180, metrics at /metrics.)

            모두 정상이면 0, 돌보아야 할 것이 있거나 답이 없으면 1 로 끝납니다. (Ends with 0 when all is well, else with 1.)
            """)

    @Option(help: "설정 파일 (The configuration file).")
    var config: String

    @Flag(help: "JSON 으로 (Print JSON).")
    var json = false

    func run() async throws {
        let configuration = try EdgeConfiguration.load(config)
        guard configuration.statusPort > 0 else {
            throw StartFailure(description: "\(config): \"statusPort\" is 0, so nobody can be asked.")
        }
        let body = try await Self.report(port: configuration.statusPort)
        let report = try JSONDecoder().decode(StatusReport.self, from: body)
        print(json ? report.jsonLine : Self.text(report))
        guard report.problems.isEmpty else { throw ExitCode(1) }
    }

    private static func text(_ report: StatusReport) -> String {
        var lines = [
            "hub       \(report.hub.address) \(report.hub.isConnected ? "connected" : "NOT CONNECTED")"
                + (report.hub.transport == .requests ? " by requests" : "")
                + (report.hub.offsetMillis.map { ", clock \($0) ms" } ?? ""),
            "up        \(report.upSeconds) s",
        ]
        if let board = report.board {
            let state = board.isRefusing ? "REFUSES" : board.isConnected ? "connected" : "NOT CONNECTED"
            lines.append("board     \(board.address) \(state)")
        }
        for station in report.stations {
            let heard = station.hearsIndicator.map { $0 ? "good" : "SILENT" } ?? "unknown"
            let answer = station.outbox.lastAnswerAt.map { ", last answer \(StatusText.clock($0))" } ?? ""
            lines.append(
                "station   \(station.id): indicator \(heard), \(station.liveGrams.map(StatusText.kilograms) ?? "no weight")"
                    + ", \(station.framesPerSecond) frames/s, \(station.refused) refused; "
                    + "\(station.outbox.waiting) weights wait\(answer)")
        }
        return (lines + report.problems.map { "! \($0)" }).joined(separator: "\n")
    }

    private static func report(port: Int) async throws -> Data {
        guard let answer = try? await StatusClient.get("/status.json", port: port) else {
            throw StartFailure(description: "No edge answers on \(StatusServer.host):\(port). Is `edge run` running?")
        }
        guard answer.status == "HTTP/1.1 200 OK" else {
            throw StartFailure(description: "\(StatusServer.host):\(port) is not an edge: \(answer.status.prefix(80))")
        }
        return Data(answer.body)
    }
}
