internal import ArgumentParser

/// The agent beside the scale: reads indicators, keeps every settled weight, and brings it to the hub.
@main
struct Edge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge",
        abstract: "계량대 옆의 에이전트: 인디케이터를 읽어 허브로 보냅니다. (Reads weighing indicators for the hub.)",
        subcommands: [
            Run.self, Status.self, Probe.self, Decode.self, ListProfiles.self, Simulate.self, Soak.self, Board.self,
        ])
}
