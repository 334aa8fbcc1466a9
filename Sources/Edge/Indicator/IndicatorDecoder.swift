/// Bytes of an indicator in, readings out, by the tables of a profile. No I/O and no clock.
///
/// Feed reads of any size; call `finish` when the line closes or falls silent, so that half a frame is not glued to
/// bytes that come much later. Bytes outside frames are only counted.
package struct IndicatorDecoder: Sendable {
    package struct Counters: Equatable, Sendable {
        package var byteCount = 0
        package var readingCount = 0
        package var refusedCount = 0
        package var noiseByteCount = 0
    }

    package let profile: IndicatorProfile
    package private(set) var counters = Counters()
    private var framer: Framer
    private let fields: FieldReader

    /// - Parameter profile: one that was checked when it was read.
    package init(profile: IndicatorProfile) {
        self.profile = profile
        framer = Framer(profile: profile)
        fields = FieldReader(profile: profile)
    }

    package mutating func feed(_ bytes: some Collection<UInt8>) -> [Reading] {
        counters.byteCount += bytes.count
        framer.append(bytes)
        return drain(ended: false)
    }

    package mutating func finish() -> [Reading] {
        defer { framer.settle() }
        return drain(ended: true)
    }

    private mutating func drain(ended: Bool) -> [Reading] {
        var readings: [Reading] = []
        while let (find, count, reported) = framer.next(ended: ended) {
            let reading = judge(find, count)
            if reading.ok {
                counters.readingCount += 1
                readings.append(reading)
            } else if !reported {
                counters.refusedCount += 1
                readings.append(reading)
            }
        }
        counters.noiseByteCount = framer.noiseByteCount
        return readings
    }

    private mutating func judge(_ find: Framer.Find, _ count: Int) -> Reading {
        let bytes = framer.bytes(count)
        switch find {
        case .frame(let match):
            let reading = fields.read(bytes.masked, match, raw: bytes.raw)
            if reading.ok { framer.take(count) } else { framer.refuse(count) }
            return reading
        case .cut(let reason):
            framer.refuse(count)
            return .refused(reason, raw: bytes.raw)
        case .reply(let reason):
            framer.take(count)
            return .refused(reason, raw: bytes.raw)
        }
    }
}
