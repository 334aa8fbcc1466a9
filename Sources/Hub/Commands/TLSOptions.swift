import ArgumentParser
import Glibc
import NIOSSL

struct TLSOptions: ParsableArguments {
    @Option(
        name: .customLong("tls-certificate"),
        help: "PEM file with the certificate chain: https and wss are then spoken.")
    var certificate: String?

    @Option(name: .customLong("tls-key"), help: "PEM file with the private key of the certificate.")
    var key: String?

    func validate() throws {
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("--tls-certificate and --tls-key belong together.")
        }
        for (option, path) in [("--tls-certificate", certificate), ("--tls-key", key)] {
            guard let path, access(path, R_OK) != 0 else { continue }
            throw ValidationError("\(option): \(path) cannot be read.")
        }
    }

    /// TLS 1.2 or later with these files; nil when none are given.
    var configuration: TLSConfiguration? {
        get throws {
            guard let certificate, let key else { return nil }
            do {
                var tls = TLSConfiguration.makeServerConfiguration(
                    certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
                    privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
                tls.minimumTLSVersion = .tlsv12
                // Made once for the answer alone: a key that is another certificate's is found here.
                _ = try NIOSSLContext(configuration: tls)
                return tls
            } catch {
                throw ValidationError(
                    "--tls-certificate \(certificate) must hold a certificate chain and --tls-key \(key) its private key, in PEM."
                )
            }
        }
    }
}
