internal import ArgumentParser
internal import Glibc

/// Open files, of which each connection is one; programs that are started inherit the limit.
enum Descriptors {
    /// Makes room for so many, where there is none.
    static func allow(_ count: Int) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < rlim_t(count) else { return }
        // Only root may pass the hard limit.
        limit = rlimit(rlim_cur: rlim_t(count), rlim_max: max(limit.rlim_max, rlim_t(count)))
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw ValidationError("this needs \(count) open files: raise `ulimit -n`")
        }
    }
}
