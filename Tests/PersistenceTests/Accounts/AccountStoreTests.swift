import Testing

@testable import Actors
@testable import Persistence

@Suite("Accounts")
struct AccountStoreTests {
    private let store: AccountStore
    private let now = Instant(milliseconds: 1_780_000_000_000)

    init() throws {
        let conninfo = try TestCluster.makeDatabase()
        _ = try HubDatabase(conninfo: conninfo).claim(now: now)
        store = AccountStore(conninfo: conninfo)
    }

    @Test func `the fifth wrong password in a row locks for ten minutes, a right one counts anew`() async throws {
        defer { store.stop() }
        try await store.saveCredential(login: "kim", site: "s", account: "1", passwordHash: "h")
        for _ in 0..<4 { try await store.countFailure(login: "kim", now: now) }
        #expect(try await store.credential(login: "kim")?.lockedUntil == nil)
        try await store.clearFailures(login: "kim")
        for _ in 0..<4 { try await store.countFailure(login: "kim", now: now) }
        #expect(try await store.credential(login: "kim")?.lockedUntil == nil)
        try await store.countFailure(login: "kim", now: now)
        let locked = try await store.credential(login: "kim")
        #expect(locked?.failedCount == 5 && locked?.lockedUntil == now + .seconds(600))
        try await store.saveCredential(login: "kim", site: "s", account: "1", passwordHash: "new")
        let fresh = try await store.credential(login: "kim")
        #expect(fresh?.failedCount == 0 && fresh?.lockedUntil == nil && fresh?.passwordHash == "new")
    }

    @Test func `a login that is another account's keeps its password`() async throws {
        defer { store.stop() }
        try await store.saveCredential(login: "admin", site: "a", account: "1", passwordHash: "h")
        for (site, account) in [("b", "1"), ("a", "2")] {
            let error = await #expect(throws: PostgresError.self) {
                try await store.saveCredential(login: "admin", site: site, account: account, passwordHash: "x")
            }
            #expect(error?.failure?.isUniqueViolation == true)
        }
        #expect(try await store.credential(login: "admin")?.passwordHash == "h")
        #expect(try await store.credential(login: "ad\0min") == nil)
    }

    @Test func `a fourth log-in ends the oldest, never the new one`() async throws {
        defer { store.stop() }
        for (number, id) in ["d", "c", "b", "a"].enumerated() {
            try await begin(id, [UInt8(number)], now + .seconds(number))
        }
        #expect(try await store.login(id: "d") == nil)
        for id in ["c", "b", "a"] { #expect(try await store.login(id: id) != nil) }
        // The clock was set back.
        try await begin("z", [9], now + .seconds(-3600))
        #expect(try await store.login(id: "z") != nil)
        #expect(try await store.login(id: "c") == nil)
    }

    @Test func `a refresh token is replaced, the one before is taken for a moment`() async throws {
        defer { store.stop() }
        try await begin("a", [1], now)
        #expect(try await store.rotate(refreshHash: [1], to: [2], now: now)?.id == "a")
        #expect(try await store.rotate(refreshHash: [1], to: [3], now: now + .seconds(19))?.id == "a")
        #expect(try await store.rotate(refreshHash: [1], to: [4], now: now + .seconds(20)) == nil)
        #expect(try await store.rotate(refreshHash: [2], to: [4], now: now + .seconds(40)) == nil)
        #expect(try await store.rotate(refreshHash: [3], to: [5], now: now + .seconds(40))?.id == "a")
        #expect(try await store.rotate(refreshHash: [5], to: [6], now: now + .seconds(90_000)) == nil)
    }

    @Test func `an ended log-in is gone with all its tokens`() async throws {
        defer { store.stop() }
        try await begin("a", [1], now)
        _ = try await store.rotate(refreshHash: [1], to: [2], now: now)
        try await store.end(refreshHash: [1])
        #expect(try await store.login(id: "a") == nil)
        #expect(try await store.rotate(refreshHash: [2], to: [3], now: now) == nil)
    }

    @Test func `a device is known by its key's digest`() async throws {
        defer { store.stop() }
        let device = AccountStore.Device(id: "edge-1", site: "s", stations: ["1", "2"])
        try await store.saveDevice(device, keyHash: [1])
        #expect(try await store.device(keyHash: [1]) == device)
        #expect(try await store.device(keyHash: [2]) == nil)
        let moved = AccountStore.Device(id: "edge-1", site: "s", stations: [])
        try await store.saveDevice(moved, keyHash: [1])
        #expect(try await store.device(keyHash: [1]) == moved)
    }

    private func begin(_ id: String, _ hash: [UInt8], _ at: Instant) async throws {
        try await store.begin(
            .init(id: id, site: "s", account: "1"), refreshHash: hash, now: at, lifetime: .seconds(86_400))
    }
}
