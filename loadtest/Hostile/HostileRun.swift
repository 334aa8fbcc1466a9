internal import NIOCore
internal import NIOPosix
internal import Wire

/// The parts of `loadtest hostile`, one after the other, beside the honest screens.
struct HostileRun {
    let stage: Stage
    let command: HostileCommand

    /// Names in the JSON.
    private struct Keys {
        let latency: StaticString
        var came: StaticString = ""
        var answered: StaticString = ""
        var ended: StaticString = ""
        var memory: StaticString = ""
        var cpu: StaticString = ""
    }

    private struct Part {
        let keys: Keys
        let title: String
        let span: Range<NIODeadline>
        var tallies: [(key: StaticString, title: String, counts: [String: Int])] = []
        var peak = Peak()
        /// Connections of which the memory above is; 0: it is not divided.
        var standingCount = 0
    }

    /// Of the hub while something went on.
    private struct Peak: Sendable {
        /// At most, above what it was before.
        var descriptorCount = 0
        var byteCount = 0
        var cpuMicroseconds = 0.0
    }

    private static let bombByteCount = 128 << 20

    private static let halfOpenKeys = Keys(
        latency: "halfOpen", came: "halfOpenCame", ended: "halfOpenEnded", memory: "halfOpenBytes",
        cpu: "halfOpenCPUPercent")
    private static let bombKeys = Keys(
        latency: "bombs", came: "bombsCame", answered: "bombsAnswered", ended: "bombsEnded", memory: "bombsMegabytes",
        cpu: "bombsCPUPercent")
    private static let subscriptionKeys = Keys(
        latency: "subscriptions", came: "subscriptionsCame", answered: "subscriptionsAnswered",
        ended: "subscriptionsEnded", memory: "subscriptionsMegabytes", cpu: "subscriptionsCPUPercent")
    private static let commandKeys = Keys(
        latency: "commands", came: "commandsCame", answered: "commandsAnswered", ended: "commandsEnded",
        memory: "commandsMegabytes", cpu: "commandsCPUPercent")

    func run() async throws -> Report {
        let screens = try await HonestScreens.open(stage, count: command.screens, rate: command.rate)
        let parts: [Part]
        do {
            // What the hub does for the first time is not measured.
            try await stage.sleep(until: .now() + .seconds(2))
            parts = [
                try await peace(Keys(latency: "peace"), "in peace"), try await halfOpen(), try await bombs(),
                try await flood(Self.subscriptionKeys, "floods of subscriptions", subscriptions),
                try await flood(Self.commandKeys, "floods of commands", commands),
                try await peace(Keys(latency: "after"), "in peace again"),
            ]
        } catch {
            screens.abandon()
            throw error
        }
        var report = Report(
            "hostile",
            "\(command.screens) honest screens, \(command.rate) commands/s, due → last screen, beside hostile peers")
        let figures = try await screens.close(parts.map(\.span), &report)
        for (part, figure) in zip(parts, figures) { tell(part, figure, &report) }
        return report
    }

    private func tell(_ part: Part, _ figure: HonestScreens.Part, _ report: inout Report) {
        report.latencies(part.keys.latency, part.title, figure.lastLatencies)
        for (key, title, counts) in part.tallies { report.tally(key, "  \(title)", counts) }
        let megabytes = Double(part.peak.byteCount) / 1_048_576
        if part.standingCount > 0 {
            report.value(
                part.keys.memory, "  memory of each that stood",
                Double(part.peak.byteCount) / Double(part.standingCount),
                unit: "bytes", places: 0)
        } else if !part.tallies.isEmpty {
            report.value(part.keys.memory, "  memory of the hub, at most", megabytes, unit: "MiB more")
        }
        if !part.tallies.isEmpty {
            let seconds = Double((part.span.upperBound - part.span.lowerBound).nanoseconds) / 1_000_000_000
            report.value(
                part.keys.cpu, "  CPU of the hub, of one core", part.peak.cpuMicroseconds / seconds / 10_000, unit: "%",
                places: 0)
        }
        let p99 = figure.lastLatencies.milliseconds(0.99)
        report.require(figure.missedCount == 0, "\(part.title): \(figure.missedCount) commands not seen by everybody")
        report.require(figure.commandCount > 0, "\(part.title): no command was given")
        report.require(
            p99 <= Double(command.limit), "\(part.title): p99 \(p99.places(1)) ms, \(command.limit) ms are allowed")
    }

    // MARK: Parts

    private func peace(_ keys: Keys, _ title: String) async throws -> Part {
        let start = NIODeadline.now()
        try await stage.sleep(until: start + .seconds(Int64(command.seconds)))
        return Part(keys: keys, title: title, span: start..<NIODeadline.now())
    }

    private func halfOpen() async throws -> Part {
        let visitors = HalfOpen(
            port: stage.hub.address.port, count: command.halfOpen, addressCount: command.addresses)
        let start = NIODeadline.now()
        let threads = Hostiles.threads(1)
        let (tally, peak) = try await watching { try await threads.runIfActive { visitors.run() } }
        try await threads.shutdownGracefully()
        return Part(
            keys: Self.halfOpenKeys, title: "\(command.halfOpen) half-open at once", span: start..<NIODeadline.now(),
            tallies: [
                (
                    Self.halfOpenKeys.came, "stood",
                    ["connected": tally.connectedCount, "at a time at the hub": peak.descriptorCount]
                ),
                (Self.halfOpenKeys.ended, "ended", tally.ends),
            ], peak: peak, standingCount: peak.descriptorCount)
    }

    private func bombs() async throws -> Part {
        var bomb = ByteBuffer()
        Deflater(windowBits: 15, level: 9, keepsContext: false).deflate(
            ByteBuffer(repeating: UInt8(ascii: " "), count: Self.bombByteCount), into: &bomb)
        let frame = FrameEncoder.frame(.text, bomb, isRSV1: true, maskKey: MaskKey(0))
        return try await intrude(Self.bombKeys, "deflate bombs of 128 MiB") { index in
            Intruder(
                port: stage.hub.address.port, host: Intruder.firstHost + UInt32(index), compresses: true, chunk: frame,
                saysOnce: true)
        }
    }

    private func flood(_ keys: Keys, _ title: String, _ frames: [[UInt8]]) async throws -> Part {
        var chunk = ByteBuffer()
        repeat {
            for frame in frames { chunk.writeImmutableBuffer(RawSocket.frame(.text, frame)) }
        } while chunk.readableBytes < 64 << 10
        let token = try await TokenSource("driver1", password: command.options.password, rest: stage.rest).token
        return try await intrude(keys, title) { [chunk] index in
            Intruder(
                port: stage.hub.address.port, host: Intruder.firstHost + UInt32(index), token: token, chunk: chunk)
        }
    }

    private var subscriptions: [[UInt8]] {
        [
            ClientSays.subscribe("\(stage.site)/queue/main"), ClientSays.unsubscribe("\(stage.site)/queue/main"),
            ClientSays.subscribe("\(stage.site)/order/x"), ClientSays.subscribe("nowhere"),
        ]
    }

    private var commands: [[UInt8]] {
        (0..<100).map {
            ClientSays.command(
                "a", key: "k\($0)", topic: "\(stage.site)/queue/main", name: "comeBack", arguments: Array("{}".utf8))
        }
    }

    private func intrude(
        _ keys: Keys, _ title: String, _ make: (_ index: Int) -> Intruder
    ) async throws -> Part {
        let intruders = (0..<command.intruders).map(make)
        let threads = Hostiles.threads(intruders.count)
        let stop = Stop()
        let start = NIODeadline.now()
        let outcome: Result<(Intruder.Tally, Peak), any Error>
        do {
            outcome = .success(
                try await watching {
                    try await withThrowingTaskGroup(of: Intruder.Tally.self) { tasks in
                        for intruder in intruders {
                            tasks.addTask { try await threads.runIfActive { try intruder.run(until: stop) } }
                        }
                        // The first to fail ends it, too.
                        defer { stop.set() }
                        try await stage.sleep(until: start + .seconds(Int64(command.seconds)))
                        stop.set()
                        return try await tasks.reduce(into: Intruder.Tally()) { $0.add($1) }
                    }
                })
        } catch {
            outcome = .failure(error)
        }
        try await threads.shutdownGracefully()
        let (tally, peak) = try outcome.get()
        return Part(
            keys: keys, title: "\(intruders.count) × \(title)", span: start..<NIODeadline.now(),
            tallies: [
                (keys.came, "sent", ["connections": tally.connectionCount, "MiB": tally.sentByteCount >> 20]),
                (keys.answered, "answered", tally.codes), (keys.ended, "ended, by close code", tally.ends),
            ], peak: peak)
    }

    /// Looks at the hub, again and again, while `body` lasts.
    private func watching<T: Sendable>(_ body: () async throws -> T) async throws -> (T, Peak) {
        let before = look()
        let over = Stop()
        async let peak = watch(until: over)
        let outcome: Result<T, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        over.set()
        let most = await peak
        return (
            try outcome.get(),
            Peak(
                descriptorCount: max(0, most.descriptorCount - before.descriptorCount),
                byteCount: max(0, most.byteCount - before.byteCount),
                cpuMicroseconds: most.cpuMicroseconds - before.cpuMicroseconds)
        )
    }

    private func watch(until over: Stop) async -> Peak {
        var most = look()
        while !over.isSet {
            try? await Task.sleep(for: .milliseconds(200))
            let now = look()
            most.descriptorCount = max(most.descriptorCount, now.descriptorCount)
            most.byteCount = max(most.byteCount, now.byteCount)
            most.cpuMicroseconds = now.cpuMicroseconds
        }
        return most
    }

    private func look() -> Peak {
        Peak(
            descriptorCount: stage.hub.descriptorCount() ?? 0, byteCount: stage.hub.residentBytes() ?? 0,
            cpuMicroseconds: stage.hub.cpuMicroseconds() ?? 0)
    }
}
