internal import NIOSSL

extension EdgeConfiguration {
    /// Finds at the start what would fail for ever later: a key or an authority that is not there.
    func checkFiles() throws(ConfigurationError) {
        do throws(APIKeyError) {
            _ = try APIKey.read(apiKeyFile)
        } catch {
            throw Self.problem("\"apiKeyFile\" \(error)")
        }
        // Also for ws://, where it is not needed yet.
        _ = try authorities()
    }

    /// The certificates of `authorityFile`; nil without one.
    func authorities() throws(ConfigurationError) -> [NIOSSLCertificate]? {
        guard let authorityFile else { return nil }
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(authorityFile), !certificates.isEmpty else {
            throw Self.problem("\"caFile\" \(authorityFile) is missing or holds no PEM certificate")
        }
        return certificates
    }
}
