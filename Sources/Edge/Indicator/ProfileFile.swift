/// Reads a profile's JSON and checks it whole: a profile that was read can work.
///
/// docs/indicators.md describes the keys.
enum ProfileFile {
    private typealias Fault = JSONPlace.Fault

    /// - Parameter source: names the file in an error.
    static func read(_ text: some Sequence<UInt8>, source: String) throws(ProfileError) -> IndicatorProfile {
        do {
            return try profile(JSONPlace(node: try LocatedJSON(parsing: text), path: ""))
        } catch {
            throw ProfileError(profile: source, problem: "\(error)")
        }
    }

    private static func profile(_ place: JSONPlace) throws(Fault) -> IndicatorProfile {
        let file = try place.object([
            "id", "title", "line", "poll", "mask7", "frames", "replies", "maps", "common", "stability",
        ])
        let masksParity = try file["mask7"]?.flag() ?? false
        let defaults = try defaults(file["common"])
        let tables = try ProfileTables(file["maps"])
        let frames = ProfileFrames(
            tables: tables, masksParity: masksParity, hasDeviceBase: defaults.deviceBase != nil)
        let shapes = try frames.read(file.required("frames"))
        try tables.refuseLongTexts(shapes)
        return IndicatorProfile(
            id: try file.required("id").text(), title: try file.required("title").text(),
            line: try line(file.required("line")), poll: try file["poll"].map(poll),
            masksParity: masksParity, shapes: shapes, replies: try replies(file["replies"]), defaults: defaults,
            stability: try stability(file["stability"], shapes))
    }

    private static func line(_ place: JSONPlace) throws(Fault) -> IndicatorProfile.Line {
        let line = try place.object(["baud", "settings"])
        let settings = try line.required("settings")
        guard let read = SerialSettings(try settings.text()) else {
            throw settings.fault("is no setting of a line; \(SerialSettings.expected)")
        }
        return IndicatorProfile.Line(baud: try line.required("baud").number(in: 50...4_000_000), settings: read)
    }

    private static func poll(_ place: JSONPlace) throws(Fault) -> IndicatorProfile.Poll {
        let poll = try place.object(["command", "intervalMillis", "always"])
        let command = try poll.required("command")
        _ = try command.bytes()
        return IndicatorProfile.Poll(
            command: try command.text(),
            interval: .milliseconds(try poll["intervalMillis"]?.number(in: 20...60_000) ?? 200),
            isNeeded: try poll["always"]?.flag() ?? false)
    }

    private static func replies(_ place: JSONPlace?) throws(Fault) -> [IndicatorProfile.Reply] {
        var replies: [IndicatorProfile.Reply] = []
        for (key, meaning) in try place?.members() ?? [] {
            let bytes = key.frameBytes
            guard (1...ProfileFrames.byteCountMax).contains(bytes.count),
                key.unicodeScalars.allSatisfy({ $0.value <= 0xFF })
            else {
                throw meaning.fault(
                    "is named by a text of 1…\(ProfileFrames.byteCountMax) characters that are one byte each")
            }
            replies.append(IndicatorProfile.Reply(text: bytes, reason: try meaning.word(RefusalReason.self)))
        }
        return replies.sorted { $0.text.count > $1.text.count }
    }

    /// One reading is believed only where a check value has seen it.
    private static func stability(
        _ place: JSONPlace?, _ shapes: [FrameShape]
    ) throws(Fault) -> IndicatorProfile.Stability {
        let stability = try place?.object(["readings", "millis", "agreeing"])
        let isChecked = shapes.allSatisfy(\.isChecked)
        return IndicatorProfile.Stability(
            readings: try stability?["readings"]?.number(in: 2...100) ?? 5,
            span: .milliseconds(try stability?["millis"]?.number(in: 0...60_000) ?? 1_000),
            agreeing: try stability?["agreeing"]?.number(in: 1...100) ?? (isChecked ? 1 : 2))
    }

    private static func defaults(_ place: JSONPlace?) throws(Fault) -> IndicatorProfile.Defaults {
        var defaults = IndicatorProfile.Defaults()
        guard let place else { return defaults }
        let common = try place.object(["defaultUnit", "impliedDecimals", "deviceBase", "padding", "writesPlus"])
        defaults.unit = try common["defaultUnit"]?.word(WeightUnit.self)
        defaults.decimals = try common["impliedDecimals"]?.number(in: -9...9)
        defaults.deviceBase = try common["deviceBase"]?.number(in: 0...255)
        if let padding = common["padding"] { defaults.padding = try padding.byte() }
        defaults.writesPlus = try common["writesPlus"]?.flag() ?? false
        return defaults
    }
}
