import Glibc

/// The unprivileged user PostgreSQL runs as: it refuses to run as root.
struct ServerUser: Equatable {
    let name: String
    let uid: uid_t
    let gid: gid_t
    /// What stands before a command to run it as this user; empty when that is who we are.
    let prefix: [String]

    /// Root hands over to `name`; anybody else stays as they are.
    static func resolve(named name: String, effectiveUser: uid_t = geteuid()) throws(ClusterError) -> ServerUser {
        guard effectiveUser == 0 else {
            // initdb looks its own user up, and says "could not look up effective user ID" when that fails.
            guard let entry = getpwuid(effectiveUser)?.pointee else { throw .userUnknown("with ID \(effectiveUser)") }
            return ServerUser(
                name: String(cString: entry.pw_name), uid: effectiveUser, gid: getegid(), prefix: [])
        }
        guard let entry = getpwnam(name)?.pointee, entry.pw_uid != 0 else { throw .userUnknown(name) }
        // setpriv replaces itself with the command, so the PID stays the one we wait for.
        let prefix = [
            "setpriv", "--reuid", name, "--regid", "\(entry.pw_gid)", "--init-groups", "--inh-caps=-all", "--reset-env",
            "--",
        ]
        return ServerUser(name: name, uid: entry.pw_uid, gid: entry.pw_gid, prefix: prefix)
    }

    /// Gives a path to this user when we are root; otherwise it is ours already.
    func own(_ path: String) throws(ClusterError) {
        guard !prefix.isEmpty else { return }
        guard lchown(path, uid, gid) == 0 else { throw .system("chown", path: path) }
    }

    /// Whether the user may pass through every directory from the root down to `path`; names the first one closed.
    func checkReach(_ path: String) throws(ClusterError) {
        var groups = [gid_t](repeating: 0, count: 256)
        var count = Int32(groups.count)
        getgrouplist(name, gid, &groups, &count)
        let mine = Set(groups.prefix(Int(max(1, count))))
        var prefix = ""
        for component in path.split(separator: "/") {
            prefix += "/" + component
            guard let status = FileSystem.status(prefix) else { throw .system("stat", path: prefix) }
            let bit: mode_t =
                if status.st_uid == uid { S_IXUSR } else if mine.contains(status.st_gid) { S_IXGRP } else { S_IXOTH }
            guard status.st_mode & bit != 0 else { throw .directoryNotSearchable(path: prefix, user: name) }
        }
    }
}
