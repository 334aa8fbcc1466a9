/// A one-dimensional array parameter in its binary form, filled element by element.
///
/// A writer keeps one per column and calls `removeAll()` between batches, which keeps the memory.
package struct PostgresArray<Element: PostgresScalar>: Sendable {
    package private(set) var count = 0
    private var hasNull = false
    private var buffer: [UInt8]

    private static var headerLength: Int { 20 }

    package init() { buffer = [UInt8](repeating: 0, count: Self.headerLength) }

    package mutating func append(_ element: Element) {
        let lengthOffset = buffer.count
        buffer.append(bigEndian: Int32(0))
        element.encode(into: &buffer)
        buffer.replace(at: lengthOffset, bigEndian: Int32(buffer.count - lengthOffset - 4))
        count += 1
    }

    package mutating func append(optional element: Element?) {
        if let element { append(element) } else { appendNull() }
    }

    package mutating func appendNull() {
        buffer.append(bigEndian: Int32(-1))
        hasNull = true
        count += 1
    }

    package mutating func removeAll() {
        buffer.removeLast(buffer.count - Self.headerLength)
        count = 0
        hasNull = false
    }

    /// `array_recv`: dimensions, NULL flag, element OID, then length and lower bound per dimension, then elements.
    var bytes: [UInt8] {
        var header: [UInt8] = []
        header.append(bigEndian: Int32(count == 0 ? 0 : 1))
        header.append(bigEndian: Int32(hasNull ? 1 : 0))
        header.append(bigEndian: Element.postgresType.oid)
        guard count > 0 else { return header }
        header.append(bigEndian: Int32(count))
        header.append(bigEndian: Int32(1))
        var bytes = buffer
        bytes.replaceSubrange(0..<Self.headerLength, with: header)
        return bytes
    }

    /// Reads a result; `nil` when the bytes are not a flat array of this element type.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> [Element?]? {
        guard let dimensions = bytes.bigEndian(at: 0, as: Int32.self),
            let oid = bytes.bigEndian(at: 8, as: UInt32.self)
        else { return nil }
        if dimensions == 0 { return [] }
        guard dimensions == 1, let count = bytes.bigEndian(at: 12, as: Int32.self), count >= 0 else { return nil }
        var elements: [Element?] = []
        var offset = headerLength
        for _ in 0..<count {
            guard let length = bytes.bigEndian(at: offset, as: Int32.self).map(Int.init) else { return nil }
            offset += 4
            if length < 0 {
                elements.append(nil)
                continue
            }
            guard bytes.count - offset >= length,
                let element = Element(
                    postgres: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]), oid: oid)
            else { return nil }
            elements.append(element)
            offset += length
        }
        return offset == bytes.count ? elements : nil
    }
}
