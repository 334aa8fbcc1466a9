import CCrypt
import Crypto
import Glibc
import NIOPosix
import Synchronization

/// Password hashes: bcrypt, cost 12. A check takes a third of a second of one core, so it never runs on an event loop.
struct Passwords: Sendable {
    static let cost = 12
    private let threads: NIOThreadPool
    private let hashCost: Int
    private let count = Count()

    private final class Count: Sendable {
        let value = Atomic(0)
    }

    init(threads: NIOThreadPool, cost: Int = Passwords.cost) {
        self.threads = threads
        hashCost = cost
    }

    /// How often bcrypt has run.
    var bcryptCount: Int { count.value.load(ordering: .relaxed) }

    /// Eight characters or more, with a letter, a digit and something else (seed 001 §5.1); at most 72 bytes, none of
    /// them zero: bcrypt reads no further.
    static func isAcceptable(_ password: String) -> Bool {
        password.count >= 8 && password.utf8.count <= 72 && !password.utf8.contains(0)
            && password.contains(where: \.isLetter) && password.contains(where: \.isNumber)
            && password.contains { !$0.isLetter && !$0.isNumber }
    }

    func hash(_ password: String) async throws -> String {
        try await threads.runIfActive { [count, hashCost] () throws -> String in
            try Self.crypt(password, Self.salt(cost: hashCost), count)
        }
    }

    /// One bcrypt, also without a hash: a fresh salt takes as long as a hash that begins with one, and nothing is equal
    /// to it. So time does not tell whether there is an account.
    func matches(_ password: String, _ hash: String?) async throws -> Bool {
        try await threads.runIfActive { [count, hashCost] () throws -> Bool in
            let wanted = try hash ?? Self.salt(cost: hashCost)
            let given = try Self.crypt(password, wanted, count)
            return constantTimeEqual(Array(given.utf8), Array(wanted.utf8)) && hash != nil
        }
    }

    struct HashFailed: Error {}

    private static func crypt(_ password: String, _ setting: String, _ count: Count) throws -> String {
        _ = count.value.wrappingAdd(1, ordering: .relaxed)
        // crypt_data is 32 KiB: too much for a stack, zeroed as crypt_r demands.
        let data = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        defer { data.deallocate() }
        memset(data, 0, MemoryLayout<crypt_data>.size)
        guard let result = crypt_r(password, setting, data), result.pointee != UInt8(ascii: "*") else {
            throw HashFailed()
        }
        return String(cString: result)
    }

    private static func salt(cost: Int) throws -> String {
        let random = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        let output = UnsafeMutablePointer<CChar>.allocate(capacity: 192)
        defer { output.deallocate() }
        let made = random.withUnsafeBytes { bytes in
            crypt_gensalt_rn(
                "$2b$", UInt(cost), bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), output,
                192)
        }
        guard made != nil else { throw HashFailed() }
        return String(cString: output)
    }
}

/// Compares without telling by its time where the difference is.
func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}
