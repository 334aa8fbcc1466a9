internal import ArgumentParser
internal import Glibc

struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "표준 입력의 바이트를 해석해 프레임마다 JSON 한 줄을 냅니다. (Decodes standard input, one JSON line a frame.)",
        discussion: """
            키: ok, value, unit, stable, mode, overload, underload, zero, device, raw; 거부된 프레임은 ok, reason, raw.
            프레임 밖의 바이트는 세기만 하고 끝에 표준 오류로 알립니다.
            (A refused frame has ok, reason, raw. Bytes outside frames are counted and reported on standard error.)

            edge decode --profile cas22 < /dev/ttyUSB0
            echo '53542c47532c2b30303132332e306b670d0a' | edge decode --profile and18 --hex
            """)

    @Option(help: "프로파일 이름 또는 .json 파일 (A profile's id, or a profile file).")
    var profile: String

    @Flag(
        help: """
            16진 글자로 된 줄들: 줄마다 앞뒤가 조용했던 것처럼 따로 읽고, 줄 번호를 "line"으로 붙입니다 (Lines of hexadecimal text, \
            each read as if the line had been quiet before and after it; "line" is its number).
            """)
    var hex = false

    @Flag(help: "프레임 대신 수와 속도만 (Only how many frames there were, and how fast they were read).")
    var count = false

    func validate() throws {
        guard !count || !hex else { throw ValidationError("--count is for a stream of bytes, without --hex") }
    }

    func run() throws {
        let profile = try ProfileCatalogue.builtIn.load(profile)
        if hex { return try decodeLines(profile) }
        try SerialPort.makeRaw(STDIN_FILENO, baud: profile.line.baud, settings: profile.line.settings)
        decodeStream(profile)
    }

    private func decodeStream(_ profile: IndicatorProfile) {
        var decoder = IndicatorDecoder(profile: profile)
        let clock = ContinuousClock()
        var time = Duration.zero
        while let bytes = readInput() {
            var readings: [Reading] = []
            time += clock.measure { readings = decoder.feed(bytes) }
            if !count { show(readings) }
        }
        let last = decoder.finish()
        guard !count else { return print(CountLine(decoder.counters, time).jsonLine) }
        show(last)
        tellNoise(decoder.counters.noiseByteCount, of: decoder.counters.byteCount)
    }

    private func decodeLines(_ profile: IndicatorProfile) throws {
        var number = 0
        while let line = readLine() {
            number += 1
            let digits = line.filter { !$0.isWhitespace }
            guard let bytes = [UInt8](hex: digits) else {
                throw ValidationError("line \(number) is '\(line.prefix(80))'; expected pairs of hexadecimal digits")
            }
            guard !bytes.isEmpty else { continue }
            var decoder = IndicatorDecoder(profile: profile)
            let readings = decoder.feed(bytes) + decoder.finish()
            // Somebody who gives one line wants a word on it.
            show(readings.isEmpty ? [.refused(.length, raw: bytes)] : readings, line: number)
        }
    }

    private func show(_ readings: [Reading], line: Int? = nil) {
        for reading in readings { print(ReadingLine(reading, line: line).jsonLine) }
        fflush(nil)
    }

    private func tellNoise(_ count: Int, of total: Int) {
        guard count > 0 else { return }
        var output = StandardError()
        print("프레임 밖의 바이트 \(count)/\(total) (bytes outside frames)", to: &output)
    }

    /// A read of standard input; nil at its end.
    private func readInput() -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, read(STDIN_FILENO, buffer.baseAddress, buffer.count))
        }
        return bytes.isEmpty ? nil : bytes
    }
}

/// What `--count` says instead of the readings.
private struct CountLine: Encodable {
    let bytes: Int
    let readings: Int
    let refused: Int
    let noiseBytes: Int
    /// Of the decoder alone, without reading and printing.
    let framesPerSecond: Int
    let microsecondsPer1000Frames: Int

    init(_ counters: IndicatorDecoder.Counters, _ time: Duration) {
        bytes = counters.byteCount
        readings = counters.readingCount
        refused = counters.refusedCount
        noiseBytes = counters.noiseByteCount
        let frames = Double(max(1, readings + refused))
        let seconds = max(time / .seconds(1), 1e-9)
        framesPerSecond = Int(frames / seconds)
        microsecondsPer1000Frames = Int(seconds * 1e9 / frames)
    }

}

/// One reading as the line that `edge decode` prints; what is unknown is null.
struct ReadingLine: Encodable {
    private let reading: Reading
    /// Of the input, from 1; nil for a stream of bytes.
    private let line: Int?

    init(_ reading: Reading, line: Int? = nil) {
        self.reading = reading
        self.line = line
    }

    private enum Key: String, CodingKey {
        case ok, value, unit, stable, mode, overload, underload, zero, device, raw, reason, line
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        try members.encode(reading.ok, forKey: .ok)
        try members.encode(reading.raw.hex, forKey: .raw)
        try members.encodeIfPresent(line, forKey: .line)
        if let reason = reading.reason { return try members.encode(reason, forKey: .reason) }
        try members.encode(reading.value?.description, forKey: .value)
        try members.encode(reading.unit, forKey: .unit)
        try members.encode(reading.stable, forKey: .stable)
        try members.encode(reading.mode, forKey: .mode)
        try members.encode(reading.overload, forKey: .overload)
        try members.encode(reading.underload, forKey: .underload)
        try members.encode(reading.zero, forKey: .zero)
        try members.encode(reading.device, forKey: .device)
    }
}
