import FoundationEssentials
import NIOCore
import Synchronization
import Testing

@testable import Edge

/// What a line said, readable from the test.
private final class Ear: Sendable {
    private struct Heard {
        var opened = 0
        var lost: [String] = []
        var bytes: [UInt8] = []
    }
    private let heard = Mutex(Heard())

    func take(_ event: IndicatorLine.Event) {
        heard.withLock {
            switch event {
            case .opened: $0.opened += 1
            case .bytes(let bytes): $0.bytes += bytes
            case .lost(let reason, _): $0.lost.append(reason)
            }
        }
    }

    var opened: Int { heard.withLock { $0.opened } }
    var bytes: [UInt8] { heard.withLock { $0.bytes } }
    var lost: [String] { heard.withLock { $0.lost } }
}

/// Waits until something is so; gives up after a span no healthy machine needs.
func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<2_000 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}

@Suite struct IndicatorLineTests {
    /// Runs a line over the life of `body`.
    private func withLine(_ address: LineAddress, _ body: (Ear) async throws -> Void) async throws {
        let group = EdgeLoop.start()
        let loop = group.next()
        let ear = Ear()
        let line = try await loop.submit {
            let line = IndicatorLine(address, on: loop) { ear.take($0) }
            line.start()
            return NIOLoopBound(line, eventLoop: loop)
        }.get()
        var failure: (any Error)?
        do { try await body(ear) } catch { failure = error }
        try await loop.submit { line.value.stop() }.get()
        try await group.shutdownGracefully()
        if let failure { throw failure }
    }

    @Test(
        "bytes written into a pty come out of the line, every value, at any baud and setting",
        arguments: [
            (9_600, "8N1"), (2_400, "7E1"), (31_250, "8O2"), (1_200, "7N1"),
        ])
    func everyByte(_ baud: Int, _ settings: String) async throws {
        let terminal = try PseudoTerminal()
        let address = LineAddress.serial(
            path: terminal.path, baud: baud, settings: try SerialSettings(parsing: settings, profile: "test"))
        try await withLine(address) { ear in
            #expect(await eventually { ear.opened == 1 })
            let all = (0...255).map { UInt8($0) }
            terminal.write(all)
            #expect(await eventually { ear.bytes.count >= 256 })
            #expect(ear.bytes == all)
        }
    }

    @Test("an unplugged port is opened again when it returns")
    func replugged() async throws {
        let scratch = try Scratch()
        let link = scratch.file("tty")
        let settings = try SerialSettings(parsing: "8N1", profile: "test")
        try await withLine(.serial(path: link, baud: 9_600, settings: settings)) { ear in
            #expect(await eventually { !ear.lost.isEmpty })
            #expect(ear.lost[0].contains(link))
            do {
                let first = try PseudoTerminal(link: link)
                #expect(await eventually { ear.opened == 1 })
                first.write([1])
                #expect(await eventually { ear.bytes == [1] })
            }
            let losses = ear.lost.count
            #expect(await eventually { ear.lost.count > losses })
            let second = try PseudoTerminal(link: link)
            #expect(await eventually { ear.opened == 2 })
            second.write([2])
            #expect(await eventually { ear.bytes == [1, 2] })
        }
    }

    @Test("a port that another process reads is refused")
    func exclusive() throws {
        let terminal = try PseudoTerminal()
        let settings = try SerialSettings(parsing: "8N1", profile: "test")
        let first = try SerialPort.open(path: terminal.path, baud: 9_600, settings: settings)
        #expect(first >= 0)
        let error = #expect(throws: SystemError.self) {
            try SerialPort.open(path: terminal.path, baud: 9_600, settings: settings)
        }
        #expect(error?.operation == "lock")
    }

    @Test("a link is never put over a file")
    func linkOverFile() throws {
        let scratch = try Scratch()
        try Data("mine".utf8).write(to: URL(filePath: scratch.file("tty")))
        #expect(throws: SystemError.self) { _ = try PseudoTerminal(link: scratch.file("tty")) }
        #expect(try Data(contentsOf: URL(filePath: scratch.file("tty"))) == Data("mine".utf8))
    }
}
