import Glibc
import NIOCore
import NIOPosix
import Sessions
import Testing
import Wire

@testable import Hub
@testable import Persistence

/// Who sends more than he may: he gets a code for it, or is sent away, and honest screens are served meanwhile.
extension Hostile {
    @Suite struct Floods {
        struct Flood: Sendable {
            let what: String
            var login: String? = "driver1"
            /// Endlessly, one after the other.
            let frames: [ByteBuffer]
            /// What he must hear of it.
            var codes: [String] = ["rateLimited"]
            /// How it must end, if it must.
            var closure: CloseCode?
        }

        private static func texts(_ texts: [String]) -> [ByteBuffer] { texts.map { HostilePeer.frame($0) } }

        private static func floods(_ token: String) -> [Flood] {
            let (queue, site) = (TestHub.queue, TestHub.site)
            return [
                Flood(
                    what: "subscriptions",
                    frames: texts([
                        #"{"op":"sub","id":"a","topic":"\#(queue)"}"#, #"{"op":"unsub","id":"a","topic":"\#(queue)"}"#,
                        #"{"op":"sub","id":"a","topic":"\#(site)/order/x"}"#,
                        #"{"op":"sub","id":"a","topic":"nowhere"}"#,
                    ]), codes: ["rateLimited", "forbidden", "unknownTopic"], closure: .policyViolation),
                Flood(
                    what: "commands",
                    frames: (0..<100).map {
                        HostilePeer.frame(
                            #"{"op":"cmd","id":"a","key":"k\#($0)","topic":"\#(queue)","name":"comeBack","args":{}}"#)
                    }, codes: ["rateLimited", "notInQueue"], closure: .policyViolation),
                Flood(
                    what: "refreshes", frames: texts([#"{"op":"refresh","token":"\#(token)"}"#]),
                    closure: .policyViolation),
                Flood(
                    what: "greetings", frames: texts([#"{"op":"hello","token":"\#(token)"}"#]), codes: ["helloTwice"],
                    closure: .policyViolation),
                Flood(
                    what: "impatience", login: nil, frames: texts([#"{"op":"sub","id":"a","topic":"\#(queue)"}"#]),
                    codes: ["helloFirst"], closure: .policyViolation),
                Flood(
                    what: "weights of nobody",
                    frames: texts([
                        #"{"op":"w","topic":"\#(site)/station/1","live":{"grams":1,"state":"zero","at":1}}"#,
                        #"{"op":"w","topic":"\#(site)/station/1","boot":"b","n":1,"binding":null,"reading":{}}"#,
                    ]), codes: ["forbidden"], closure: .policyViolation),
                Flood(what: "pings of the protocol", frames: texts([#"{"op":"ping"}"#]), closure: .policyViolation),
                Flood(
                    what: "pings of WebSocket", frames: [HostilePeer.frame(String(repeating: "x", count: 125), .ping)],
                    codes: []),
                Flood(
                    what: "fragments",
                    frames: [HostilePeer.frame(.text, ByteBuffer(string: "{"), isFinal: false)]
                        + [ByteBuffer](
                            repeating: HostilePeer.frame(.continuation, ByteBuffer(), isFinal: false), count: 2000),
                    codes: [], closure: .policyViolation),
                Flood(
                    what: "nesting",
                    frames: texts([
                        #"{"op":"cmd","id":"a","key":"k","topic":"\#(queue)","name":"comeBack","args":"#
                            + String(repeating: #"{"a":"#, count: 50_000)
                    ]), codes: ["badJSON"], closure: .policyViolation),
                Flood(
                    what: "numbers of 20 KB",
                    frames: texts([
                        #"{"op":"cmd","id":"a","key":"k","topic":"\#(queue)","name":"noShow","args":{"id":"x","calls":1."#
                            + String(repeating: "9", count: 20_000) + "}}"
                    ]), codes: ["forbidden"]),
                Flood(
                    what: "thousands of names",
                    frames: texts([
                        #"{"op":"cmd","id":"a","key":"k","topic":"\#(queue)","name":"comeBack","args":{"#
                            + (0..<2000).map { #""n\#($0)":\#($0)"# }.joined(separator: ",") + "}}"
                    ]), codes: ["notInQueue"]),
                Flood(
                    what: "noise", frames: [ByteBuffer(bytes: [0xFF, 0xFF, 0xFF, 0xFF])], codes: [],
                    closure: .protocolError),
            ]
        }

        @Test func `floods of every kind are refused by a code, and the screens are served`() async throws {
            try await TestHub.run({
                $0.sessionLimits = SessionLimits()
                $0.requestsPerMinute = 100
            }) { hub in
                let screens = try await HonestScreens.open(hub)
                try await screens.watch("in peace")
                let token = try await hub.token(of: "driver1")
                for flood in Self.floods(token) {
                    let stop = HostilePeer.Stop()
                    let chunk = Self.chunk(flood.frames)
                    async let first = HostilePeer.flood(
                        hub.port, hello: flood.login.map { _ in ["op": "hello", "token": .text(token)] }, until: stop
                    ) { _ in chunk }
                    async let second = HostilePeer.flood(
                        hub.port, hello: flood.login.map { _ in ["op": "hello", "token": .text(token)] }, until: stop
                    ) { _ in chunk }
                    try await screens.watch("a flood of \(flood.what)", rounds: 5)
                    if flood.closure == nil { stop.set() }
                    for tally in try await [first, second] {
                        // Who goes on until it is sent away may be gone before the actor has answered.
                        let isSentAway = tally.closure?.code == .policyViolation
                        for code in flood.codes {
                            #expect(tally.codes[code] ?? 0 > 0 || isSentAway, "\(flood.what): \(tally)")
                        }
                        if let closure = flood.closure {
                            #expect(tally.closure?.code == closure, "\(flood.what): \(tally)")
                        }
                        // The burst, as many warnings, and what some time gives back of both.
                        #expect(tally.codes.values.reduce(0, +) <= 10_000, "\(flood.what): \(tally)")
                    }
                }
                try await screens.watch("in peace again")
            }
        }

        /// About 64 KiB of them.
        private static func chunk(_ frames: [ByteBuffer]) -> ByteBuffer {
            var chunk = ByteBuffer()
            repeat { for frame in frames { chunk.writeImmutableBuffer(frame) } } while chunk.readableBytes < 64 << 10
            return chunk
        }

        @Test func `commands that come faster than they are committed are told to wait, each is answered once`()
            async throws
        {
            try await TestHub.run { hub in
                let staff = try await hub.client("staff")
                let token = try await hub.token(of: "staff2")
                let (stop, release) = (HostilePeer.Stop(), HostilePeer.Stop())
                // Nothing is committed until we say so.
                let (locked, isLocked) = AsyncStream<Void>.makeStream()
                async let lock: Void = HostilePeer.threads.runIfActive {
                    var connection = try PostgresConnection.connect(hub.conninfo)
                    try connection.execute("BEGIN; LOCK TABLE journal IN EXCLUSIVE MODE")
                    isLocked.finish()
                    while !release.isSet { usleep(1000) }
                    try connection.execute("COMMIT")
                }
                for await _ in locked {}
                defer {
                    release.set()
                    stop.set()
                }
                let count = 6000
                async let flood = HostilePeer.flood(
                    hub.port, hello: ["op": "hello", "token": .text(token)], until: stop
                ) { number in
                    guard number < count / 100 else { return nil }
                    var chunk = ByteBuffer()
                    for index in 0..<100 {
                        let key = "k\(number)-\(index)"
                        chunk.writeImmutableBuffer(
                            HostilePeer.frame(
                                #"{"op":"cmd","id":"\#(key)","key":"\#(key)","topic":"\#(TestHub.queue)","#
                                    + #""name":"pauseCheckIn","args":{"reason":"x"}}"#))
                    }
                    return chunk
                }
                try await stop.waitUntilHeard(1)
                // Somebody else's, too: there is one mailbox for all.
                let busy = try await staff.command(TestHub.queue, "resumeCheckIn")
                #expect(busy.error.code == "busy" && busy.error.retry == true && busy.error.after.int ?? 0 > 0)
                // Another actor has its own.
                #expect(try await staff.subscribe(TestHub.register).op == "snapshot")
                release.set()
                try await lock
                try await stop.waitUntilHeard(count)
                try await staff.succeed(TestHub.queue, "resumeCheckIn")
                stop.set()
                let tally = try await flood
                // The mailbox holds 4,096, and one batch was out of it.
                #expect(Set(tally.codes.keys) == ["busy"] && tally.messageCount == count, "\(tally)")
                #expect((1...count - 4096).contains(tally.codes["busy"] ?? 0), "\(tally)")
            }
        }

        @Test func `a deflate bomb is refused with 1009 before it goes off`() async throws {
            try await TestHub.run { hub in
                let screens = try await HonestScreens.open(hub, count: 50)
                // 128 MiB of blanks are 128 KiB: well within a frame.
                let size = 128 << 20
                var bomb = ByteBuffer()
                Deflater(windowBits: 15, level: 9, keepsContext: false).deflate(
                    ByteBuffer(repeating: UInt8(ascii: " "), count: size), into: &bomb)
                let frame = HostilePeer.frame(.text, bomb, isRSV1: true)
                try #require(frame.readableBytes < 256 << 10)
                let before = residentByteCount()
                let stop = HostilePeer.Stop()
                async let tallies = withThrowingTaskGroup(of: HostilePeer.Tally.self) { tasks in
                    for _ in 0..<40 {
                        tasks.addTask {
                            try await HostilePeer.flood(
                                hub.port, extensions: "permessage-deflate", until: stop
                            ) { $0 == 0 ? frame : nil }
                        }
                    }
                    return try await tasks.reduce(into: []) { $0.append($1) }
                }
                try await screens.watch("40 deflate bombs")
                for tally in try await tallies {
                    #expect(tally.closure?.code == .messageTooBig && tally.messageCount == 0, "\(tally)")
                }
                let grown = residentByteCount() - before
                print("40 deflate bombs of 128 MiB: \(grown >> 20) MiB more")
                #expect(grown < size, "bombs went off")
            }
        }
    }
}
