internal import ArgumentParser
internal import Glibc

struct PeersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "같은 방송을 다른 서버들과 견줍니다. (The same broadcasts, by what others would otherwise run.)",
        discussion: """
            허브, C 로 쓴 최소 서버, uWebSockets, nginx nchan, Node ws, python-socketio + Redis 에 같은 일을 번갈아 시킵니다.
            (The work of `loadtest broadcast`, interleaved, against a raw C loop, uWebSockets, nginx nchan, Node ws, and
            python-socketio under uvicorn with Redis; docs/peers.md. What is not installed is named and left out.)

            loadtest peers --install
            loadtest peers
            loadtest peers --only hub,yardstick --in-flight 1 --rounds 9
            """)

    @OptionGroup var options: ContestOptions

    @Flag(help: "필요한 꾸러미를 설치하고 끝냄 (Install the packages, and stop).")
    var install = false

    @Option(
        help: ArgumentHelp("비교할 서버 이름의 앞부분, 쉼표로 나눔 (Beginnings of names of servers, with commas).", valueName: "names"))
    var only: String?

    @Option(
        help: ArgumentHelp("최소 서버 프로그램 (The yardstick's executable; by default beside this one).", valueName: "path"))
    var yardstick = ContestOptions.besideUs("yardstick")

    @Option(help: ArgumentHelp("다른 서버들의 프로그램이 있는 폴더 (The folder with the peers' programs).", valueName: "path"))
    var programs = "loadtest/Peers/Programs"

    func validate() throws {
        guard access(programs + "/requirements.txt", R_OK) == 0 else {
            throw ValidationError(
                "\(programs) is not the peers' folder: start in the root of the sources, or say --programs")
        }
    }

    func run() throws {
        let installation = Installation(programs: programs)
        if install { return try installation.install(say: ContestOptions.say) }
        let wanted = Peer.all(hub: options.hub, yardstick: yardstick, programs: programs, installation).filter(isWanted)
        var present: [Contestant] = []
        for peer in wanted {
            if let missing = peer.missing() {
                ContestOptions.say("NOT THERE: \(peer.contestant.name), because this fails: \(missing)")
            } else {
                present.append(peer.contestant)
            }
        }
        if present.count < wanted.count { ContestOptions.say("`loadtest peers --install` installs what is missing.\n") }
        guard let first = present.first else { throw ValidationError("no server is there") }
        let results = try options.contest(present).run(progress: ContestOptions.say)
        let report = ContestReport("peers", results, baseline: first.name)
        print(options.json ? report.json() : report.table() + "\n" + bars(report))
        guard report.isSound else { throw ExitCode.failure }
    }

    private func isWanted(_ peer: Peer) -> Bool {
        guard let only else { return true }
        return only.split(separator: ",").contains { peer.contestant.name.hasPrefix($0) }
    }

    /// What the hub has to hold; no line for what was not measured.
    private func bars(_ report: ContestReport) -> String {
        let bars = [("yardstick (C, epoll)", 1, 1.10), ("uWebSockets (socketify)", 16, 1.0)]
        let works = Set(report.rows.map(\.work)).sorted {
            ($0.inFlight, $0.subscriberCount) < ($1.inFlight, $1.subscriberCount)
        }
        let judged = works.flatMap { work in
            (bars.filter { $0.1 == work.inFlight } + [("python-socketio + Redis", work.inFlight, 0.1)]).compactMap {
                bar in
                report.baselineRatio(to: bar.0, work).map { ratio in
                    "hub ÷ \(bar.0), \(work.subscriberCount)/\(work.inFlight): \(ratio.places(3)) "
                        + "(bar \(bar.2.places(2)): \(ratio <= bar.2 ? "met" : "missed"))"
                }
            }
        }
        return judged.isEmpty ? "" : "\n" + judged.joined(separator: "\n")
    }
}
