internal import ArgumentParser
internal import FoundationEssentials
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

    @Flag(help: "입력이 16진 글자입니다; 빈칸과 줄바꿈은 무시 (The input is hexadecimal text, blanks ignored).")
    var hex = false

    func run() throws {
        var decoder = IndicatorDecoder(profile: try ProfileCatalogue.builtIn.load(profile))
        var digits = HexReader()
        while let bytes = try readInput() {
            show(decoder.feed(hex ? try digits.feed(bytes) : bytes))
        }
        if hex { try digits.finish() }
        show(decoder.finish())
        let counters = decoder.counters
        if counters.noiseByteCount > 0 {
            var output = StandardError()
            print("프레임 밖의 바이트 \(counters.noiseByteCount)/\(counters.byteCount) (bytes outside frames)", to: &output)
        }
    }

    private func show(_ readings: [Reading]) {
        for reading in readings {
            print(ReadingLine(reading).json)
        }
        fflush(nil)
    }

    /// A read of standard input; nil at its end.
    private func readInput() throws -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, read(STDIN_FILENO, buffer.baseAddress, buffer.count))
        }
        return bytes.isEmpty ? nil : bytes
    }
}

/// Pairs of hexadecimal digits, over any number of reads.
private struct HexReader {
    private var pending: UInt8?

    mutating func feed(_ text: [UInt8]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for character in text where !" \r\n\t".utf8.contains(character) {
            guard let digit = Character(UnicodeScalar(character)).hexDigitValue.map(UInt8.init) else {
                throw ValidationError(
                    "'\(UnicodeScalar(character))' is not a hexadecimal digit; expected pairs of 0-9, a-f")
            }
            if let high = pending {
                bytes.append(high << 4 | digit)
                pending = nil
            } else {
                pending = digit
            }
        }
        return bytes
    }

    func finish() throws {
        guard pending == nil else { throw ValidationError("an odd number of hexadecimal digits; expected pairs") }
    }
}

/// One reading as the line that `edge decode` prints; what is unknown is null.
struct ReadingLine: Encodable {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a reading is always valid JSON") }
        return String(decoding: data, as: UTF8.self)
    }

    private enum Key: String, CodingKey {
        case ok, value, unit, stable, mode, overload, underload, zero, device, raw, reason
    }

    func encode(to encoder: any Encoder) throws {
        var line = encoder.container(keyedBy: Key.self)
        try line.encode(reading.ok, forKey: .ok)
        try line.encode(reading.raw.hex, forKey: .raw)
        if let reason = reading.reason { return try line.encode(reason, forKey: .reason) }
        try line.encode(reading.value?.description, forKey: .value)
        try line.encode(reading.unit, forKey: .unit)
        try line.encode(reading.stable, forKey: .stable)
        try line.encode(reading.mode, forKey: .mode)
        try line.encode(reading.overload, forKey: .overload)
        try line.encode(reading.underload, forKey: .underload)
        try line.encode(reading.zero, forKey: .zero)
        try line.encode(reading.device, forKey: .device)
    }
}
