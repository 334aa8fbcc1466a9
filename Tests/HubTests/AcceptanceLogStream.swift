import Actors
import Glibc
import Testing

@testable import Hub
@testable import Persistence

/// The write-ahead log on another disk, and the day on which the first one is gone.
extension Acceptance {
    @Suite struct LogStreaming {
        @Test func `a yard whose disk is gone comes back with what was committed until a moment before`() async throws {
            let yard = try TestYardDirectory()
            let (data, disk) = (yard.path("data"), yard.path("disk"))
            try FileSystem.createDirectories(disk, mode: 0o700)
            let hub = try await HubProgram.start(data: data, log: yard.path("hub.log"), ["--wal-to", disk])
            let conninfo = try await TestDatabases.blocking {
                try PrivateCluster.visit(yard.configuration()) { $0.conninfo }
            }
            let load = Load(conninfo: conninfo)
            let client = try await hub.client("staff")
            let busy = Task { try await load.run(client) }
            try await load.reach(30)
            let record = try await TestDatabases.blocking {
                try ClusterBackup.take(yard.configuration(), to: yard.path("backup"))
            }
            try await load.reach(load.count + 200)
            let middle = load.count
            let until = try await TestDatabases.blocking {
                var connection = try PostgresConnection.connect(conninfo)
                return try connection.query("SELECT \(JournalPosition.rfc3339("clock_timestamp()"))")[0]
                    .value(0, as: String.self)
            }
            let afterMiddle = load.count
            try await load.reach(load.count + 200)
            #expect(try await hub.get("/readyz").text.contains("log stream: running"))
            #expect(try await hub.get("/metrics").text.contains("\ngwanje_log_stream_running 1\n"))

            // The worst order: the stream ends first, and the hub goes on acknowledging for a moment.
            let reader = try #require(Self.process("pg_receivewal", disk))
            let killedAt = ContinuousClock.now
            kill(reader, SIGKILL)
            try hub.kill()
            try TestYardDirectory.killServer(data + "/pgdata")
            _ = await busy.result
            let acknowledged = load.acknowledged
            try FileSystem.remove(data)

            let outcome = try await TestDatabases.blocking {
                try ClusterRestore.run(
                    from: yard.path("backup"), to: yard.configuration("restored"), log: .init(directory: disk))
            }
            let replayedTo = try #require(outcome.replayedTo.flatMap { LogPosition($0) })
            #expect(try replayedTo > #require(LogPosition(record.walEnd)))
            #expect(outcome.epoch != record.epoch && outcome.ownerEpoch > record.ownerEpoch)
            let keys = try await keys(in: yard, "restored")
            let lost = acknowledged.filter { !keys.contains($0.key) }
            let span = lost.map { killedAt - $0.at }.max() ?? .zero
            print(
                "log drill: \(acknowledged.count) acknowledged, \(lost.count) lost, the oldest \(span) before the end")
            #expect(span < .seconds(60))
            #expect(lost.count < 100)
            #expect(lost.allSatisfy { $0.seq > acknowledged[acknowledged.count - lost.count - 1].seq }, "no hole")

            // Until a moment between.
            _ = try await TestDatabases.blocking {
                try ClusterRestore.run(
                    from: yard.path("backup"), to: yard.configuration("earlier"), log: Self.log(disk, until: until))
            }
            let earlier = try await self.keys(in: yard, "earlier")
            #expect(acknowledged.prefix(middle).allSatisfy { earlier.contains($0.key) })
            #expect(!acknowledged.dropFirst(afterMiddle + 1).contains { earlier.contains($0.key) })

            // What cannot be is said, and leaves nothing behind.
            try await TestDatabases.blocking {
                let restore = { (until: String) in
                    try ClusterRestore.run(
                        from: yard.path("backup"), to: yard.configuration("never"), log: Self.log(disk, until: until))
                }
                #expect(throws: BackupError.walEndsBefore(until: "2100-01-01T00:00:00Z")) {
                    try restore("2100-01-01T00:00:00Z")
                }
                #expect(throws: BackupError.untilTooEarly(until: "2000-01-01T00:00:00Z", takenAt: record.takenAt)) {
                    try restore("2000-01-01T00:00:00Z")
                }
                #expect(FileSystem.entries(of: yard.path("never")) == ["hub.lock"])
                let folder = "\(disk)/\(record.history)"
                try FileSystem.move("\(folder)/\(record.walStart)", to: "\(folder)/away")
                #expect(throws: BackupError.walMissing(path: folder, segment: record.walStart)) {
                    try restore(until)
                }
            }
        }

        @Test func `a hub that is stopped sends all it has first, and one that streams no more keeps nothing`()
            async throws
        {
            let yard = try TestYardDirectory()
            let (data, disk) = (yard.path("data"), yard.path("disk"))
            try FileSystem.createDirectories(disk, mode: 0o700)
            let first = try await HubProgram.start(data: data, log: yard.path("1.log"), ["--wal-to", disk])
            let client = try await first.client("staff")
            let end = ContinuousClock.now + .seconds(20)
            while Self.process("pg_receivewal", disk) == nil, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(20))
            }
            let record = try await TestDatabases.blocking {
                try ClusterBackup.take(yard.configuration(), to: yard.path("backup"))
            }
            let seq = try await Load.step(client, number: 0, key: "the-last")
            #expect(seq > 0)
            #expect(try first.stop() == 0)
            #expect(Self.process("pg_receivewal", disk) == nil)
            _ = try await TestDatabases.blocking {
                try ClusterRestore.run(
                    from: yard.path("backup"), to: yard.configuration("restored"), log: .init(directory: disk))
            }
            #expect(try await keys(in: yard, "restored").contains("the-last"))
            #expect(record.history == FileSystem.entries(of: disk).first)

            let second = try await HubProgram.start(data: data, log: yard.path("2.log"))
            let slots = try await TestDatabases.blocking {
                try PrivateCluster.visit(yard.configuration()) { visit in
                    var connection = try PostgresConnection.connect(visit.conninfo)
                    return try connection.query("SELECT count(*) FROM pg_replication_slots")[0].value(0, as: Int64.self)
                }
            }
            #expect(slots == 0)
            #expect(try second.stop() == 0)
        }

        @Test func `a second disk that is not there keeps no yard closed, and is taken when it comes`() async throws {
            let yard = try TestYardDirectory()
            let disk = yard.path("disk")
            let hub = try await HubProgram.start(
                data: yard.path("data"), log: yard.path("hub.log"), ["--wal-to", disk])
            try await expect("NOT RUNNING", of: hub)
            #expect(try await hub.get("/readyz").status == 200)
            #expect(try await Load.step(hub.client("staff"), number: 0) > 0)
            try await TestDatabases.blocking {
                let end = ContinuousClock.now + .seconds(30)
                // The log is JSON, in which a slash may be escaped.
                while FileSystem.read(yard.path("hub.log"), byteCountMax: 1 << 20)?.contains("can't cd to") != true {
                    guard ContinuousClock.now < end else { throw TestClient.Refused(description: "nothing was said") }
                    usleep(20_000)
                }
            }
            try FileSystem.createDirectories(disk, mode: 0o700)
            try await expect("running, 0 bytes", of: hub)

            // Gone while it runs: as a dead disk, for which nobody waits.
            let reader = try #require(Self.process("pg_receivewal", disk))
            kill(reader, SIGSTOP)
            #expect(try await Load.step(hub.client("staff"), number: 1) > 0)
            let begun = ContinuousClock.now
            #expect(try hub.stop() == 0)
            #expect(ContinuousClock.now - begun < .seconds(30))
            #expect(
                FileSystem.read(yard.path("hub.log"), byteCountMax: 1 << 20)?.contains("stopping before all") == true)
        }

        /// Waits for what the hub says about its stream.
        private func expect(_ text: String, of hub: borrowing HubProgram) async throws {
            let end = ContinuousClock.now + .seconds(30)
            while true {
                let said = try await hub.get("/readyz").text
                if said.contains("log stream: \(text)") { return }
                guard ContinuousClock.now < end else { throw TestClient.Refused(description: said) }
                try await Task.sleep(for: .milliseconds(50))
            }
        }

        private static func log(_ disk: String, until: String) -> ClusterRestore.Log {
            var log = ClusterRestore.Log(directory: disk)
            log.until = until
            return log
        }

        private func keys(in yard: TestYardDirectory, _ name: String) async throws -> Set<String> {
            let database = Database(.privateCluster(yard.configuration(name)))
            let conninfo = try await TestDatabases.blocking { try database.start() }
            let keys = try await commandKeys(conninfo)
            let master = FileSystem.bytes(of: yard.path("\(name)/person.key"), countMax: PersonKeys.keyByteCount)
            try await expectRightHistory(conninfo, master: #require(master))
            try await TestDatabases.blocking { try database.stop() }
            return keys
        }

        /// The process of a program that has a path among its arguments.
        private static func process(_ program: String, _ path: String) -> pid_t? {
            FileSystem.entries(of: "/proc").compactMap { pid_t($0) }.first { pid in
                let words = (FileSystem.read("/proc/\(pid)/cmdline") ?? "").split(separator: "\0")
                return words.first?.hasSuffix("/" + program) == true && words.contains { $0.hasPrefix(path) }
            }
        }
    }
}
