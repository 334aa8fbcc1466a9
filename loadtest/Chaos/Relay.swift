internal import NIOCore
internal import NIOPosix

/// A line between clients and the hub that can be bad: cut, silent, or slow.
///
/// `@unchecked Sendable`: `state` is used on its one loop only.
final class Relay: @unchecked Sendable {
    let address: HubAddress
    private let loop: any EventLoop
    private let listener: any Channel
    private let state: State

    /// - Parameter hub: where what comes is passed on to.
    init(to hub: HubAddress, on group: any EventLoopGroup) async throws {
        let loop = group.next()
        let state = State()
        let remote = try SocketAddress.makeAddressResolvingHost(hub.host, port: hub.port)
        self.loop = loop
        self.state = state
        listener = try await ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                ClientBootstrap(group: loop).connectTimeout(.seconds(5))
                    .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .channelOption(.autoRead, value: false)
                    .connect(to: remote)
                    .flatMapThrowing { hub in
                        do {
                            try state.join(client, hub)
                        } catch {
                            hub.close(promise: nil)
                            throw error
                        }
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        address = try HubAddress(parsing: "ws://127.0.0.1:\(listener.localAddress?.port ?? 0)/ws")
    }

    func close() async throws { try await listener.close() }

    /// Resets connections, each with this probability. Returns how many.
    func cut(_ part: Double, seed: UInt64) async throws -> Int {
        try await loop.submit { self.state.cut(part, seed) }.get()
    }

    /// Nothing moves any more, though all connections stand.
    func stall(_ stalls: Bool) async throws {
        try await loop.submit { self.state.stalls = stalls }.get()
    }

    /// Everything takes this much longer, in each direction.
    func delay(_ delay: TimeAmount) async throws {
        try await loop.submit { self.state.delay = delay }.get()
    }

    /// `@unchecked Sendable`: used on the relay's loop only.
    fileprivate final class State: @unchecked Sendable {
        var ends: [ObjectIdentifier: End] = [:]
        var delay = TimeAmount.zero
        var stalls = false {
            didSet { for end in ends.values { end.setReading() } }
        }

        func join(_ client: any Channel, _ hub: any Channel) throws {
            let (near, far) = (End(self, client, to: hub), End(self, hub, to: client))
            try client.pipeline.syncOperations.addHandler(near)
            try hub.pipeline.syncOperations.addHandler(far)
            (near.other, far.other) = (far, near)
            for end in [near, far] {
                ends[ObjectIdentifier(end)] = end
                end.setReading()
            }
        }

        func cut(_ part: Double, _ seed: UInt64) -> Int {
            var random = SplitMix64(seed: seed)
            let near = ends.values.filter(\.isClient)
            var count = 0
            for end in near where Double.random(in: 0..<1, using: &random) < part {
                count += 1
                end.cut()
            }
            return count
        }
    }

    /// One end of a connection, and what is read from it.
    fileprivate final class End: ChannelInboundHandler, @unchecked Sendable {
        typealias InboundIn = ByteBuffer

        private let state: State
        private let channel: any Channel
        private let target: any Channel
        /// Nil once this one is closed.
        weak var other: End?
        /// What is under way, in order: nothing overtakes it, whatever the delay is by then.
        private var underWay: [(due: NIODeadline, deed: @Sendable (End) -> Void)] = []
        private var targetIsFull = false

        init(_ state: State, _ channel: any Channel, to target: any Channel) {
            self.state = state
            self.channel = channel
            self.target = target
        }

        var isClient: Bool { channel.parent != nil }

        func setReading() {
            channel.setOption(.autoRead, value: !state.stalls && !targetIsFull).whenFailure { _ in }
        }

        func cut() {
            for one in [channel, target] {
                if let options = one as? any SocketOptionProvider {
                    _ = options.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                }
                one.close(promise: nil)
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            later { $0.target.writeAndFlush(bytes, promise: nil) }
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            other?.targetIsFull = !channel.isWritable
            other?.setReading()
        }

        func channelInactive(context: ChannelHandlerContext) {
            state.ends[ObjectIdentifier(self)] = nil
            later { $0.target.close(promise: nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { cut() }

        /// After the delay, behind everything before it.
        private func later(_ deed: @escaping @Sendable (End) -> Void) {
            guard state.delay > .zero || !underWay.isEmpty else { return deed(self) }
            let due = NIODeadline.now() + state.delay
            underWay.append((due, deed))
            if underWay.count == 1 { wait(until: due) }
        }

        private func wait(until due: NIODeadline) {
            channel.eventLoop.scheduleTask(deadline: due) { self.arrive() }
        }

        private func arrive() {
            while let first = underWay.first, first.due <= .now() {
                // Removed after it was done: what comes meanwhile stays behind it.
                first.deed(self)
                underWay.removeFirst()
            }
            if let next = underWay.first { wait(until: next.due) }
        }
    }
}
