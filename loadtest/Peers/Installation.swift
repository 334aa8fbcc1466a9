internal import Glibc

/// The peers' packages: Debian's by apt, Python's in an environment of their own under the user's cache.
struct Installation: Sendable {
    private let environment: String
    private let requirements: String

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private static let packages = [
        "redis-server", "nodejs", "node-ws", "nginx", "libnginx-mod-nchan", "libuv1", "python3-venv",
    ]

    /// - Parameter programs: the folder with `requirements.txt`.
    init(programs: String) {
        requirements = "\(programs)/requirements.txt"
        let cache = Self.variable("XDG_CACHE_HOME") ?? (Self.variable("HOME") ?? "/var/tmp") + "/.cache"
        environment = cache + "/gwanje-peers"
    }

    var python: String { environment + "/bin/python" }

    /// Installs what is missing; apt needs root, and its command is only shown to others. Blocks.
    func install(say: (String) -> Void) throws {
        let apt = ["apt-get", "install", "--yes", "--no-install-recommends"] + Self.packages
        if geteuid() == 0 {
            try run(apt, say)
        } else {
            say("# needs root:\nsudo " + apt.joined(separator: " "))
        }
        try run(["/usr/bin/python3", "-m", "venv", environment], say)
        try run([python, "-m", "pip", "install", "--quiet", "--requirement", requirements], say)
    }

    private func run(_ command: [String], _ say: (String) -> Void) throws {
        let text = command.joined(separator: " ")
        say(text)
        guard try Child(command).wait() == 0 else { throw Failed(description: "failed: \(text)") }
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
