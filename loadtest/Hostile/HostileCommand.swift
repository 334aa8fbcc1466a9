internal import ArgumentParser
internal import NIOCore
internal import NIOPosix
internal import Wire

struct HostileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hostile",
        abstract: "못된 손님들 사이에서 성실한 화면들이 얼마나 기다리는지 잽니다. (How long honest screens wait among hostile peers.)",
        discussion: """
            화면들이 한 주문을 구독하고 직원 하나가 일정한 속도로 명령을 보냅니다. 그동안 차례로: 아무 일 없음, 반쯤 열린 연결을
            한꺼번에, 압축 폭탄, 구독의 홍수, 명령의 홍수, 다시 아무 일 없음. 허브의 한도는 그대로 둡니다.
            (Screens follow an order, and a clerk gives commands at a steady rate. Meanwhile, one after the other: peace; half-open
            connections from many addresses, all at once; deflate bombs of 128 MiB; floods of subscriptions; floods of commands;
            peace. The hub has its usual limits. A latency is from when a command was due until the last screen has read its event,
            so it has the commit in it. All share this machine: the intruders take their part of its cores, too.
            Fails when a screen misses anything, or when in some part one command in a hundred takes longer than --limit.)

            loadtest hostile --start-hub .build-release/release/hub
            loadtest hostile --addresses 1      # more than one address may have: 8,000 connections
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "성실한 화면의 수 (Honest screens).")
    var screens = 200

    @Option(help: "초당 명령 수 (Commands a second).")
    var rate = 20

    @Option(help: "각 부분의 시간, 초 (Seconds of each part; half-open connections end by themselves).")
    var seconds = 15

    @Option(help: "반쯤 열린 연결의 수 (Half-open connections).")
    var halfOpen = 10_000

    @Option(help: "그것들이 오는 주소의 수 (Addresses they come from).")
    var addresses = 100

    @Option(help: "폭탄이나 홍수를 보내는 연결의 수 (Peers that send bombs or floods, each again when it is thrown out).")
    var intruders = 8

    @Option(help: "화면이 기다려도 되는 시간, 밀리초 (What a screen may have to wait, in milliseconds: p99 of each part).")
    var limit = 100

    func validate() throws {
        guard (1...250).contains(screens) else { throw ValidationError("--screens takes 1 to 250: of one account") }
        guard (1...40).contains(rate) else {
            throw ValidationError("--rate takes 1 to 40: the hub takes 50 of one peer")
        }
        guard (1...30).contains(seconds) else { throw ValidationError("--seconds takes 1 to 30: a lock lasts 300 s") }
        guard (1...50_000).contains(halfOpen) else { throw ValidationError("--half-open takes 1 to 50000") }
        guard (1...10_000).contains(addresses) else { throw ValidationError("--addresses takes 1 to 10000") }
        guard (1...64).contains(intruders) else { throw ValidationError("--intruders takes 1 to 64") }
        guard limit > 0 else { throw ValidationError("--limit takes 1 or more") }
    }

    func run() async throws {
        try await options.run(clientCount: screens + halfOpen + intruders, keepsLimits: true) { stage in
            try await HostileRun(stage: stage, command: self).run()
        }
    }
}
