import ArgumentParser
import Logging

@main
struct Hub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub", abstract: "관제 — 계량대와 대기열의 실시간 허브 (the real-time hub of an industrial yard)",
        subcommands: [
            Serve.self, Demo.self, AddAdmin.self, AddEdge.self, RevokeEdge.self, Erase.self, Backup.self, Restore.self,
            NewEpoch.self, UpgradeCluster.self, Verify.self, Rebuild.self, SealCommand.self, Detach.self, Echo.self,
        ])
}
