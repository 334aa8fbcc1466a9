import Glibc

/// Where the server programs are and which major version they have.
struct PostgresBinaries: Equatable {
    let directory: String
    let majorVersion: Int

    var initdb: String { directory + "/initdb" }
    var pgCtl: String { directory + "/pg_ctl" }

    func path(of program: String) -> String { directory + "/" + program }

    /// Looks in PG_BIN (alone, when it is set), then `pg_config --bindir`, then `/usr/lib/postgresql/*/bin`, newest
    /// first. A directory that already holds a database wants programs of its own version: `preferred`.
    static func find(
        binDirectory: String? = ChildProcess.variable("PG_BIN"), preferring preferred: Int? = nil
    ) throws(ClusterError) -> PostgresBinaries {
        let found = try all(binDirectory)
        return found.first { $0.majorVersion == preferred } ?? found[0]
    }

    /// The highest version in `binDirectory`, or of those that are installed.
    static func newest(binDirectory: String?) throws(ClusterError) -> PostgresBinaries {
        let found = try all(binDirectory)
        return found.max { $0.majorVersion < $1.majorVersion } ?? found[0]
    }

    /// One at least.
    private static func all(_ binDirectory: String?) throws(ClusterError) -> [PostgresBinaries] {
        let candidates = if let binDirectory { [binDirectory] } else { try installed() }
        var found: [PostgresBinaries] = []
        for directory in candidates {
            guard let version = try version(in: directory) else { continue }
            found.append(PostgresBinaries(directory: directory, majorVersion: version))
        }
        guard !found.isEmpty else { throw .binariesNotFound(searched: candidates) }
        return found
    }

    private static func installed() throws(ClusterError) -> [String] {
        var directories: [String] = []
        let config = try ChildProcess.run(["pg_config", "--bindir"])
        if config.status == 0 { directories.append(config.output.trimmingTrailingWhitespace) }
        let root = "/usr/lib/postgresql"
        let versions = FileSystem.entries(of: root).compactMap { Int($0) }.sorted(by: >)
        directories += versions.map { "\(root)/\($0)/bin" }
        return directories.isEmpty ? ["PATH", root] : directories
    }

    /// `pg_ctl (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)` → 15; `nil` unless all programs are there.
    private static func version(in directory: String) throws(ClusterError) -> Int? {
        for program in ["initdb", "pg_ctl", "postgres"] where access("\(directory)/\(program)", X_OK) != 0 {
            return nil
        }
        let outcome = try ChildProcess.run([directory + "/pg_ctl", "--version"])
        let words = outcome.output.split(whereSeparator: \.isWhitespace)
        guard outcome.status == 0, words.count >= 3 else { return nil }
        return Int(words[2].prefix { $0.isNumber })
    }
}
