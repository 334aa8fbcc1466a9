import Testing

@testable import Actors
@testable import Persistence

@Suite("Accounts")
struct AccountStoreTests {
    private let store: AccountStore
    private let conninfo: String
    private let now = Instant(milliseconds: 1_780_000_000_000)

    init() throws {
        conninfo = try TestCluster.makeDatabase()
        _ = try HubDatabase(conninfo: conninfo).claim(now: now)
        store = AccountStore(conninfo: conninfo)
    }

    // MARK: Guesses

    @Test(arguments: ["kim", "nobody"])
    func `after five wrong passwords in a row a login rests for ten minutes, whether it is anybody's or not`(
        login: String
    ) async throws {
        defer { store.stop() }
        let kim = try await save("h")
        let known: AccountStore.Guess = .counted(login == "kim" ? kim : nil)
        for second in 0..<5 {
            #expect(try await store.guess(login: login, now: now + .seconds(second)) == known)
        }
        // Guesses while it rests are not counted: they do not make it rest longer.
        let until = now + .seconds(604)
        for second in [5, 300, 603] {
            #expect(try await store.guess(login: login, now: now + .seconds(second)) == .locked(until: until))
        }
        // Afterwards the count starts anew.
        for second in 604..<609 {
            #expect(try await store.guess(login: login, now: now + .seconds(second)) == known)
        }
        #expect(try await store.guess(login: login, now: now + .seconds(609)) == .locked(until: now + .seconds(1208)))
    }

    @Test func `a log-in and a new password make a login's guesses count anew`() async throws {
        defer { store.stop() }
        let kim = try await save("h")
        for _ in 0..<5 { #expect(try await store.guess(login: "kim", now: now) == .counted(kim)) }
        #expect(try await begin("a", kim, [1], now) == Set<String>())
        for _ in 0..<5 { #expect(try await store.guess(login: "kim", now: now) == .counted(kim)) }
        #expect(try await store.guess(login: "kim", now: now) == .locked(until: now + .seconds(600)))
        let other = try await save("h2")
        #expect(try await store.guess(login: "kim", now: now) == .counted(other))
    }

    @Test func `old guesses are forgotten, ten with each new one`() async throws {
        defer { store.stop() }
        for number in 0..<25 { _ = try await store.guess(login: "n\(number)", now: now) }
        #expect(try guessCount() == 25)
        _ = try await store.guess(login: "late", now: now + .seconds(599))
        #expect(try guessCount() == 26)
        for left in [17, 8, 4] as [Int64] {
            _ = try await store.guess(login: "later \(left)", now: now + .seconds(600))
            #expect(try guessCount() == left)
        }
    }

    @Test func `a login that no database can hold is nobody's`() async throws {
        defer { store.stop() }
        #expect(try await store.guess(login: "ki\0m", now: now) == .counted(nil))
        #expect(try await store.guess(login: String(repeating: "k", count: 1001), now: now) == .counted(nil))
        #expect(try guessCount() == 0)
        #expect(try await store.guess(login: String(repeating: "k", count: 1000), now: now) == .counted(nil))
        #expect(try guessCount() == 1)
    }

    // MARK: Passwords

    @Test func `a new password ends every log-in of its account and of nobody else`() async throws {
        defer { store.stop() }
        let kim = try await save("h")
        let lee = try await save("h", login: "lee", account: "2")
        for (number, id) in ["a", "b"].enumerated() { _ = try await begin(id, kim, [UInt8(number)], now) }
        _ = try await begin("c", lee, [9], now)
        let gone = try await store.saveCredential(
            login: "kim", site: "s", account: "1", passwordHash: "new", mustChange: true)
        #expect(gone == Set(["a", "b"]))
        #expect(try await store.login(id: "a") == nil)
        #expect(try await store.login(id: "c") != nil)
        let fresh = try await store.credential(of: "1", at: "s")
        #expect(fresh?.passwordHash == "new" && fresh?.mustChange == true)
        // One that began with the old password does not come in between.
        #expect(try await begin("d", kim, [7], now) == nil)
        #expect(try await store.login(id: "d") == nil)
    }

    @Test func `a password of one's own choice keeps the log-in it came from`() async throws {
        defer { store.stop() }
        let kim = try await save("h", mustChange: true)
        for (number, id) in ["a", "b", "c"].enumerated() { _ = try await begin(id, kim, [UInt8(number)], now) }
        #expect(try await store.changePassword(of: kim, to: "own", keeping: "b") == Set(["a", "c"]))
        #expect(try await store.login(id: "b") != nil)
        let own = try await store.credential(of: "1", at: "s")
        #expect(own?.passwordHash == "own" && own?.mustChange == false)
        // The password it was asked with is no longer the account's.
        #expect(try await store.changePassword(of: kim, to: "late", keeping: "b") == nil)
        #expect(try await store.credential(of: "1", at: "s") == own)
    }

    @Test func `a login that is another account's keeps its password`() async throws {
        defer { store.stop() }
        let kim = try await save("h")
        for (site, account) in [("b", "1"), ("s", "2")] {
            let gone = try await store.saveCredential(login: "kim", site: site, account: account, passwordHash: "x")
            #expect(gone == nil)
            #expect(try await store.credential(of: account, at: site) == nil)
        }
        #expect(try await store.credential(of: "1", at: "s") == kim)
    }

    @Test func `an account has one login: the one before goes with its password`() async throws {
        defer { store.stop() }
        _ = try await save("h")
        let renamed = try await save("h2", login: "kim2")
        #expect(try await store.guess(login: "kim", now: now) == .counted(nil))
        #expect(try await store.guess(login: "kim2", now: now) == .counted(renamed))
    }

    // MARK: Log-ins

    @Test func `a fourth log-in ends the oldest, never the new one`() async throws {
        defer { store.stop() }
        let kim = try await save("h")
        for (number, id) in ["d", "c", "b", "a"].enumerated() {
            let gone = try await begin(id, kim, [UInt8(number)], now + .seconds(number))
            #expect(gone == Set(id == "a" ? ["d"] : []))
        }
        #expect(try await store.login(id: "d") == nil)
        for id in ["c", "b", "a"] { #expect(try await store.login(id: id) != nil) }
        // The clock was set back.
        #expect(try await begin("z", kim, [9], now + .seconds(-3600)) == Set(["c"]))
        #expect(try await store.login(id: "z") != nil)
        #expect(try await store.login(id: "c") == nil)
    }

    @Test func `a refresh token is replaced, the one before is taken for a moment`() async throws {
        defer { store.stop() }
        _ = try await begin("a", save("h"), [1], now)
        #expect(try await store.rotate(refreshHash: [1], to: [2], now: now)?.id == "a")
        #expect(try await store.rotate(refreshHash: [1], to: [3], now: now + .seconds(19))?.id == "a")
        #expect(try await store.rotate(refreshHash: [1], to: [4], now: now + .seconds(20)) == nil)
        #expect(try await store.rotate(refreshHash: [2], to: [4], now: now + .seconds(40)) == nil)
        #expect(try await store.rotate(refreshHash: [3], to: [5], now: now + .seconds(40))?.id == "a")
        #expect(try await store.rotate(refreshHash: [5], to: [6], now: now + .seconds(90_000)) == nil)
    }

    @Test func `an ended log-in is gone with all its tokens, and named`() async throws {
        defer { store.stop() }
        _ = try await begin("a", save("h"), [1], now)
        _ = try await store.rotate(refreshHash: [1], to: [2], now: now)
        #expect(try await store.end(refreshHash: [1]) == Set(["a"]))
        #expect(try await store.login(id: "a") == nil)
        #expect(try await store.rotate(refreshHash: [2], to: [3], now: now) == nil)
        #expect(try await store.end(refreshHash: [1]).isEmpty)
    }

    // MARK: Devices

    @Test func `a device is known by its key's digest`() async throws {
        defer { store.stop() }
        let device = AccountStore.Device(id: "edge-1", site: "s", stations: ["1", "2"])
        #expect(try await store.saveDevice(device, keyHash: [1]))
        #expect(try await store.device(keyHash: [1]) == device)
        #expect(try await store.device(keyHash: [2]) == nil)
    }

    @Test func `a device with a key gets another only in its place`() async throws {
        defer { store.stop() }
        let device = AccountStore.Device(id: "edge-1", site: "s", stations: ["1"])
        let moved = AccountStore.Device(id: "edge-1", site: "s", stations: [])
        let namesake = AccountStore.Device(id: "edge-1", site: "other", stations: ["1"])
        #expect(try await store.saveDevice(device, keyHash: [1]))
        #expect(try await store.saveDevice(namesake, keyHash: [9]))
        #expect(try await store.saveDevice(moved, keyHash: [2]) == false)
        #expect(try await store.device(keyHash: [1]) == device)
        #expect(try await store.device(keyHash: [2]) == nil)
        #expect(try await store.saveDevice(moved, keyHash: [2], replacing: true))
        #expect(try await store.device(keyHash: [1]) == nil)
        #expect(try await store.device(keyHash: [2]) == moved)
        #expect(try await store.device(keyHash: [9]) == namesake)
    }

    @Test func `a revoked device is known no more, until it gets a new key`() async throws {
        defer { store.stop() }
        let device = AccountStore.Device(id: "edge-1", site: "s", stations: ["1"])
        #expect(try await store.saveDevice(device, keyHash: [1]))
        #expect(try await store.revokeDevice("edge-1", at: "other") == false)
        #expect(try await store.revokeDevice("edge-2", at: "s") == false)
        #expect(try await store.revokeDevice("edge\0", at: "s") == false)
        #expect(try await store.device(keyHash: [1]) == device)
        #expect(try await store.revokeDevice("edge-1", at: "s"))
        #expect(try await store.device(keyHash: [1]) == nil)
        #expect(try await store.revokeDevice("edge-1", at: "s"), "revoked twice is revoked")
        #expect(try await store.saveDevice(device, keyHash: [2]))
        #expect(try await store.device(keyHash: [1]) == nil)
        #expect(try await store.device(keyHash: [2]) == device)
    }

    // MARK: Given

    /// A password of an account, with the log-ins before it ended.
    private func save(
        _ hash: String, login: String = "kim", account: String = "1", mustChange: Bool = false
    ) async throws -> AccountStore.Credential {
        _ = try await store.saveCredential(
            login: login, site: "s", account: account, passwordHash: hash, mustChange: mustChange)
        return try #require(try await store.credential(of: account, at: "s"))
    }

    private func begin(
        _ id: String, _ credential: AccountStore.Credential, _ hash: [UInt8], _ at: Instant
    ) async throws -> Set<String>? {
        try await store.begin(id, with: credential, refreshHash: hash, now: at, lifetime: .seconds(86_400))
    }

    private func guessCount() throws -> Int64 {
        var connection = try PostgresConnection.connect(conninfo)
        return try connection.query("SELECT count(*) FROM guess")[0].value(0)
    }
}
