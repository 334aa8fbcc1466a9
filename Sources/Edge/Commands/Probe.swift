internal import ArgumentParser
internal import NIOCore

struct Probe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "선로를 들으며 통신 설정과 프로파일을 찾습니다. (Finds out how a line is set and who speaks on it.)",
        discussion: """
            직렬 포트는 통신 설정을 하나씩 바꾸어 가며 듣고, 모든 프로파일로 읽어 봅니다: 바이트 없음, 프레임 없음, 읽을 수 없음,
            값이 들어옴. 거의 다 읽히면 멈춥니다. edge run 이 같은 포트를 쓰고 있으면 먼저 멈추십시오.
            (A serial port is listened to with one setting after the other, and all profiles try to read: no bytes, no
            frames, no readings, streaming. It stops as soon as almost everything can be read. Stop `edge run` first.)

            edge probe --port /dev/ttyUSB0
            edge probe --port /dev/ttyUSB0 --ask 1 --ask 2     # 폴링 인디케이터 (those that speak when they are asked)
            edge probe --port tcp://10.0.0.5:4001 --profile ours.json

            값이 읽히면 0, 아니면 1 로 끝납니다. (The exit status is 0 when values can be read, else 1.)
            """)

    @Option(help: "/dev/…, tcp://host:port, listen://host:port")
    var port: String

    @Option(help: "이 프로파일만; 여러 번, 파일도 (Only these profiles; files, too).")
    var profile: [String] = []

    @Option(help: "이 통신 설정만 (Only this baud).")
    var baud: Int?

    @Option(help: "이 통신 설정만 (Only this setting), 8N1.")
    var settings: String?

    @Option(help: "설정마다 듣는 시간, 초 (Seconds for each setting).")
    var seconds: Double = 2

    @Option(help: "아무도 말하지 않으면 이 번호의 인디케이터에 묻습니다 (Ask the indicator with this number where nobody speaks).")
    var ask: [Int] = []

    @Flag(help: "JSON 으로 (Print JSON, one object a setting).")
    var json = false

    func validate() throws {
        guard (0.2...60).contains(seconds) else { throw ValidationError("--seconds \(seconds); expected 0.2…60") }
        if let baud, !(50...4_000_000).contains(baud) { throw ValidationError("--baud \(baud); expected 50…4000000") }
        if let settings, SerialSettings(settings) == nil {
            throw ValidationError("--settings \(settings); \(SerialSettings.expected)")
        }
        guard ask.allSatisfy({ (0...99).contains($0) }) else { throw ValidationError("--ask; expected 0…99") }
    }

    func run() async throws {
        let catalogue = ProfileCatalogue.builtIn
        var profiles = catalogue.profiles
        if !profile.isEmpty { profiles = try profile.map { name throws in try catalogue.load(name) } }
        let lines = try lines(profiles)
        let group = EdgeLoop.start()
        let probe = LineProbe(profiles: profiles, time: .seconds(seconds), devices: ask, loop: group.next())
        var best: LineFinding?
        for line in lines {
            let finding = try await probe.listen(line)
            print(json ? ProbeLine(finding).jsonLine : ProbeText.text(finding))
            if finding.state == .streaming, (finding.fits.first?.share ?? 0) > best?.fits.first?.share ?? 0 {
                best = finding
            }
            // Another setting does not open what is not there.
            if finding.isSure || finding.state == .unusable { break }
        }
        try await group.shutdownGracefully()
        if !json { print(ProbeText.conclusion(best)) }
        guard best != nil else { throw ExitCode(1) }
    }

    private func lines(_ profiles: [IndicatorProfile]) throws -> [LineAddress] {
        if let address = LineAddress(network: port) { return [address] }
        guard port.hasPrefix("/") else {
            throw ValidationError("--port \(port); expected /dev/…, tcp://host:port or listen://host:port")
        }
        let wanted = settings.flatMap { SerialSettings($0) }
        let all = LineProbe.settings(profiles).filter {
            (baud == nil || $0.baud == baud) && (wanted == nil || $0.settings == wanted)
        }
        if all.isEmpty, let baud {
            return [.serial(path: port, baud: baud, settings: wanted ?? profiles[0].line.settings)]
        }
        return all.map { .serial(path: port, baud: $0.baud, settings: $0.settings) }
    }
}

/// What people read.
enum ProbeText {
    private static let fitCountMax = 4
    private static let byteCountShown = 48

    static func text(_ finding: LineFinding) -> String {
        var lines = ["\(finding.line): \(finding.state.sentence)"]
        if let failure = finding.failure, finding.state == .unusable { lines.append("    \(failure)") }
        if !finding.bytes.isEmpty {
            let rate = Int((Double(finding.bytes.count) / finding.seconds).rounded())
            lines.append("    \(finding.bytes.count) bytes, \(rate)/s: \(shown(finding.bytes))")
        }
        // What others could not read is of interest only where nobody could.
        let reading = finding.fits.filter { $0.readingCount > 0 }
        for fit in (reading.isEmpty ? finding.fits : reading).prefix(fitCountMax) {
            lines.append("    " + text(fit, finding.seconds))
        }
        return lines.joined(separator: "\n")
    }

    private static func text(_ fit: ProfileFit, _ seconds: Double) -> String {
        let name = fit.profile + String(repeating: " ", count: max(0, 14 - fit.profile.count))
        let refused = fit.refusals.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.key.rawValue) ×\($0.value)" }.joined(separator: ", ")
        let rate = (Double(fit.readingCount) / seconds * 10).rounded() / 10
        return "\(name) \(Int((fit.share * 100).rounded())) %, \(fit.readingCount) readings, \(rate)/s"
            + (refused.isEmpty ? "" : "; refused: \(refused)")
            + (fit.example.map { "; \(words($0))" } ?? "")
    }

    /// A reading in a few words.
    private static func words(_ reading: Reading) -> String {
        let value = reading.value.map { "\($0)" } ?? (reading.overload ? "overload" : "underload")
        let stable = reading.stable.map { $0 ? "stable" : reading.hold ? "hold" : "motion" }
        return [value, reading.unit?.rawValue, reading.mode?.rawValue, stable].compactMap(\.self).joined(separator: " ")
    }

    static func conclusion(_ best: LineFinding?) -> String {
        guard let best, let fit = best.fits.first else {
            return """
                읽을 수 있는 값이 없습니다. 배선과 인디케이터의 출력 설정을 확인하고, 폴링 인디케이터이면 --ask 번호 로 물어보십시오.
                (Nothing could be read. See to the wiring and to what the indicator sends; one that has to be asked: --ask NUMBER.)
                """
        }
        var keys = #""profile": "\#(fit.profile)", "port": "\#(best.line.port)""#
        if case .serial(_, let baud, let settings, _) = best.line {
            keys += #", "baud": \#(baud), "settings": "\#(settings)""#
        }
        return "edge.json: \(keys)"
    }

    /// Printable characters as they are, others in hexadecimal.
    private static func shown(_ bytes: [UInt8]) -> String {
        let text = bytes.prefix(byteCountShown).map { byte in
            (0x20...0x7E).contains(byte) ? String(UnicodeScalar(byte)) : "<\([byte].hex)>"
        }
        return text.joined() + (bytes.count > byteCountShown ? "…" : "")
    }
}

/// The same as one JSON object.
private struct ProbeLine: Encodable {
    struct Fit: Encodable {
        let profile: String
        let share: Double
        let readings: Int
        let refused: [String: Int]
    }
    let line: String
    let state: String
    let failure: String?
    let bytes: Int
    let seconds: Double
    let fits: [Fit]

    init(_ finding: LineFinding) {
        line = finding.line.description
        state = finding.state.rawValue
        failure = finding.failure
        bytes = finding.bytes.count
        seconds = finding.seconds
        fits = finding.fits.map { fit in
            Fit(
                profile: fit.profile, share: (fit.share * 1000).rounded() / 1000, readings: fit.readingCount,
                refused: Dictionary(uniqueKeysWithValues: fit.refusals.map { ($0.key.rawValue, $0.value) }))
        }
    }

}
