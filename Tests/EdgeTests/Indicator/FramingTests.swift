import Testing

@testable import Edge

@Suite struct FramingTests {
    // MARK: Reads

    /// Opens with two bytes; a tail may follow, of any bytes.
    private static func tailed(_ byteCount: Int) throws -> IndicatorProfile {
        let frame = #""AB",{"field":"weight","length":2},"\r""#
        let json = #"""
            {"id":"tailed","title":"tailed","line":{"baud":9600,"settings":"8N1"},
             "frames":[[\#(frame)],[\#(frame),{"length":\#(byteCount)}]],"common":{"defaultUnit":"kg"}}
            """#
        return try ProfileFile.read(json.utf8, source: "test")
    }

    @Test(
        "where a frame ends does not depend on the reads, with an opening of two bytes and a tail that may look like one",
        arguments: [
            (1, ["AB12\r", "AB34\r"]), (1, ["AB12\rA", "AB34\r"]), (1, ["AB12\rA", "AB34\rB"]),
            (2, ["AB12\r", "AB34\r"]), (2, ["AB12\rAB", "AB34\r"]), (2, ["AB12\rxA", "AB34\rAA"]),
            (3, ["AB12\r", "AB34\r"]), (3, ["AB12\rAB3", "AB34\r"]), (3, ["AB12\rABA", "AB34\r"]),
            (3, ["AB12\rxAB", "AB34\rAxB"]),
        ])
    func tails(_ byteCount: Int, _ frames: [String]) throws {
        let profile = try Self.tailed(byteCount)
        let stream = Array(frames.joined().utf8)
        for pieces in stream.cutTwice + [stream.map { [$0] }] {
            let readings = profile.readings(of: pieces)
            #expect(readings.map { String(decoding: $0.raw, as: UTF8.self) } == frames, "\(pieces)")
            #expect(readings.map(\.grams) == [12_000, 34_000])
        }
    }

    @Test("no stream is read in another way when it comes byte by byte", arguments: 1...3)
    func anyStream(_ byteCount: Int) throws {
        let profile = try Self.tailed(byteCount)
        var generator = SplitMix64(seed: 11)
        for _ in 0..<500 {
            let stream = (0..<12).flatMap { _ in
                Array((["AB12\r", "AB", "A", "B", "12\r", "1"].randomElement(using: &generator) ?? "").utf8)
            }
            let whole = profile.readings(of: [stream])
            #expect(profile.readings(of: stream.map { [$0] }) == whole, "\(String(decoding: stream, as: UTF8.self))")
        }
    }

    @Test(
        "two frames in three reads, cut anywhere, are the same two readings",
        arguments: Vector.shipped.filter { $0.reason == nil })
    func threeReads(_ vector: Vector) throws {
        let profile = try ProfileCatalogue.builtIn.profile(vector.profile)
        for pieces in (vector.bytes + vector.bytes).cutTwice {
            let differences = profile.readings(of: pieces).map(vector.differences)
            guard differences != [[], []] else { continue }
            Issue.record("\(differences) of \(pieces.map(\.hex))")
        }
    }

    // MARK: Bounds

    /// What the framer has not done with.
    private static func keptByteCount(_ decoder: IndicatorDecoder) throws -> Int {
        let framer = Mirror(reflecting: try #require(Mirror(reflecting: decoder).descendant("framer")))
        let buffer = try #require(framer.descendant("buffer") as? [UInt8])
        return buffer.count - (try #require(framer.descendant("head") as? Int))
    }

    /// A frame that is begun again and again, each time one byte further, and numbers behind it that never end.
    private static func hostile(_ profile: IndicatorProfile, byteCount: Int) throws -> [UInt8] {
        let display = IndicatorEncoder.Display(value: ExactDecimal(mantissa: 12_500), status: .stable)
        let frame = try #require(IndicatorEncoder(profile: profile).encode(display))
        let digits = [UInt8](repeating: UInt8(ascii: "1"), count: 150)
        let round = frame.indices.flatMap { Array(frame[...$0]) + frame[...$0] + (frame[...$0] + digits) }
        return Array(repeatElement(round, count: byteCount / round.count + 1).joined().prefix(byteCount))
    }

    @Test("whatever comes, no more than the longest frame or answer is kept", arguments: BuiltInProfile.ids)
    func bounded(_ id: String) throws {
        let profile = try ProfileCatalogue.builtIn.profile(id)
        let most = max(profile.frameByteCountMax, profile.replies.map(\.text.count).max() ?? 0)
        let stream = try Self.hostile(profile, byteCount: 1 << 15)
        var decoder = IndicatorDecoder(profile: profile)
        var (rest, length, kept) = (stream[...], 1, 0)
        while !rest.isEmpty {
            _ = decoder.feed(rest.prefix(length))
            rest = rest.dropFirst(length)
            length = length % 499 + 1
            kept = max(kept, try Self.keptByteCount(decoder))
        }
        #expect((1...most).contains(kept))
    }

    // MARK: Answers

    @Test("an answer is recognised at the start, behind a frame, and at the beginning of a line")
    func answers() throws {
        let profile = try ProfileCatalogue.builtIn.profile("and18")
        func reasons(_ text: String) -> [RefusalReason?] { profile.readings(of: [Array(text.utf8)]).map(\.reason) }
        #expect(reasons("?\r\n") == [.deviceError])
        #expect(reasons("xyz\r\n?\r\n") == [.deviceError])
        #expect(reasons("xyz\r?\r\n") == [.deviceError])
        #expect(reasons("ST,GS,+0012500kg\r\n?\r\n") == [nil, .deviceError])
        #expect(reasons("ST,GS,+0012500kg\r\n\r\n?\r\n") == [nil, .deviceError])
        #expect(reasons("ST,GS,+00125x0kg\r\nI\r\n?\r\n") == [.weight, .deviceError, .deviceError])
        #expect(reasons("xyz?\r\n") == [])
    }
}

extension IndicatorProfile {
    /// What a decoder says when the bytes come in these pieces and the line then falls silent.
    fileprivate func readings(of pieces: [[UInt8]]) -> [Reading] {
        var decoder = IndicatorDecoder(profile: self)
        return pieces.flatMap { decoder.feed($0) } + decoder.finish()
    }
}

extension BuiltInProfile {
    fileprivate static let ids = ProfileCatalogue.builtIn.profiles.map(\.id)
}

extension [UInt8] {
    /// In three pieces, of which some may be empty, in every way.
    fileprivate var cutTwice: [[[UInt8]]] {
        (0...count).flatMap { first in
            (first...count).map { [Array(self[..<first]), Array(self[first..<$0]), Array(self[$0...])] }
        }
    }
}
