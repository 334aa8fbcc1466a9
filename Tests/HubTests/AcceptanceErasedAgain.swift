import Actors
import Glibc
import Testing

@testable import Hub
@testable import Persistence

/// Who was erased stays erased, whatever is restored, and a database that was restored by other means begins another epoch.
extension Acceptance {
    @Suite struct ErasedAgain {
        private static let driver = "\(TestHub.site)/master/driver:77"
        private static let late = "\(TestHub.site)/master/driver:88"
        private static let name = "홍길동"

        private static func create(_ topic: String, on conninfo: String, name: String = name) async throws {
            _ = try await TestHub.run(on: conninfo) { hub in
                try await hub.client("admin").succeed(
                    topic, "create", ["fields": ["name": .text(name), "contact": "010-9876-5432"]])
            }
        }

        private static func erase(_ ids: [String], on conninfo: String, in directory: String) async throws {
            try await TestHub.inside(of: conninfo, configuration: TestHub.configuration) { yard, _, _ in
                for id in ids {
                    try await PersonErasure(yard: yard, directory: directory)
                        .erase(Person(site: TestHub.site, id: id), reason: "본인 요청")
                }
            }
        }

        private static func configuration(_ directory: String, databaseURL: String? = nil) -> Configuration {
            var configuration = TestHub.configuration
            configuration.dataDirectory = directory
            configuration.databaseURL = databaseURL
            return configuration
        }

        private static func isSecret(_ path: String) -> Bool {
            guard let status = FileSystem.linkStatus(path) else { return false }
            return status.st_mode == S_IFREG | 0o600
        }

        /// The hub's own program; its output.
        private static func hub(_ arguments: [String], status: Int32 = 0) async throws -> String {
            try await TestDatabases.blocking {
                guard let here = getcwd(nil, 0) else { throw TestHub.NotRunning() }
                defer { free(here) }
                let outcome = try ChildProcess.run(["\(String(cString: here))/.build/debug/hub"] + arguments)
                #expect(outcome.status == status, "\(outcome.output)")
                return outcome.output
            }
        }

        private static func picture(of topic: String, in yard: TestYardDirectory, _ name: String) async throws -> String
        {
            let hub = try await HubProgram.start(data: yard.path(name), log: yard.path("\(name).log"))
            let picture = "\(try await hub.client("admin").picture(topic))"
            #expect(try hub.stop() == 0)
            return picture
        }

        @Test func `a backup from before somebody was erased brings nobody back`() async throws {
            let yard = try TestYardDirectory()
            let database = try await yard.makeDemo()
            let conninfo = try await TestDatabases.blocking {
                try FileSystem.create(yard.path("data/person.key"), bytes: TestHub.secret, mode: 0o600)
                return try PrivateCluster.visit(yard.configuration()) { $0.conninfo }
            }
            try FileSystem.createDirectories(yard.path("backups"), mode: 0o700)
            try await Self.create(Self.driver, on: conninfo)
            let first = try await TestDatabases.blocking {
                try ClusterBackup.take(yard.configuration(), to: yard.path("backups/1"))
            }
            #expect(first.secrets.keys.sorted() == ["person.key", "token.secret"])
            #expect(Self.isSecret(yard.path("backups/1/secrets/person.key")))
            try await Self.create(Self.late, on: conninfo, name: "장길산")
            try await Self.erase(["driver:77", "driver:88"], on: conninfo, in: yard.path("data"))
            try await TestDatabases.blocking {
                let second = try ClusterBackup.take(yard.configuration(), to: yard.path("backups/2"))
                #expect(second.secrets.keys.contains("erased.log"))
                try database.stop()
            }

            // Beside the old backup is a younger one that knows. Whoever came later is unknown.
            _ = try await TestDatabases.blocking {
                try ClusterRestore.run(from: yard.path("backups/1"), to: yard.configuration("served"))
            }
            #expect(FileSystem.bytes(of: yard.path("served/person.key"), countMax: 99) == TestHub.secret)
            #expect(Self.isSecret(yard.path("served/person.key")))
            #expect(FileSystem.read(yard.path("served/erased.log")) == FileSystem.read(yard.path("data/erased.log")))
            // A hub that starts on it does it before it serves.
            let served = try await Self.picture(of: Self.driver, in: yard, "served")
            #expect(!served.contains(Self.name) && served.contains("77"), "\(served)")
            let log = FileSystem.read(yard.path("served.log"), byteCountMax: 1 << 20) ?? ""
            let beforeServing = try #require(log.split(separator: "http://127.0.0.1:").first)
            #expect(beforeServing.contains("driver:77 is erased again"))
            #expect(log.contains("driver:88 is unknown in this database and was skipped"))
            #expect(FileSystem.linkStatus(yard.path("served/erased.pending")) == nil)

            // The command does it itself; from a backup that stands alone, with what the old data directory knows.
            try FileSystem.createDirectories(yard.path("alone"), mode: 0o700)
            try FileSystem.move(yard.path("backups/1"), to: yard.path("alone/1"))
            // A neighbour that cannot be read might know of somebody.
            try FileSystem.createDirectories(yard.path("alone/torn"), mode: 0o700)
            try FileSystem.create(yard.path("alone/torn/backup.json"), text: "{", mode: 0o600)
            let restore = ["restore", "--from", yard.path("alone/1"), "--data"]
            let said = try await Self.hub(restore + [yard.path("restored"), "--erased", yard.path("data")])
            #expect(said.contains("erased     site \(TestHub.site): driver:77 is erased again\n"), "\(said)")
            #expect(said.contains("driver:88 is unknown"))
            #expect(said.contains("\(yard.path("alone/torn")) cannot be read"))
            #expect(FileSystem.entries(of: yard.path("restored")).contains("erased.log"))
            #expect(FileSystem.linkStatus(yard.path("restored/erased.pending")) == nil)
            #expect(try await Self.hub(["verify", "--data", yard.path("restored")]).contains("the history is right"))
            #expect(try await !Self.picture(of: Self.driver, in: yard, "restored").contains(Self.name))
            // Nobody told it: this is what would be.
            _ = try await Self.hub(restore + [yard.path("untold")])
            #expect(try await Self.picture(of: Self.driver, in: yard, "untold").contains(Self.name))
            #expect(
                try await Self.hub(restore + [yard.path("new"), "--erased", yard.path("no")], status: 1).contains("no"))
            #expect(FileSystem.linkStatus(yard.path("new")) == nil)
        }

        @Test func `who has got the number of somebody who was erased stays`() async throws {
            let yard = try TestYardDirectory()
            let conninfo = try await TestDatabases.make()
            try FileSystem.createDirectories(yard.path("data"), mode: 0o700)
            for name in ["person.key", "token.secret"] {
                try FileSystem.create(yard.path("data/\(name)"), bytes: TestHub.secret, mode: 0o600)
            }
            let before = LoopLane.wallClock() + .seconds(-1)
            try await Self.create(Self.late, on: conninfo)
            let person = Person(site: TestHub.site, id: "driver:88")
            var log = ErasedLog()
            for (at, isErased) in [(before, false), (LoopLane.wallClock() + .seconds(1), true)] {
                log.merge(ErasedLog("\(at.milliseconds) \(TestHub.site) driver:88\n"))
                try log.leavePending(in: yard.path("data"))
                try await HubProcess(
                    configuration: Self.configuration(yard.path("data"), databaseURL: conninfo), mode: .serve,
                    tell: { _ in }
                ).eraseAgain()
                let erased = try await TestHub.inside(of: conninfo, configuration: TestHub.configuration) {
                    yard, _, _ in
                    try await yard.journal.erasedPersons()
                }
                #expect(erased == (isErased ? [person] : []))
            }
            try await expectRightHistory(conninfo)
        }

        @Test func `a database that was restored by other means begins another epoch when it is told to`() async throws
        {
            let yard = try TestYardDirectory()
            let conninfo = try await TestDatabases.make()
            try FileSystem.createDirectories(yard.path("data"), mode: 0o700)
            for name in ["person.key", "token.secret"] {
                try FileSystem.create(yard.path("data/\(name)"), bytes: TestHub.secret, mode: 0o600)
            }
            try await Self.create(Self.driver, on: conninfo)
            try ErasedLog.append(
                .init(at: LoopLane.wallClock() + .seconds(1), person: Person(site: TestHub.site, id: "driver:77")),
                in: yard.path("data"))
            let process = HubProcess(
                configuration: Self.configuration(yard.path("data"), databaseURL: conninfo), mode: .serve,
                tell: { _ in })
            let (epoch, seq) = try await TestHub.run(on: conninfo) { hub in
                try await Load.step(hub.client("staff"), number: 0)
                await #expect(throws: HubProcess.Failure.self) { try await process.beginEpoch(erased: ErasedLog()) }
                let picture = try await hub.client("staff").subscribe(TestHub.queue)
                return (try #require(picture.epoch.string), try #require(picture.seq.int))
            }
            let claim = try await process.beginEpoch(erased: try ErasedLog.given([yard.path("data")]))
            #expect(claim.epoch != epoch)
            try await TestHub.run(on: conninfo) { hub in
                let back = try await hub.client("staff").subscribe(TestHub.queue, cursor: (epoch, seq))
                #expect(back.op == "snapshot" && back.epoch == .text(claim.epoch))
                #expect(try await hub.client("admin").picture(Self.driver).fields.name == "")
            }
            // Nothing of a hub, and no directory of one.
            try await TestDatabases.execute("CREATE SCHEMA empty", in: conninfo)
            let empty = HubProcess(
                configuration: Self.configuration(
                    yard.path("data"), databaseURL: conninfo + " options='-c search_path=empty'"), mode: .serve)
            await #expect(throws: HubProcess.Failure.self) { try await empty.beginEpoch(erased: ErasedLog()) }
            let nothing = HubProcess(configuration: Self.configuration(yard.path("nothing")), mode: .serve)
            await #expect(throws: HubProcess.Failure.self) { try await nothing.beginEpoch(erased: ErasedLog()) }
            #expect(FileSystem.linkStatus(yard.path("nothing")) == nil)
        }
    }
}
