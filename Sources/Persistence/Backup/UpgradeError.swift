/// Why an upgrade did not happen. The cluster is as it was.
package enum UpgradeError: Error, Equatable, Sendable {
    case notNewer(version: Int, found: Int, directory: String)
    case oldProgramsMissing(version: Int, found: Int)
    case noProgram(String)
    case oldIsThere(String)
    case noSpace(path: String, needed: Int64, free: Int64)
    case differs(before: JournalPosition, after: JournalPosition)
}

extension UpgradeError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notNewer(let version, let found, let directory):
            """
            The cluster is of PostgreSQL \(version) and the newest programs found are version \(found) in \(directory). \
            Install a newer PostgreSQL beside it, or give the directory of its programs with --bin-dir.
            """
        case .oldProgramsMissing(let version, let found):
            """
            The cluster is of PostgreSQL \(version) and only the programs of version \(found) are there. pg_upgrade needs \
            both: install PostgreSQL \(version) again, or set PG_BIN to its programs.
            """
        case .noProgram(let directory): "There is no pg_upgrade in \(directory). Install the whole server package."
        case .oldIsThere(let path):
            "\(path), the cluster as it was before an earlier upgrade, is still there. Move it away or remove it first."
        case .noSpace(let path, let needed, let free):
            """
            The upgrade copies the cluster: it needs \(needed >> 20) MiB on the disk of \(path), and \(free >> 20) MiB are \
            free.
            """
        case .differs(let before, let after):
            "The upgraded journal has \(after.events) events and the old one \(before.events). Nothing was changed."
        }
    }
}
