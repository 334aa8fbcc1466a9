internal import ArgumentParser
internal import NIOCore
internal import NIOPosix

/// What all scenarios have in common that start a hub of their own.
struct RunOptions: ParsableArguments {
    @Option(help: "이 프로그램으로 임시 시연 허브를 띄움 (The executable whose demonstration hub is started).")
    var startHub = ".build/release/hub"

    @Option(help: "직원 계정, 쉼표로 나눔 (Staff accounts, with commas).")
    var logins = "staff,staff2,yard"

    @Option(help: "그 비밀번호 (Their password).")
    var password = "Gwanje!2026"

    @Flag(help: "JSON 으로 출력 (Print JSON).")
    var json = false

    func validate() throws {
        guard !logins.split(separator: ",").isEmpty else { throw ValidationError("--logins needs an account") }
    }

    /// Starts a hub, lets `body` work on it, stops it whatever happens, prints what was found, and fails when that is not
    /// sound.
    ///
    /// - Parameters:
    ///   - clientCount: connections that will be open at a time, at this end.
    ///   - diskByteCount: of a file system of its own for the hub's data; nil, or not allowed: none.
    ///   - keepsLimits: those of the hub stay as they are; otherwise they are lifted.
    func run(
        clientCount: Int, diskByteCount: Int? = nil, keepsLimits: Bool = false, _ body: (Stage) async throws -> Report
    ) async throws {
        try Descriptors.allow(clientCount + 1000)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let hub = try HubUnderTest(
            startHub, options: (keepsLimits ? [] : Self.noLimits) + ["--log-level", "notice"],
            diskByteCount: diskByteCount, on: group)
        let outcome: Result<Report, any Error>
        do {
            let report = try await interruptible {
                hub.stop()
            } _: {
                try await hub.start()
                return try await body(
                    Stage(
                        hub: hub, group: group, logins: logins.split(separator: ",").map(String.init),
                        password: password))
            }
            outcome = .success(report)
        } catch {
            outcome = .failure(error)
        }
        let log = hub.logTail()
        hub.stop()
        do {
            let report = try outcome.get()
            let isSound = report.isSound
            print(report.text(json: json))
            guard isSound else { throw ExitCode.failure }
        } catch  where !(error is ExitCode) {
            throw Failed(description: "\(error)\nThe hub's last words:\n\(log)")
        }
        try await group.shutdownGracefully()
    }

    private struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// A load comes from few accounts and few addresses; what is measured is not these limits.
    private static let noLimits =
        ["--connections-per-user", "--connections-per-address", "--messages-per-second", "--requests-per-minute"]
        .flatMap { [$0, "1000000"] }
}
