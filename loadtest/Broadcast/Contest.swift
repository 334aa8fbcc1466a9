internal import Glibc

/// The same broadcasts with several servers, one server after the other in every round, so that what else happens on the
/// machine meets all of them.
struct Contest: Sendable {
    let contestants: [Contestant]
    let subscriberCounts: [Int]
    let inFlightCounts: [Int]
    let roundCount: Int
    let seconds: Double
    let serverCore: Int
    let loadCore: Int

    /// What was sent, apart from the server.
    struct Work: Sendable, Hashable {
        let subscriberCount: Int
        let inFlight: Int
    }

    /// One server in one round.
    struct Figures: Sendable {
        /// Of the server's processes; nil when they are not known.
        let cpuMicrosPerFrame: Double?
        let framesPerSecond: Double
        /// From the send of a message to the last socket's read.
        let latencies: Latencies
    }

    struct Result: Sendable {
        let name: String
        let work: Work
        /// One for each round; nil when the server failed in it.
        var rounds: [Figures?] = []
        var failure: String?
    }

    /// Code gets compiled and buffers find their size.
    private static let warmUpSeconds = 1.0
    /// Some servers answer the handshake before they have entered the connection in their table.
    private static let settleMicros: UInt32 = 200_000

    /// To be called in the first thread of the process: blocks it, and pins it to the core of the load.
    ///
    /// - Parameter progress: called before every stretch of work.
    func run(progress: (String) -> Void) throws -> [Result] {
        try Self.pin(to: loadCore)
        try Descriptors.allow((subscriberCounts.max() ?? 0) + 1000)
        let works = subscriberCounts.flatMap { count in
            inFlightCounts.map { Work(subscriberCount: count, inFlight: $0) }
        }
        var results = works.flatMap { work in contestants.map { Result(name: $0.name, work: work) } }
        for round in 1...roundCount {
            for (index, work) in works.enumerated() {
                for (offset, contestant) in contestants.enumerated() {
                    progress(
                        "round \(round)/\(roundCount): \(contestant.name), \(work.subscriberCount) subscribers, "
                            + "\(work.inFlight) in flight")
                    let place = index * contestants.count + offset
                    do {
                        results[place].rounds.append(try figures(of: contestant, work))
                    } catch {
                        results[place].rounds.append(nil)
                        results[place].failure = "\(error)"
                    }
                }
            }
        }
        return results
    }

    private func figures(of contestant: Contestant, _ work: Work) throws -> Figures {
        let server = try RunningServer(contestant, core: serverCore)
        defer { server.stop() }
        let audience = try Audience(port: server.port, dialect: contestant.dialect, count: work.subscriberCount)
        usleep(Self.settleMicros)
        _ = try audience.broadcast(inFlight: work.inFlight, seconds: Self.warmUpSeconds)
        let before = server.cpuMicroseconds()
        let figures = try audience.broadcast(inFlight: work.inFlight, seconds: seconds)
        let after = server.cpuMicroseconds()
        let frameCount = Double(figures.messageCount * work.subscriberCount)
        var cpu: Double?
        if let before, let after { cpu = (after - before) / frameCount }
        return Figures(
            cpuMicrosPerFrame: cpu, framesPerSecond: frameCount / figures.seconds, latencies: figures.latencies)
    }

    /// Our first thread, in which commands run; what it starts is pinned elsewhere.
    private static func pin(to core: Int) throws {
        let command = ["taskset", "--pid", "--cpu-list", "\(core)", "\(getpid())"]
        guard try Child(command, log: "/dev/null").wait() == 0 else {
            throw RawSocket.Failed(description: "failed: \(command.joined(separator: " "))")
        }
    }
}
