import FoundationEssentials
import Logging
import Testing

@testable import Actors
@testable import Hub
@testable import Persistence

@Suite("The day's seal") struct DailySealTests {
    private static func directory() throws -> SealDirectory {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("gwanje-seals-\(UUID())").path
        return SealDirectory(path: path + "/seals", keyPath: path + "/seal.key")
    }

    @Test func `each day has one, signed with the key of the data directory, and the database fits it`() async throws {
        let database = HubDatabase(conninfo: try await TestDatabases.make())
        let directory = try Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory.path + "/..") }
        #expect(try directory.publicKey() == nil)
        let seal = DailySeal(database: database, directory: directory, logger: Logger(label: "test"))
        let noon = Instant(milliseconds: 1_795_608_000_000)
        #expect(try seal.seal(noon))
        #expect(try !seal.seal(noon + .seconds(3600)))
        #expect(try seal.seal(noon + .seconds(86_400)))
        #expect(directory.days() == ["2026-11-25", "2026-11-26"])
        let key = try #require(try directory.publicKey())
        let read = try SealDirectory.read(directory.file("2026-11-25"), publicKey: key)
        #expect(read.purpose == "daily 2026-11-25" && read.madeAt == "2026-11-25T12:00:00Z" && !read.heads.isEmpty)
        #expect(
            try database.verify(
                keys: database.personKeys(master: TestHub.secret), seals: [read], publicKey: key
            ).findings == [])
        #expect(try FileManager.default.attributesOfItem(atPath: directory.keyPath)[.posixPermissions] as? Int == 0o600)
    }

    @Test func `a day whose seal is of another epoch, or cannot be read, is sealed again and keeps what it had`()
        async throws
    {
        let database = HubDatabase(conninfo: try await TestDatabases.make())
        let directory = try Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory.path + "/..") }
        let seal = DailySeal(database: database, directory: directory, logger: Logger(label: "test"))
        let (day, noon) = ("2026-11-25", Instant(milliseconds: 1_795_608_000_000))
        try seal.seal(noon)
        let lost = try database.epoch()
        let epoch = try database.beginEpoch().epoch
        #expect(epoch != lost)
        #expect(try seal.seal(noon))
        #expect(try !seal.seal(noon))
        let key = try #require(try directory.publicKey())
        #expect(try SealDirectory.read(directory.file(day), publicKey: key).epoch == epoch)
        #expect(try SealDirectory.read(directory.file("\(day)-epoch-\(lost)"), publicKey: key).epoch == lost)
        // It is none of the days that are counted and pruned.
        #expect(directory.days() == [day])

        for broken in ["", "x", "gwanje seal 1\nepoch a/b\n"] {
            try directory.write(broken, as: day)
            #expect(try seal.seal(noon), "\(broken)")
            #expect(try SealDirectory.read(directory.file(day), publicKey: key).epoch == epoch)
            #expect(FileManager.default.contents(atPath: directory.file("\(day)-epoch-unknown")) != nil)
        }
    }

    @Test func `a month of days is kept, and of those before it the first of each month`() throws {
        let directory = try Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory.path + "/..") }
        let first = BusinessDate(year: 2026, month: 8, day: 30).daysSinceEpoch
        for day in first..<(first + SealDirectory.dailyCountMax) {
            try directory.write("x", as: BusinessDate(daysSinceEpoch: day).description)
        }
        #expect(directory.prune() == [])
        for day in (first + SealDirectory.dailyCountMax)..<(first + 36) {
            try directory.write("x", as: BusinessDate(daysSinceEpoch: day).description)
        }
        #expect(directory.prune() == ["2026-08-31", "2026-09-02", "2026-09-03"])
        #expect(directory.days().prefix(2) == ["2026-08-30", "2026-09-01"])
    }
}
