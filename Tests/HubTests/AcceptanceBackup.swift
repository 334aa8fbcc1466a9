import Actors
import Glibc
import Testing

@testable import Hub
@testable import Persistence

/// Backups of a hub at work, and what is left after the worst day.
extension Acceptance {
    @Suite struct BackupAndRestore {
        private let queue = TestHub.queue

        @Test func `a backup of a hub at work has every command that was acknowledged before its end`() async throws {
            let yard = try TestYardDirectory()
            let database = try await yard.makeDemo()
            let conninfo = try await TestDatabases.blocking { try connectInfo(yard) }
            let (record, acknowledged, lost) = try await TestHub.run(on: conninfo) { hub in
                let load = Load(conninfo: conninfo)
                let client = try await hub.client("staff")
                let busy = Task { try await load.run(client) }
                try await load.reach(50)
                let record = try await TestDatabases.blocking {
                    try ClusterBackup.take(yard.configuration(), to: yard.path("backup"))
                }
                try await load.reach(load.count + 50)
                load.stop()
                try await busy.value
                let screen = try await hub.client("staff")
                let cursor = try await screen.subscribe(queue)
                return (record, load.acknowledged, cursor)
            }
            try await TestDatabases.blocking { try database.stop() }

            let outcome = try await TestDatabases.blocking {
                try ClusterRestore.run(from: yard.path("backup"), to: yard.configuration("restored"))
            }
            #expect(outcome.epoch != record.epoch && outcome.ownerEpoch > record.ownerEpoch)
            #expect(outcome.journal.events >= record.journal.events)
            let restored = Database(.privateCluster(yard.configuration("restored")))
            let conninfoAfter = try await TestDatabases.blocking { try restored.start() }
            let end = try #require(LogPosition(record.walEnd))
            let inside = acknowledged.filter { $0.position <= end }
            #expect(inside.count >= 50 && inside.count < acknowledged.count, "the backup ended under load")
            let keys = try await commandKeys(conninfoAfter)
            #expect(inside.allSatisfy { keys.contains($0.key) }, "\(inside.filter { !keys.contains($0.key) })")
            #expect(acknowledged.contains { !keys.contains($0.key) }, "the future after the backup is lost")
            try await expectRightHistory(conninfoAfter)
            #expect(FileSystem.bytes(of: yard.path("restored/token.secret"), countMax: 99) == TestHub.secret)

            // A screen comes back with a cursor of the lost future. The restored hub goes on to the same numbers and beyond.
            let seq = try #require(lost.seq.int)
            let epoch = try #require(lost.epoch.string)
            #expect(epoch == record.epoch)
            try await TestHub.run(on: conninfoAfter) { hub in
                let staff = try await hub.client("staff")
                let first = try await staff.subscribe(queue, cursor: (epoch, seq))
                #expect(first.op == "snapshot" && first.epoch == .text(outcome.epoch))
                #expect(try #require(first.seq.int) < seq)
                let other = try await hub.client("staff")
                var (now, number): (Int64, Int) = (0, 0)
                while now <= seq {
                    now = try await Load.step(other, number: number)
                    number += 1
                }
                let late = try await hub.client("staff").subscribe(queue, cursor: (epoch, seq))
                #expect(late.op == "snapshot", "the numbers fit and are of another history")
                let own = try await hub.client("staff").subscribe(queue, cursor: (outcome.epoch, now - 1))
                #expect(own.op == "resumed")
            }
            try await TestDatabases.blocking { try restored.stop() }
        }

        @Test func `a backup needs no hub, and the server that was started for it is stopped`() async throws {
            let yard = try TestYardDirectory()
            let database = try await yard.makeDemo()
            try await TestDatabases.blocking {
                try database.stop()
                let record = try ClusterBackup.take(yard.configuration(), to: yard.path("backup"))
                #expect(try BackupRecord.read(yard.path("backup")) == record)
                #expect(record.secrets.keys.sorted() == ["token.secret"])
                let user = try ServerUser.resolve(named: "postgres")
                #expect(
                    try PostmasterFile.observe(dataDirectory: yard.path("data/pgdata"), user: user) == .absent)
                #expect(FileSystem.entries(of: yard.path("")).contains("backup.partial") == false)
                for name in ["", "/backup.json", "/secrets/token.secret", "/pgdata"] {
                    let mode = FileSystem.status(yard.path("backup") + name)?.st_mode
                    #expect(mode.map { $0 & 0o077 } == 0, "\(name)")
                }
                #expect(throws: BackupError.targetExists(yard.path("backup"))) {
                    try ClusterBackup.take(yard.configuration(), to: yard.path("backup"))
                }
            }
        }

        @Test func `only a whole backup is restored, and only into nothing`() async throws {
            let yard = try TestYardDirectory()
            let database = try await yard.makeDemo()
            try await TestDatabases.blocking {
                _ = try ClusterBackup.take(yard.configuration(), to: yard.path("backup"))
                try database.stop()
                let restore = { (backup: String, target: String) in
                    try ClusterRestore.run(from: yard.path(backup), to: yard.configuration(target))
                }
                #expect(throws: BackupError.notEmpty(yard.path("data"))) { try restore("backup", "data") }
                #expect(throws: BackupError.notABackup(yard.path("data"))) { try restore("data", "new") }
                #expect(throws: ClusterError.noCluster(yard.path("nothing"))) {
                    try ClusterBackup.take(yard.configuration("nothing"), to: yard.path("b"))
                }

                // One bit of the data, then a secret: nothing is made.
                try flip(yard.path("backup/pgdata/global/pg_filenode.map"))
                #expect { try restore("backup", "new") } throws: { isDamage($0) }
                try flip(yard.path("backup/pgdata/global/pg_filenode.map"))
                try flip(yard.path("backup/secrets/token.secret"))
                #expect { try restore("backup", "new") } throws: { isDamage($0) }
                try flip(yard.path("backup/secrets/token.secret"))
                #expect(FileSystem.status(yard.path("new")) == nil)

                // One that was cut off: no hub starts on it, another one begins afresh.
                try FileSystem.createDirectories(yard.path("new/\(ClusterRestore.workName)/pgdata"), mode: 0o700)
                try FileSystem.create(yard.path("new/token.secret"), text: "half", mode: 0o600)
                #expect(throws: ClusterError.restoreUnfinished(yard.path("new"))) {
                    try PrivateCluster.start(yard.configuration("new")).stop()
                }
                _ = try restore("backup", "new")
                #expect(FileSystem.bytes(of: yard.path("new/token.secret"), countMax: 99) == TestHub.secret)
                try PrivateCluster.start(yard.configuration("new")).stop()
            }
        }

        private func isDamage(_ error: any Error) -> Bool {
            if case BackupError.damaged? = error as? BackupError { true } else { false }
        }

        private func flip(_ path: String) throws {
            let file = open(path, O_RDWR | O_CLOEXEC)
            var byte: UInt8 = 0
            #expect(file >= 0 && pread(file, &byte, 1, 20) == 1)
            byte ^= 1
            #expect(pwrite(file, &byte, 1, 20) == 1)
            close(file)
        }

        private func connectInfo(_ yard: TestYardDirectory) throws -> String {
            try PrivateCluster.visit(yard.configuration()) { $0.conninfo }
        }
    }
}
