/// Reads a profile's JSON and checks it whole: a profile that was read can work.
///
/// docs/indicators.md describes the keys.
enum ProfileFile {
    private typealias Fault = JSONPlace.Fault

    static let frameByteCountMax = 128
    private static let shapeCountMax = 16

    /// - Parameter source: names the file in an error.
    static func read(_ text: some Sequence<UInt8>, source: String) throws(ProfileError) -> IndicatorProfile {
        do {
            return try profile(JSONPlace(node: try LocatedJSON(parsing: text), path: ""))
        } catch {
            throw ProfileError(profile: source, problem: "\(error)")
        }
    }

    private static func profile(_ place: JSONPlace) throws(Fault) -> IndicatorProfile {
        let file = try place.object(["id", "title", "line", "poll", "mask7", "frames", "replies", "maps", "common"])
        let tables = try ProfileTables(file["maps"])
        let frames = try file.required("frames")
        let shapes = try shapes(frames, tables)
        guard shapes.contains(where: { $0.says(.weight) }) else {
            throw frames.fault("have no \"weight\"; one is needed")
        }
        return IndicatorProfile(
            id: try file.required("id").text(), title: try file.required("title").text(),
            line: try line(file.required("line")), poll: try file["poll"].map(poll),
            masksParity: try file["mask7"]?.flag() ?? false, shapes: shapes, replies: try replies(file["replies"]),
            defaults: try defaults(file["common"]))
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
            guard (1...frameByteCountMax).contains(bytes.count), key.unicodeScalars.allSatisfy({ $0.value <= 0xFF })
            else {
                throw meaning.fault("is named by a text of 1…\(frameByteCountMax) characters that are one byte each")
            }
            replies.append(IndicatorProfile.Reply(text: bytes, reason: try meaning.word(RefusalReason.self)))
        }
        return replies.sorted { $0.text.count > $1.text.count }
    }

    private static func defaults(_ place: JSONPlace?) throws(Fault) -> IndicatorProfile.Defaults {
        var defaults = IndicatorProfile.Defaults()
        guard let place else { return defaults }
        let common = try place.object(["defaultUnit", "impliedDecimals", "deviceBase", "padding", "writesPlus"])
        defaults.unit = try common["defaultUnit"]?.word(WeightUnit.self)
        defaults.decimals = try common["impliedDecimals"]?.number(in: -9...9)
        defaults.deviceBase = try common["deviceBase"]?.number(in: 0...255)
        if let padding = common["padding"] { defaults.padding = try byte(padding) }
        defaults.writesPlus = try common["writesPlus"]?.flag() ?? false
        return defaults
    }

    // MARK: Frames

    private static func shapes(_ place: JSONPlace, _ tables: ProfileTables) throws(Fault) -> [FrameShape] {
        let frames = try place.list()
        guard (1...shapeCountMax).contains(frames.count) else {
            throw place.fault("has \(frames.count) frames, expected 1…\(shapeCountMax)")
        }
        var shapes: [FrameShape] = []
        for frame in frames { shapes.append(try shape(frame, tables)) }
        return shapes
    }

    private static func shape(_ place: JSONPlace, _ tables: ProfileTables) throws(Fault) -> FrameShape {
        var parts: [ShapePart] = []
        for part in try place.list() {
            if part.isText {
                parts.append(.constant(try part.bytes()))
            } else if try part.members().contains(where: { $0.key == "check" }) {
                let before = parts.reduce(0) { $0 + $1.byteCountMin }
                parts.append(.check(try checksum(part, before: before)))
            } else {
                parts.append(.data(try data(part, tables)))
            }
        }
        let shape = FrameShape(parts: parts)
        guard (1...frameByteCountMax).contains(shape.byteCountMax), shape.byteCountMin > 0 else {
            throw place.fault("has up to \(shape.byteCountMax) bytes, expected 1…\(frameByteCountMax)")
        }
        for (index, part) in parts.enumerated() {
            guard let data = part.data, data.isVariable, data.isWeight else { continue }
            // It may be the beginning of a longer number.
            guard parts.dropFirst(index + 1).first?.data?.says(.unit) == true else {
                throw place.fault("has a weight of any length that no unit follows")
            }
        }
        // Without them anything would be a frame.
        guard parts.contains(where: { if case .constant = $0 { true } else { false } }) else {
            throw place.fault("has no constant text, by which it could be found")
        }
        return shape
    }

    /// - Parameter before: bytes that stand before it, at least.
    private static func checksum(_ place: JSONPlace, before: Int) throws(Fault) -> Checksum {
        let check = try place.object(["check", "format", "from"])
        guard before > 0 else { throw place.fault("stands first; it is of the bytes before it") }
        return Checksum(
            kind: try check.required("check").word(Checksum.Kind.self),
            format: try check["format"]?.word(Checksum.Format.self) ?? .byte,
            from: try check["from"]?.number(in: 0...before - 1) ?? 0)
    }

    private static func data(_ place: JSONPlace, _ tables: ProfileTables) throws(Fault) -> ShapeData {
        let part = try place.object(["field", "fields", "map", "length", "reversed", "fill"])
        let length = try length(part.required("length"))
        var fields: [ShapeData.Field] = []
        if let field = part["field"] {
            guard part["fields"] == nil else { throw place.fault("has \"field\" and \"fields\"; expected one of them") }
            fields.append(ShapeData.Field(fact: try tables.fact(field, part["map"], isBits: false), bits: nil))
        } else if let map = part["map"] {
            throw map.fault("belongs to a \"field\"")
        }
        for entry in try part["fields"]?.list() ?? [] {
            let field = try entry.object(["name", "map", "bits"])
            let bits = try field["bits"].map(bits)
            if bits != nil, length != 1...1 { throw entry.fault("has \"bits\", and \"length\" is not 1") }
            fields.append(
                ShapeData.Field(
                    fact: try tables.fact(field.required("name"), field["map"], isBits: bits != nil), bits: bits))
        }
        guard length.lowerBound == length.upperBound || !fields.isEmpty else {
            throw place.fault("has a length that varies, and no field")
        }
        return ShapeData(
            length: length, fields: fields, isReversed: try part["reversed"]?.flag() ?? false,
            fill: try part["fill"].map(byte) ?? (fields.contains { $0.bits != nil } ? 0 : UInt8(ascii: " ")))
    }

    /// A number of bytes, or `[least, most]`.
    private static func length(_ place: JSONPlace) throws(Fault) -> ClosedRange<Int> {
        guard place.isList else {
            let count = try place.number(in: 1...frameByteCountMax)
            return count...count
        }
        let ends = try place.list()
        guard ends.count == 2 else { throw place.fault("has \(ends.count) numbers, expected the least and the most") }
        let least = try ends[0].number(in: 1...frameByteCountMax)
        return least...(try ends[1].number(in: least...frameByteCountMax))
    }

    /// `[lowest, count]`, the lowest bit of a byte is 0.
    private static func bits(_ place: JSONPlace) throws(Fault) -> Range<Int> {
        let ends = try place.list()
        guard ends.count == 2 else {
            throw place.fault("has \(ends.count) numbers, expected the lowest bit and how many")
        }
        let lowest = try ends[0].number(in: 0...7)
        return lowest..<lowest + (try ends[1].number(in: 1...8 - lowest))
    }

    /// A number, or one character.
    private static func byte(_ place: JSONPlace) throws(Fault) -> UInt8 {
        guard place.isText else { return UInt8(try place.number(in: 0...255)) }
        let bytes = try place.bytes()
        guard bytes.count == 1 else { throw place.fault("has \(bytes.count) characters, expected one") }
        return bytes[0]
    }
}
