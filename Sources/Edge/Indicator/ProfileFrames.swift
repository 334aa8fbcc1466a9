/// Reads the frames of a profile's file: what each may look like, part by part.
struct ProfileFrames {
    private typealias Fault = JSONPlace.Fault

    static let byteCountMax = 128
    private static let shapeCountMax = 16
    private static let weightByteCountMax = 32

    let tables: ProfileTables
    let masksParity: Bool
    let hasDeviceBase: Bool

    func read(_ place: JSONPlace) throws(JSONPlace.Fault) -> [FrameShape] {
        let frames = try place.list()
        guard (1...Self.shapeCountMax).contains(frames.count) else {
            throw place.fault("has \(frames.count) frames, expected 1…\(Self.shapeCountMax)")
        }
        var shapes: [FrameShape] = []
        for frame in frames { shapes.append(try shape(frame)) }
        guard shapes.contains(where: { $0.says(.weight) }) else {
            throw place.fault("have no \"weight\"; one is needed")
        }
        return shapes
    }

    private func shape(_ place: JSONPlace) throws(Fault) -> FrameShape {
        var parts: [ShapePart] = []
        for part in try place.list() {
            if part.isText {
                parts.append(.constant(try constant(part)))
            } else if try part.members().contains(where: { $0.key == "check" }) {
                let before = parts.reduce(0) { $0 + $1.byteCountMin }
                parts.append(.check(try checksum(part, before: before)))
            } else {
                let data = try data(part)
                guard !data.isWeight || !parts.contains(where: { $0.data?.isWeight ?? false }) else {
                    throw part.fault("says \"weight\", as a part before it does; a frame has one")
                }
                parts.append(.data(data))
            }
        }
        let shape = FrameShape(parts: parts)
        guard (1...Self.byteCountMax).contains(shape.byteCountMax), shape.byteCountMin > 0 else {
            throw place.fault("has up to \(shape.byteCountMax) bytes, expected 1…\(Self.byteCountMax)")
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

    private func constant(_ place: JSONPlace) throws(Fault) -> [UInt8] {
        let bytes = try place.bytes()
        guard !masksParity || bytes.allSatisfy({ $0 < 0x80 }) else {
            throw place.fault("has a character above \\u007f, which with \"mask7\" no byte is")
        }
        return bytes
    }

    /// - Parameter before: bytes that stand before it, at least.
    private func checksum(_ place: JSONPlace, before: Int) throws(Fault) -> Checksum {
        let check = try place.object(["check", "format", "from"])
        guard before > 0 else { throw place.fault("stands first; it is of the bytes before it") }
        let kind = try check.required("check").word(Checksum.Kind.self)
        let format = try check["format"]?.word(Checksum.Format.self) ?? .byte
        // An exclusive or of seven bits has seven.
        guard !masksParity || kind != .sum || format != .byte else {
            throw place.fault("has the check \"sum\" as a byte, of which \"mask7\" takes bit 7 off")
        }
        return Checksum(
            kind: kind, format: format, from: try check["from"]?.number(in: 0...before - 1) ?? 0)
    }

    private func data(_ place: JSONPlace) throws(Fault) -> ShapeData {
        let part = try place.object(["field", "fields", "map", "length", "reversed", "fill"])
        let lengthPlace = try part.required("length")
        let length = try length(lengthPlace)
        var fields: [ShapeData.Field] = []
        if let field = part["field"] {
            guard part["fields"] == nil else { throw place.fault("has \"field\" and \"fields\"; expected one of them") }
            fields.append(
                ShapeData.Field(fact: try tables.fact(field, part["map"], .text(length.upperBound)), bits: nil))
        } else if let map = part["map"] {
            throw map.fault("belongs to a \"field\"")
        }
        let entries = try part["fields"]?.list() ?? []
        if let place = part["fields"], entries.isEmpty {
            throw place.fault("is empty; bytes that mean nothing have no fields")
        }
        for entry in entries {
            let field = try entry.object(["name", "map", "bits"])
            let bits = try field["bits"].map(bits)
            if bits != nil, length != 1...1 { throw entry.fault("has \"bits\", and \"length\" is not 1") }
            let key = bits.map { ProfileTables.Key.bits($0.count) } ?? .text(length.upperBound)
            fields.append(
                ShapeData.Field(fact: try tables.fact(field.required("name"), field["map"], key), bits: bits))
        }
        guard length.lowerBound == length.upperBound || !fields.isEmpty else {
            throw place.fault("has a length that varies, and no field")
        }
        let fixed: Set<ShapeData.Name> = [.device, .decimals, .sign]
        if length.count > 1, let name = fields.map(\.fact.name).first(where: fixed.contains) {
            throw place.fault("has a length that varies, which \(name.rawValue) cannot have")
        }
        let data = ShapeData(
            length: length, fields: fields, isReversed: try part["reversed"]?.flag() ?? false,
            fill: try part["fill"]?.byte() ?? (fields.contains { $0.bits != nil } ? 0 : UInt8(ascii: " ")))
        guard !data.isWeight || length.upperBound <= Self.weightByteCountMax else {
            throw lengthPlace.fault(
                "is up to \(length.upperBound), and a weight has at most \(Self.weightByteCountMax)")
        }
        guard !hasDeviceBase || !data.says(.device) || length == 1...1 else {
            throw lengthPlace.fault("is not 1, and with \"deviceBase\" a device is one byte")
        }
        return data
    }

    /// A number of bytes, or `[least, most]`.
    private func length(_ place: JSONPlace) throws(Fault) -> ClosedRange<Int> {
        guard place.isList else {
            let count = try place.number(in: 1...Self.byteCountMax)
            return count...count
        }
        let ends = try place.list()
        guard ends.count == 2 else { throw place.fault("has \(ends.count) numbers, expected the least and the most") }
        let least = try ends[0].number(in: 1...Self.byteCountMax)
        return least...(try ends[1].number(in: least...Self.byteCountMax))
    }

    /// `[lowest, count]`, the lowest bit of a byte is 0.
    private func bits(_ place: JSONPlace) throws(Fault) -> Range<Int> {
        let ends = try place.list()
        guard ends.count == 2 else {
            throw place.fault("has \(ends.count) numbers, expected the lowest bit and how many")
        }
        let lowest = try ends[0].number(in: 0...7)
        return lowest..<lowest + (try ends[1].number(in: 1...8 - lowest))
    }
}
