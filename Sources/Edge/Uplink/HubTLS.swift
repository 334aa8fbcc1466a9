internal import NIOSSL

/// How the hub's certificate is verified.
struct HubTLS: Sendable {
    let configuration: TLSConfiguration
    let context: NIOSSLContext

    /// - Parameter authorities: those of a private certificate; nil: the system's.
    init(authorities: [NIOSSLCertificate]?) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorities { configuration.trustRoots = .certificates(authorities) }
        self.configuration = configuration
        context = try NIOSSLContext(configuration: configuration)
    }
}
