internal import NIOSSL

extension EdgeConfiguration {
    /// Finds at the start what would fail for ever later: an authority that is not there, also for ws://, where it is not needed yet.
    /// A key that is not there may come: until then weights wait.
    func checkFiles() throws(ConfigurationError) { _ = try authorities() }

    /// The certificates of `authorityFile`; nil without one.
    func authorities() throws(ConfigurationError) -> [NIOSSLCertificate]? {
        guard let authorityFile else { return nil }
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(authorityFile), !certificates.isEmpty else {
            throw Self.problem("\"caFile\" \(authorityFile) is missing or holds no PEM certificate")
        }
        return certificates
    }
}
