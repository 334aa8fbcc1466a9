import Glibc
import NIOCore

/// Says in one sentence why a port could not be opened.
func namingTheReason(host: String, port: Int, _ run: () async throws -> Void) async throws {
    do {
        try await run()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
        throw HubProcess.Failure("Port \(port) is in use. Stop the program that has it, or choose another --port.")
    } catch let error as IOError where error.errnoCode == EADDRNOTAVAIL {
        throw HubProcess.Failure("--host \(host) is no address of this computer.")
    } catch is SocketAddressError.UnknownHost {
        throw HubProcess.Failure("--host \(host) is not known.")
    } catch let error as IOError where error.errnoCode == EACCES {
        throw HubProcess.Failure("Port \(port) may not be opened by this user. Choose a --port above 1023.")
    }
}
