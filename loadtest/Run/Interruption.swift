internal import Glibc
internal import UnixSignals

/// Runs `body`; on Ctrl-C or SIGTERM ends what it has started elsewhere by `tidy`, and the process.
func interruptible<T>(tidy: @escaping @Sendable () -> Void, _ body: () async throws -> T) async throws -> T {
    // Beside the measurement, which does not look up until it is done; it ends with it.
    let watch = Task {
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
            tidy()
            exit(130)
        }
    }
    let outcome: Result<T, any Error>
    do {
        outcome = .success(try await body())
    } catch {
        outcome = .failure(error)
    }
    // What fails because it is being tidied away waits for the end of the process here.
    watch.cancel()
    await watch.value
    return try outcome.get()
}
