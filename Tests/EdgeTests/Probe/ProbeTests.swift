import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Edge

@Suite(.serialized) struct ProbeTests {
    private static let profiles = ProfileCatalogue.builtIn.profiles

    @Test("of all profiles the one whose frames these are comes first", arguments: Vector.good)
    func ranking(_ vector: Vector) {
        let stream = Array([vector.bytes, vector.bytes, vector.bytes, vector.bytes].joined())
        let fits = ProfileFit.ranked(Self.profiles, stream)
        let best = fits.prefix { $0.share == fits[0].share && $0.refusals.isEmpty }
        #expect(best.contains { $0.profile == vector.profile }, "\(vector): \(fits.map(\.profile))")
        #expect(fits[0].share > 0.8)
    }

    private static func finding(_ bytes: [UInt8], failure: String? = nil) throws -> LineFinding {
        let line = try #require(LineAddress(network: "tcp://127.0.0.1:4001"))
        return LineFinding(line, bytes: bytes, seconds: 2, failure: failure, profiles: profiles)
    }

    @Test("what was heard has one of five names")
    func states() throws {
        let good = try #require(Vector.shipped.first { $0.id == "and18-01" }).bytes
        let refused = try #require(Vector.shipped.first { $0.id == "cas22-13" }).bytes
        #expect(try Self.finding([], failure: "open: No such device").state == .unusable)
        #expect(try Self.finding([]).state == .noBytes)
        #expect(try Self.finding([0xF3, 0x80, 0xFF, 0x9E, 0x00]).state == .noFrames)
        #expect(try Self.finding(refused).state == .noReadings)
        #expect(try Self.finding(good).state == .streaming)
        // Once is no proof, nor is a frame among much else.
        #expect(try !Self.finding(good).isSure)
        #expect(try Self.finding(good + good + good).isSure)
        #expect(try !Self.finding(good + good + good + [UInt8](repeating: 0xF3, count: 100)).isSure)
        // A line that broke off later was usable.
        #expect(try Self.finding(good, failure: "closed").state == .streaming)
    }

    @Test("settings that profiles name are tried first, each once")
    func settings() throws {
        let all = LineProbe.settings(Self.profiles).map { "\($0.baud) \($0.settings)" }
        #expect(all.count == Set(all).count)
        #expect(all[0] == "9600 8N1")
        #expect(all.contains("2400 7E1") && all.contains("115200 8N1"))
        let own = try ProfileCatalogue.builtIn.profile("xk3190")
        #expect(LineProbe.settings([own]).first?.baud == 2_400)
    }

    /// Runs `body` while frames of a profile come out of a pseudo terminal: by themselves, or when they are asked for.
    private func withIndicator(
        _ id: String, device: Int = 1, _ body: (LineAddress) async throws -> LineFinding
    ) async throws -> LineFinding {
        let profile = try ProfileCatalogue.builtIn.profile(id)
        let terminal = try PseudoTerminal()
        let address = LineAddress.serial(
            path: terminal.path, baud: profile.line.baud, settings: profile.line.settings)
        let frame = try #require(
            IndicatorEncoder(profile: profile).encode(
                .init(value: ExactDecimal(mantissa: 12_500), status: .stable, device: device)))
        let player = Player(terminal)
        // On a thread of its own: other tests may keep all others busy.
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        thread.submit { _ in player.play(frame, profile.poll, device) }
        let outcome: Result<LineFinding, any Error>
        do { outcome = .success(try await body(address)) } catch { outcome = .failure(error) }
        player.isOver.store(true, ordering: .relaxed)
        try await thread.shutdownGracefully()
        return try outcome.get()
    }

    /// Sends a frame now and again, or when it is asked for.
    private final class Player: Sendable {
        let isOver = Atomic(false)
        private let terminal: Mutex<PseudoTerminal>

        init(_ terminal: consuming PseudoTerminal) { self.terminal = Mutex(terminal) }

        func play(_ frame: [UInt8], _ poll: IndicatorProfile.Poll?, _ device: Int) {
            var asked: [UInt8] = []
            while !isOver.load(ordering: .relaxed) {
                terminal.withLock { terminal in
                    asked += terminal.read()
                    guard poll?.asks(device: device, in: asked) ?? true else { return }
                    asked = []
                    terminal.write(frame)
                }
                // Fifty frames a second, as a fast indicator sends.
                usleep(20_000)
            }
        }
    }

    @Test("a line that speaks is recognised, with rate and weight", arguments: ["and18", "xkrev", "toledo"])
    func speaking(_ id: String) async throws {
        let group = EdgeLoop.start()
        let loop = group.next()
        let finding = try await withIndicator(id) { address in
            try await LineProbe(profiles: Self.profiles, time: .seconds(1), devices: [], loop: loop)
                .listen(address)
        }
        try await group.shutdownGracefully()
        #expect(finding.isSure)
        #expect(finding.fits.first?.profile == id)
        #expect(finding.fits.first?.example?.value == ExactDecimal(mantissa: 12_500))
        #expect(ProbeText.conclusion(finding).contains("\"profile\": \"\(id)\""))
    }

    @Test("one that has to be asked says nothing by itself, and answers to its number")
    func asked() async throws {
        let group = EdgeLoop.start()
        let loop = group.next()
        for (devices, state) in [([], .noBytes), ([8], .noBytes), ([8, 7], .streaming)] as [([Int], LineFinding.State)]
        {
            let finding = try await withIndicator("sewha", device: 7) { address in
                try await LineProbe(
                    profiles: [try ProfileCatalogue.builtIn.profile("sewha")], time: .milliseconds(100),
                    devices: devices, loop: loop
                ).listen(address)
            }
            #expect(finding.state == state, "\(devices)")
        }
        try await group.shutdownGracefully()
    }
}
