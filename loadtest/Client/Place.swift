internal import NIOCore
internal import Wire

/// Where the clients of a run live: one event loop, and the hub they talk to.
struct Place: Sendable {
    let loop: any EventLoop
    let address: HubAddress
    /// Resolved once: thousands of clients that come back at the same moment do not ask a resolver.
    let remote: SocketAddress
    let masks: MaskKeys

    init(_ address: HubAddress, on loop: any EventLoop) throws {
        self.loop = loop
        self.address = address
        remote = try SocketAddress.makeAddressResolvingHost(address.host, port: address.port)
        masks = MaskKeys(seed: UInt64.random(in: 0 ... .max))
    }

    /// On the loop, from anywhere.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await loop.submit(body).get()
    }
}

/// Mask keys for all connections of one loop. Masking protects proxies from hostile pages; here nobody needs keys that
/// cannot be guessed, and the kernel's random bytes would cost a system call for each frame.
///
/// `@unchecked Sendable`: `next` is called on that loop only.
final class MaskKeys: @unchecked Sendable {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    func next() -> MaskKey { MaskKey(UInt32(truncatingIfNeeded: random.next())) }
}
