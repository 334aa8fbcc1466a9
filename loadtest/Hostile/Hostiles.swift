internal import Glibc
internal import NIOPosix
internal import Synchronization

/// Set by whoever has seen enough; looked at by those who go on until then.
final class Stop: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}

/// Threads of hostile peers. They would have machines of their own: here they get what the hub, its database and the honest leave.
enum Hostiles {
    static func threads(_ count: Int) -> NIOThreadPool {
        let threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
        return threads
    }

    /// Of the calling thread: in Linux each has a priority of its own.
    static func yieldToOthers() {
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
    }
}
