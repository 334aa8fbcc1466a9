internal import ArgumentParser

@main
struct Loadtest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loadtest",
        abstract: "허브를 실제 소켓과 실제 저널로 움직여 봅니다. (Plays a yard against a hub, and measures it.)",
        discussion: """
            loadtest yard       시연용 야드의 기사와 계량실 직원을 연기합니다. (the people of the demonstration yard)
            loadtest commands   커밋된 명령의 처리량 (durable commands per second; in this process, without a hub)
            loadtest fanout     명령이 구독자에게 닿는 시간 (from a command to every subscriber's socket)
            """,
        subcommands: [YardCommand.self, CommandsCommand.self, FanoutCommand.self])
}
