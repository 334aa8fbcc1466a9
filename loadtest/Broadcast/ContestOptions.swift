internal import ArgumentParser
internal import Glibc

/// What `broadcast` and `peers` have in common.
struct ContestOptions: ParsableArguments {
    @Option(help: ArgumentHelp("허브 프로그램 (The hub's executable; by default beside this one).", valueName: "path"))
    var hub = besideUs("hub")

    @Option(help: "구독하는 소켓의 수, 쉼표로 나눔 (Sockets that listen, with commas).")
    var subscribers = "200,2000"

    @Option(help: "동시에 나가 있는 메시지 수, 쉼표로 나눔 (Messages on their way at a time, with commas).")
    var inFlight = "1,16"

    @Option(help: "라운드 수 (Rounds).")
    var rounds = 3

    @Option(help: "라운드마다 서버마다 재는 시간, 초 (Seconds per server and round).")
    var seconds = 3.0

    @Option(help: "서버의 코어 (The core of the servers).")
    var serverCore = 0

    @Option(help: "부하의 코어 (The core of the load).")
    var loadCore = 1

    @Flag(help: "JSON 으로 출력 (Print JSON).")
    var json = false

    func validate() throws {
        _ = try (Self.counts(subscribers, 1...60_000), Self.counts(inFlight, 1...Audience.inFlightMax))
        guard (1...1000).contains(rounds), seconds > 0 else { throw ValidationError("expected 1 or more") }
        let coreCount = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        guard serverCore != loadCore, (0..<coreCount).contains(serverCore), (0..<coreCount).contains(loadCore) else {
            throw ValidationError("the cores must be two of the \(coreCount) that are there")
        }
    }

    func contest(_ contestants: [Contestant]) throws -> Contest {
        Contest(
            contestants: contestants, subscriberCounts: try Self.counts(subscribers, 1...60_000),
            inFlightCounts: try Self.counts(inFlight, 1...Audience.inFlightMax), roundCount: rounds, seconds: seconds,
            serverCore: serverCore, loadCore: loadCore)
    }

    /// On the other channel, so that the table or JSON stands alone.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    /// A program in the directory of this one.
    static func besideUs(_ name: String) -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &bytes, bytes.count)
        let path = String(decoding: bytes.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "") + name
    }

    private static func counts(_ text: String, _ range: ClosedRange<Int>) throws -> [Int] {
        let counts = text.split(separator: ",").compactMap { Int($0) }
        guard !counts.isEmpty, counts.allSatisfy(range.contains), counts.count == text.split(separator: ",").count
        else {
            throw ValidationError(
                "expected numbers from \(range.lowerBound) to \(range.upperBound) with commas, not \(text)")
        }
        return counts
    }
}
