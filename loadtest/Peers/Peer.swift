internal import Glibc

/// What somebody would run for fan-out if there were no hub: a contestant, and how to tell whether it is installed.
struct Peer: Sendable {
    let contestant: Contestant
    /// Commands that succeed when all it needs is there.
    let checks: [[String]]

    /// The first check that failed; nil when it can be started.
    func missing() -> String? {
        let failed = checks.first { (try? Child($0, log: "/dev/null").wait()) != 0 }
        return failed?.joined(separator: " ")
    }

    /// In the order they are shown; the hub is the first.
    ///
    /// - Parameters:
    ///   - programs: the folder with the peers' programs.
    ///   - installation: where Python's packages are.
    static func all(
        hub: String, yardstick: String, programs: String, _ installation: Installation
    ) -> [Peer] {
        let modules = "/usr/lib/nginx/modules"
        let nodePath = "NODE_PATH=/usr/share/nodejs"
        let redis = ["redis-server", "--port", "0", "--unixsocket", "@DIR@/redis", "--save", "", "--appendonly", "no"]
        return [
            Peer(contestant: .hub(hub), checks: [[hub, "echo", "--help"]]),
            plain(
                "yardstick (C, epoll)", [yardstick, "@PORT@"], checks: [["test", "-x", yardstick]]),
            plain(
                "uWebSockets (socketify)", [installation.python, "\(programs)/uwebsockets.py", "@PORT@"],
                checks: [[installation.python, "-c", "import socketify"]]),
            Peer(
                contestant: Contestant(
                    name: "nginx nchan", dialect: .plain(target: "/"),
                    programs: [.init(arguments: ["/usr/sbin/nginx", "-p", "@DIR@", "-c", "@DIR@/nchan.conf"])],
                    files: [
                        "nchan.conf": (ProcessFigures.text("\(programs)/nchan.conf") ?? "")
                            .replacing("@MODULES@", with: modules)
                    ]),
                checks: [["test", "-x", "/usr/sbin/nginx"], ["test", "-e", "\(modules)/ngx_nchan_module.so"]]),
            plain(
                "Node ws", ["env", nodePath, "node", "\(programs)/ws.js", "@PORT@"],
                checks: [["env", nodePath, "node", "-e", "require('ws')"]]),
            Peer(
                contestant: Contestant(
                    name: "python-socketio + Redis", dialect: .socketIO,
                    programs: [
                        .init(arguments: redis, readyFile: "@DIR@/redis"),
                        .init(
                            arguments: [
                                installation.python, "\(programs)/socketio_server.py", "@PORT@", "@DIR@/redis",
                            ]),
                    ]),
                checks: [
                    ["redis-server", "--version"],
                    [installation.python, "-c", "import socketio, uvicorn, uvloop, httptools, websockets, redis"],
                ]),
        ]
    }

    private static func plain(_ name: String, _ arguments: [String], checks: [[String]]) -> Peer {
        Peer(
            contestant: Contestant(
                name: name, dialect: .plain(target: "/"), programs: [.init(arguments: arguments)]),
            checks: checks)
    }
}
