import NIOCore

/// Reads any bytes as the frames of a profile, in one read and in many, and what a profile's indicator shows as those of all others.
enum IndicatorTarget {
    static func run(_ input: FuzzInput, _ framing: Framing) throws(Finding) {
        var input = input
        let profile = input.choice(of: FuzzProfiles.of(framing))
        let cuts = Cuts(input.byte())
        let display = drawnDisplay(&input)
        let stream = Array(input.rest)
        try read(stream, cuts, profile)
        try show(display, behind: stream, cuts, profile)
    }

    // MARK: Any bytes

    private static func read(_ stream: [UInt8], _ cuts: Cuts, _ profile: IndicatorProfile) throws(Finding) {
        let whole = try readings(of: [stream], profile)
        let pieces = try readings(of: cuts.pieces(of: stream).map { Array($0.readableBytesView) }, profile)
        try demandEqual(pieces.readings, whole.readings, "cut into pieces")
        try demandEqual(pieces.counters, whole.counters, "counted in pieces")
        if profile.masksParity {
            let marked = try readings(of: [stream.map { $0 | 0x80 }], profile)
            try demandEqual(marked.readings.map(\.unmarked), whole.readings.map(\.unmarked), "with bit 7 set")
        }
        let counters = whole.counters
        try demandEqual(counters.byteCount, stream.count, "bytes")
        try demandEqual(counters.readingCount, whole.readings.filter(\.ok).count, "readings")
        try demandEqual(counters.refusedCount, whole.readings.count { !$0.ok }, "refusals")
        let taken = whole.readings.filter(\.ok).reduce(0) { $0 + $1.raw.count }
        try demand(taken + counters.noiseByteCount <= stream.count, "more was taken than came: \(taken), \(counters)")
        for reading in whole.readings { try check(reading, profile) }
    }

    private static func readings(
        of pieces: [[UInt8]], _ profile: IndicatorProfile
    ) throws(Finding) -> (readings: [Reading], counters: IndicatorDecoder.Counters) {
        var decoder = IndicatorDecoder(profile: profile)
        var readings: [Reading] = []
        for (number, piece) in pieces.enumerated() {
            readings += decoder.feed(piece)
            // Looked at now and then: a mirror is slow.
            if number & 0xFF == 0 { try checkKept(decoder, profile.byteCountKeptMax) }
        }
        readings += decoder.finish()
        try checkKept(decoder, 0)
        return (readings, decoder.counters)
    }

    /// What stays behind in the buffer when everything that can be said was said.
    private static func checkKept(_ decoder: IndicatorDecoder, _ most: Int) throws(Finding) {
        let framer = Mirror(reflecting: decoder).descendant("framer").map { Mirror(reflecting: $0) }
        guard let buffer = framer?.descendant("buffer") as? [UInt8], let head = framer?.descendant("head") as? Int
        else {
            throw Finding("the framer's buffer is not where it was")
        }
        try demand(buffer.count - head <= most, "\(buffer.count - head) bytes are kept, of at most \(most)")
    }

    /// A value only where there is one, and the grams that it says.
    private static func check(_ reading: Reading, _ profile: IndicatorProfile) throws(Finding) {
        try demand(reading.raw.count <= profile.byteCountKeptMax, "a frame of \(reading.raw.count) bytes")
        guard reading.ok else {
            let empty = Reading.refused(reading.reason ?? .length, raw: reading.raw)
            return try demandEqual(reading, empty, "a refusal says more than its reason")
        }
        try demand(!reading.raw.isEmpty, "a reading of nothing")
        guard let value = reading.value else {
            try demand(reading.overload || reading.underload, "no value, and not out of range: \(reading)")
            return try demand(reading.grams == nil, "grams without a value: \(reading)")
        }
        try demand(!reading.overload && !reading.underload, "a value out of range: \(reading)")
        try demand(!(reading.hold && reading.stable == true), "held and stable: \(reading)")
        try demandEqual(reading.grams == nil, reading.unit == nil, "grams without a unit, or none with one")
        guard let grams = reading.grams, let unit = reading.unit else { return }
        // By another arithmetic: a double has 15 digits, a weight of an indicator has 8.
        let exact = Double(value.mantissa) * unit.gramsAsDouble / tenTo(value.scale)
        try demand(
            (exact - Double(grams)).magnitude <= 0.5 + exact.magnitude * 1e-14, "\(value) \(unit) are not \(grams) g")
        // Nothing is shown that was not in the frame.
        let digits = value.mantissa.magnitude.description
        let shown = String(decoding: reading.raw.filter { (0x30...0x39).contains($0) }, as: UTF8.self)
        try demand(shown.contains(digits) || !profile.showsDigitsAsTheyStand, "\(value) is not in \(shown)")
    }

    private static func tenTo(_ exponent: Int) -> Double { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    // MARK: What an indicator shows

    /// Its own profile reads it as it is, whatever came before; no other reads anything.
    private static func show(
        _ display: IndicatorEncoder.Display, behind noise: [UInt8], _ cuts: Cuts, _ profile: IndicatorProfile
    ) throws(Finding) {
        let encoder = IndicatorEncoder(profile: profile)
        guard let frame = encoder.encode(display) else { return }
        let pieces = cuts.pieces(of: frame).map { Array($0.readableBytesView) }
        let alone = try readings(of: pieces, profile).readings
        guard display.status != .error else {
            return try demandEqual(alone.map(\.reason), [.deviceError], "\(profile.id): \(frame)")
        }
        try demand(alone.count == 1 && alone[0].ok, "\(profile.id) does not read \(frame): \(alone)")
        try check(alone[0], profile)
        let isOut = display.status == .over || display.status == .under
        try demandEqual(alone[0].value?.mantissa, isOut ? nil : display.value.mantissa, "\(profile.id): \(frame)")
        try damage(frame, display, profile)
        // Behind any noise, too: a frame is never lost to what stands before it, but for a number to digits right before it.
        let isPartOfNumber =
            profile.beginsWithNumber
            && noise.last.map { ExactDecimal.isWeightText($0 & 0x7F) || $0 & 0x7F == 2 } ?? false
        let behind = try readings(of: isPartOfNumber ? [noise, frame, frame] : [noise, frame], profile).readings
        try demandEqual(
            behind.last.map { profile.comparable($0) }, profile.comparable(alone[0]),
            "\(profile.id) behind noise: \(frame)")
        for other in FuzzProfiles.all where other.id != profile.id && !FuzzProfiles.areAlike(other, profile) {
            let misread = try readings(of: [frame, frame], other).readings.filter(\.ok)
            try demand(misread.isEmpty, "\(other.id) reads \(misread) in frames of \(profile.id): \(frame)")
        }
    }
}

extension IndicatorTarget {
    /// With a check value no bit can turn without being seen.
    private static func damage(
        _ frame: [UInt8], _ display: IndicatorEncoder.Display, _ profile: IndicatorProfile
    ) throws(Finding) {
        guard profile.shapes.allSatisfy(\.isChecked) else { return }
        let bit = Int(display.value.mantissa.magnitude) % (8 * frame.count)
        var damaged = frame
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        guard damaged.map({ profile.masksParity ? $0 & 0x7F : $0 }) != frame else { return }
        let wrong = try readings(of: [damaged], profile).readings.filter(\.ok)
        try demand(wrong.isEmpty, "\(profile.id) reads \(wrong) in \(damaged), which was \(frame)")
    }
}

extension IndicatorProfile {
    /// Where a device may stand in front of a frame, or may not, digits of the noise are one.
    fileprivate func comparable(_ reading: Reading) -> Reading {
        var reading = reading
        for case .data(let data)? in shapes.map(\.parts.first) where data.fields.contains(where: { $0.fact == .device })
        {
            (reading.device, reading.raw) = (nil, [])
        }
        return reading
    }

    fileprivate var beginsWithNumber: Bool { shapes.contains(where: \.beginsWithNumber) }

    /// Neither multiplied nor backwards.
    fileprivate var showsDigitsAsTheyStand: Bool {
        let data = shapes.flatMap(\.parts).compactMap(\.data)
        let multiplies = data.flatMap(\.fields).contains { field in
            if case .decimals(let table) = field.fact { table.entries.contains { $0.meaning ?? 0 < 0 } } else { false }
        }
        return !multiplies && !data.contains(where: \.isReversed) && defaults.decimals ?? 0 >= 0
    }

    /// A frame of which what opens the next one has to tell where it ends, or the line of an answer.
    fileprivate var byteCountKeptMax: Int {
        let opening = shapes.compactMap(\.opening?.count).max() ?? 1
        return max(frameByteCountMax + opening - 1, replies.map(\.text.count).max() ?? 0)
    }
}

extension Reading {
    /// Without parity bits.
    fileprivate var unmarked: Reading {
        var reading = self
        reading.raw = raw.map { $0 & 0x7F }
        return reading
    }
}

extension WeightUnit {
    fileprivate var gramsAsDouble: Double {
        switch self {
        case .gram: 1
        case .kilogram: 1000
        case .tonne: 1_000_000
        case .pound: 453.592_37
        }
    }
}

/// What a display shows, drawn from an input.
private func drawnDisplay(_ input: inout FuzzInput) -> IndicatorEncoder.Display {
    let digits = input.take(4).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    let choices = input.byte()
    return IndicatorEncoder.Display(
        value: ExactDecimal(
            mantissa: (digits % 100_000_000) * (choices & 1 == 0 ? 1 : -1), scale: Int(choices >> 1) % 4),
        unit: [.kilogram, .tonne][Int(choices >> 3) & 1],
        status: input.choice(of: [.stable, .motion, .hold, .over, .under, .error]),
        mode: [.gross, .net, .tare][Int(choices >> 4) % 3], device: Int(choices >> 5))
}
