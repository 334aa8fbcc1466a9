internal import Glibc
internal import NIOCore
internal import NIOPosix

extension ClientBootstrap {
    /// Has the kernel ask a quiet peer whether it is still there, after 10 s and then every 5 s; the third question
    /// without an answer ends the connection. Without it a peer whose power went is waited for for ever.
    func keepingAlive() -> ClientBootstrap {
        channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE)), value: 10)
            .channelOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPINTVL)), value: 5)
            .channelOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPCNT)), value: 3)
    }
}
