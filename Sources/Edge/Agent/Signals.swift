internal import Dispatch
internal import Glibc
internal import Synchronization

/// Ends with the first SIGTERM or SIGINT of the process, or with its task.
enum Signals {
    static func termination() async {
        let queue = DispatchQueue(label: "signals")
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        let gate = Gate()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                gate.wait(continuation)
                for source in sources {
                    source.setEventHandler { gate.open() }
                    source.activate()
                }
            }
        } onCancel: {
            gate.open()
        }
        for source in sources { source.cancel() }
    }

    /// Several signals may come, and the end of the task; the continuation resumes once.
    private final class Gate: Sendable {
        private enum State {
            case idle
            case waiting(CheckedContinuation<Void, Never>)
            case open
        }
        private let state = Mutex(State.idle)

        func wait(_ continuation: CheckedContinuation<Void, Never>) {
            let isOpen = state.withLock { state in
                if case .open = state { return true }
                state = .waiting(continuation)
                return false
            }
            if isOpen { continuation.resume() }
        }

        func open() {
            let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
                defer { state = .open }
                guard case .waiting(let continuation) = state else { return nil }
                return continuation
            }
            waiting?.resume()
        }
    }
}
