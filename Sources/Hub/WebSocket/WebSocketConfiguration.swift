package import NIOCore
package import Wire

/// Every bound and span of the WebSocket server, in one place.
package struct WebSocketConfiguration: Sendable {
    /// The path, without query, whose upgrade requests are ours.
    package var path: String
    /// Subprotocols and origins.
    package var policy: Handshake.Policy
    /// What a peer may make us hold while it sends.
    package var limits = WebSocketLimits()
    /// Bytes one connection may have waiting to be sent. A peer that lets more pile up is cut off: its close frame
    /// would only wait behind them.
    package var pendingByteCountMax = 4 << 20
    /// WebSockets one address (of IPv6, one /64) may have open; 429 beyond. A yard's phones share one address.
    package var webSocketsPerAddressMax = 1000
    /// Connections of any kind one address (of IPv6, one /64) may have open; one more is closed as soon as it is accepted. Reverse
    /// proxies that are trusted may have any number.
    package var connectionsPerAddressMax = 8000
    /// Whose connection it is, where a reverse proxy stands in between.
    package var addresses = ClientAddresses()
    /// Bytes of a request's target and of the names and values of its fields: 400 beyond.
    package var headerByteCountMax = 16 << 10
    /// From the connection to its first whole request head; a slow trickle of header bytes does not extend it.
    package var handshakeTimeout = TimeAmount.seconds(10)
    /// From the head of a request to the end of its body; a slow trickle does not extend it. 408 beyond, unless it is being answered
    /// already or waits behind another one: then the connection just ends.
    package var requestTimeout = TimeAmount.seconds(30)
    /// A connection that carries HTTP and no request for this long is closed.
    package var httpIdleTimeout = TimeAmount.seconds(60)
    /// Between two pings of ours.
    package var pingInterval = TimeAmount.seconds(20)
    /// Whole ping intervals without a byte from the peer before it is given up with 4100: it has then been silent
    /// for 60 to 80 s.
    package var silentIntervalCountMax = 3
    /// How long our close frame waits for the peer's, and what was sent last waits to leave.
    package var closeTimeout = TimeAmount.seconds(5)
    /// Bytes that the kernel takes before it has sent them. What is behind waits with us, where a newer picture can take its place:
    /// in the kernel's own buffer, which grows to megabytes, a slow screen would be an hour late.
    package var unsentByteCountMax = 64 << 10
    /// Whether frames go straight to the socket while nothing is pending on the channel; never under TLS.
    package var usesDirectWrites = true

    package init(path: String, policy: Handshake.Policy = Handshake.Policy()) {
        self.path = path
        self.policy = policy
    }
}

/// The upgrade request a connection began with.
package struct WebSocketRequest: Sendable {
    /// Path and query as sent.
    package var target: String
    /// In order, with repetitions.
    package var headers: [HeaderField]
    /// As agreed in the handshake.
    package var subprotocol: String?
    /// The peer of the socket: behind a reverse proxy, the proxy.
    package var remoteAddress: SocketAddress?

    package init(
        target: String, headers: [HeaderField], subprotocol: String? = nil, remoteAddress: SocketAddress? = nil
    ) {
        self.target = target
        self.headers = headers
        self.subprotocol = subprotocol
        self.remoteAddress = remoteAddress
    }
}
