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
            loadtest sockets    WebSocket 으로 보낸, 커밋된 명령의 처리량 (durable commands over WebSocket)
            loadtest reconnect  허브를 다시 띄우고 모두 돌아오기까지 (everybody comes back after a restart)
            loadtest idle       조용한 연결 하나의 메모리 (memory of an idle connection)
            loadtest slow       느린 화면 하나가 빠른 화면을 늦추는지 (one slow screen beside fast ones)
            loadtest jitter     연결이 몇 초마다 끊길 때 (links that are cut every few seconds)
            loadtest broadcast  메시지 하나를 모두에게 보내는 비용 (what it costs to send one message to everyone)
            loadtest peers      같은 일을 다른 서버들에게 (the same by uWebSockets, nchan, ws, python-socketio and a raw C loop)
            loadtest edge       에지들이 보내는 중량 (edges that stream weights)
            loadtest soak       모든 것을 천천히 오래 (everything at a modest rate, for long)
            loadtest chaos      허브와 데이터베이스를 죽이고 멈추고 채우는 동안 (while hub, database, disk and links fail)
            loadtest hostile    못된 손님들 사이의 성실한 화면들 (honest screens among half-open, exploding and flooding peers)
            """,
        subcommands: [
            YardCommand.self, CommandsCommand.self, FanoutCommand.self, SocketsCommand.self, ReconnectCommand.self,
            IdleCommand.self, SlowCommand.self, JitterCommand.self, EdgeCommand.self,
            SoakCommand.self, ChaosCommand.self, HostileCommand.self, BroadcastCommand.self, PeersCommand.self,
        ])
}
