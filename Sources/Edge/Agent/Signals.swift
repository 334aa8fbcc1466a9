internal import Dispatch
internal import Glibc
internal import Synchronization

/// Ends with the first SIGTERM or SIGINT of the process.
enum Signals {
    static func termination() async {
        let queue = DispatchQueue(label: "signals")
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        await withCheckedContinuation { continuation in
            let waiting = Mutex<CheckedContinuation<Void, Never>?>(continuation)
            let box = Box(waiting)
            for source in sources {
                source.setEventHandler { box.resume() }
                source.activate()
            }
        }
        for source in sources { source.cancel() }
    }

    /// Two signals may come; the continuation resumes once.
    private final class Box: Sendable {
        private let waiting: Mutex<CheckedContinuation<Void, Never>?>
        init(_ waiting: consuming Mutex<CheckedContinuation<Void, Never>?>) { self.waiting = waiting }
        func resume() {
            waiting.withLock { waiting in
                waiting?.resume()
                waiting = nil
            }
        }
    }
}
