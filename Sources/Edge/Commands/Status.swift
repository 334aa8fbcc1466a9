internal import ArgumentParser
internal import FoundationEssentials
internal import NIOCore
internal import NIOPosix

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
        let body = try await Self.get(port: configuration.statusPort)
        if json {
            print(String(decoding: body, as: UTF8.self), terminator: "")
            guard try JSONDecoder().decode(StatusReport.self, from: body).problems.isEmpty else { throw ExitCode(1) }
            return
        }
        let report = try JSONDecoder().decode(StatusReport.self, from: body)
        print(Self.text(report))
        guard report.problems.isEmpty else { throw ExitCode(1) }
    }

    private static func text(_ report: StatusReport) -> String {
        var lines = [
            "hub       \(report.hub.address) \(report.hub.isConnected ? "connected" : "NOT CONNECTED")"
                + (report.hub.offsetMillis.map { ", clock \($0) ms" } ?? ""),
            "up        \(report.upSeconds) s",
        ]
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

    /// The body of the report.
    private static func get(port: Int) async throws -> Data {
        let group = EdgeLoop.start()
        let outcome: Result<[UInt8], any Error>
        do {
            let collected = group.next().makePromise(of: [UInt8].self)
            let channel = try await ClientBootstrap(group: group).connectTimeout(.seconds(3))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Collector(collected))
                    }
                }
                .connect(host: StatusServer.host, port: port).get()
            let request = "GET /status.json HTTP/1.1\r\nHost: \(StatusServer.host)\r\nConnection: close\r\n\r\n"
            try await channel.writeAndFlush(ByteBuffer(string: request))
            outcome = .success(try await collected.futureResult.get())
        } catch {
            outcome = .failure(error)
        }
        try await group.shutdownGracefully()
        guard case .success(let bytes) = outcome else {
            throw StartFailure(description: "No edge answers on \(StatusServer.host):\(port). Is `edge run` running?")
        }
        let blankLine = Array("\r\n\r\n".utf8)
        let end = bytes.indices.first { bytes[$0...].starts(with: blankLine) }
        guard bytes.starts(with: "HTTP/1.1 200 ".utf8), let end else {
            let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\r") }.prefix(80), as: UTF8.self)
            throw StartFailure(description: "\(StatusServer.host):\(port) is not an edge: \(line)")
        }
        return Data(bytes[(end + blankLine.count)...])
    }

    /// All that comes until the other side closes.
    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let promise: EventLoopPromise<[UInt8]>
        private var bytes: [UInt8] = []

        init(_ promise: EventLoopPromise<[UInt8]>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += Array(buffer: unwrapInboundIn(data))
            if bytes.count > 1 << 20 { context.close(promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) { promise.succeed(bytes) }
    }
}
