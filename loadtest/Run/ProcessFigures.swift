internal import Glibc

/// What the system says about a process: /proc.
enum ProcessFigures {
    /// User and system time so far, in microseconds, in steps of 10 ms; nil when there is no such process.
    static func cpuMicroseconds(_ pid: pid_t) -> Double? {
        guard let fields = fields(pid), let user = Double(fields[11]), let system = Double(fields[12]) else {
            return nil
        }
        return (user + system) * 1_000_000 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The same of a process and its children, those included that have ended and were waited for.
    static func familyCPUMicroseconds(_ pid: pid_t) -> Double? {
        guard let own = cpuMicroseconds(pid), let fields = fields(pid) else { return nil }
        let ended = ((Double(fields[13]) ?? 0) + (Double(fields[14]) ?? 0)) * 1_000_000
        return children(pid).reduce(own + ended) { $0 + (cpuMicroseconds($1) ?? 0) }
    }

    /// Of this process, as they are now.
    static func children(_ pid: pid_t) -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var children: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let child = pid_t(name), let parent = fields(child)?[1], pid_t(parent) == pid else { continue }
            children.append(child)
        }
        return children
    }

    /// The same of this process, exactly.
    static func ownCPUMicroseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1_000_000 + Double(time.tv_nsec) / 1000
    }

    /// Resident memory, in bytes.
    static func residentBytes(_ pid: pid_t) -> Int? {
        // The second field counts pages.
        let pages = text("/proc/\(pid)/statm")?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return pages.map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
    }

    /// Open files, of which each connection is one.
    static func descriptorCount(_ pid: pid_t) -> Int? {
        guard let directory = opendir("/proc/\(pid)/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }

    /// The fields of /proc/PID/stat from the third, the state, on.
    private static func fields(_ pid: pid_t) -> [Substring]? {
        // The second one is a name in parentheses and may hold anything.
        guard let text = text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 14 ? fields : nil
    }

    static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
