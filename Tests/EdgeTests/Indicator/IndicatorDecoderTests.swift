import Testing

@testable import Edge

@Suite struct IndicatorDecoderTests {
    @Test("1.1 each vector decodes as stated", arguments: Vector.all)
    func vector(_ vector: Vector) throws {
        let readings = try vector.decode([vector.bytes])
        #expect(readings.count == 1)
        #expect(readings.flatMap(vector.differences) == [])
    }

    @Test("a frame cut into two reads at any point says the same", arguments: Vector.all)
    func splits(_ vector: Vector) throws {
        for split in 0...vector.bytes.count {
            let readings = try vector.decode([Array(vector.bytes[..<split]), Array(vector.bytes[split...])])
            #expect(readings.map(vector.differences) == [[]], "split at \(split)")
        }
    }

    @Test("a frame that comes byte by byte says the same", arguments: Vector.all)
    func bytewise(_ vector: Vector) throws {
        #expect(try vector.decode(vector.bytes.map { [$0] }).map(vector.differences) == [[]])
    }

    @Test("two frames in one read are two readings", arguments: Vector.good)
    func twoInOneRead(_ vector: Vector) throws {
        #expect(try vector.decode([vector.bytes + vector.bytes]).map(vector.differences) == [[], []])
    }

    @Test("garbage before a frame costs the garbage only", arguments: Vector.good)
    func garbageBefore(_ vector: Vector) throws {
        let garbage: [[UInt8]] = [
            [0x00, 0xFF], [0x0D, 0x0A], Array("kg\r\n".utf8), [0x02], [0x03, 0x02, 0x2C], Array("STX".utf8),
            Array("ST,GS,".utf8),
            Array("STX,GW,000".utf8), Array(vector.bytes.dropFirst(3)), vector.bytes.dropLast(1),
        ]
        for prefix in garbage {
            // Two digits right before are the number of the indicator; half a check value is a wrong one.
            if vector.profile == "dini", prefix.last == UInt8(ascii: "0") { continue }
            // Nothing but a number: digits right before are of it.
            if vector.profile == "cas10", prefix.last == UInt8(ascii: "0") { continue }
            // A sign behind a start mark or a digit begins somebody else's frame.
            if vector.profile == "rin5", prefix.last == 0x02 || prefix.last == UInt8(ascii: "0") { continue }
            if vector.id == "sewha-06", prefix.count == vector.bytes.count - 1 { continue }
            // Without its check value a frame is one, too.
            let before = try vector.decode([prefix]).count { $0.ok }
            let readings = try vector.decode([prefix, vector.bytes]).filter(\.ok)
            #expect(readings.last.map(vector.differences) == [], "after \(prefix.hex)")
            #expect(readings.count == before + 1, "after \(prefix.hex)")
        }
    }

    @Test("parity bits at random change nothing where a profile takes them off")
    func parityNoise() throws {
        var generator = SplitMix64(seed: 7)
        let masked = try Vector.all.filter { try ProfileCatalogue.builtIn.profile($0.profile).masksParity }
        #expect(masked.count > 8)
        for vector in masked {
            for _ in 0..<20 {
                let noisy = vector.bytes.map { Bool.random(using: &generator) ? $0 | 0x80 : $0 & 0x7F }
                let found = try vector.decode([noisy]).map(vector.differences)
                #expect(found.count == 1 && found[0].allSatisfy { $0.hasPrefix("raw") }, "\(vector): \(found)")
            }
        }
    }

    @Test("4 KiB of noise before a frame hides nothing and invents nothing", arguments: Vector.good)
    func noise(_ vector: Vector) throws {
        var generator = SplitMix64(seed: 7)
        for _ in 0..<2 {
            let noise = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let readings = try vector.decode([noise, vector.bytes]).filter(\.ok)
            #expect(readings.map(vector.differences) == [[]])
        }
    }

    @Test("a refused frame is reported once, and the good one inside its tail is found", arguments: Vector.refused)
    func tailScannedAgain(_ vector: Vector) throws {
        let good = try #require(Vector.good.first { $0.profile == vector.profile })
        let readings = try vector.decode([vector.bytes + good.bytes])
        #expect(readings.map(\.ok) == [false, true])
        #expect(readings.last.map(good.differences) == [])
    }

    /// Profiles of which one takes the other's frames: the same layout, or a part of it.
    private static let alike: Set<Set<String>> = [["and18", "andvar"]]

    @Test(
        "1.1 a profile fed with another maker's frames gives no reading at all",
        arguments: Set(Vector.all.map(\.profile)).sorted())
    func foreign(_ id: String) throws {
        for vector in Vector.good where vector.profile != id && !Self.alike.contains([vector.profile, id]) {
            var decoder = IndicatorDecoder(profile: try ProfileCatalogue.builtIn.profile(id))
            let stream = vector.bytes + vector.bytes + vector.bytes
            let readings = decoder.feed(stream) + decoder.finish()
            #expect(readings.filter(\.ok) == [], "\(vector)")
        }
    }

    @Test("no frame that lost one byte gives a weight", arguments: Vector.good)
    func lostByte(_ vector: Vector) throws {
        // Where a number or a unit may be of any length, one without a character is another; what may be there may be missing.
        let exempt = ["toledo-02", "toledo-two", "sewha-06", "dini-address"]
        guard !["andvar", "mtsics"].contains(vector.profile), !exempt.contains(vector.id) else { return }
        for lost in vector.bytes.indices where !vector.overload && !vector.underload {
            var bytes = vector.bytes
            bytes.remove(at: lost)
            #expect(try vector.decode([bytes]).filter(\.ok) == [], "without byte \(lost)")
        }
    }

    @Test("a frame that is nothing but a number is not the end of a longer one")
    func longerNumber() throws {
        func readings(_ text: String) throws -> [String?] {
            var decoder = IndicatorDecoder(profile: try ProfileCatalogue.builtIn.profile("cas10"))
            return (decoder.feed(Array(text.utf8)) + decoder.finish()).filter(\.ok).map(\.value?.description)
        }
        #expect(try readings("00012500\r\n00014980\r\n") == ["12500", "14980"])
        #expect(try readings("1.00012500\r\n00014980\r\n") == ["14980"])
        #expect(try readings("012288000000\r\n00014980\r\n") == ["14980"])
        #expect(try readings("x00012500\r\n") == ["12500"])
    }

    @Test("a number at a frame's end is not the beginning of a longer one")
    func numberThatGoesOn() throws {
        func readings(_ text: String) throws -> [String?] {
            var decoder = IndicatorDecoder(profile: try ProfileCatalogue.builtIn.profile("xkrev"))
            return (decoder.feed(Array(text.utf8)) + decoder.finish()).filter(\.ok).map(\.value?.description)
        }
        #expect(try readings("=00521000=00521000") == ["12500", "12500"])
        #expect(try readings("=000521000=00521000") == ["12500"])
        #expect(try readings("=00521000123") == [])
    }

    @Test("the decoder keeps at most one frame however much noise comes")
    func bounded() throws {
        var decoder = IndicatorDecoder(profile: try ProfileCatalogue.builtIn.profile("seedA"))
        for _ in 0..<100 { _ = decoder.feed([UInt8](repeating: UInt8(ascii: "A"), count: 1000)) }
        #expect(decoder.counters.noiseByteCount == 100_000)
        #expect(decoder.counters.byteCount == 100_000)
    }
}
