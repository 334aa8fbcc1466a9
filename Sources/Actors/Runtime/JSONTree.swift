/// The values that an encoder was given, as they came; `bytes()` writes them with sorted names.
///
/// Everything lies in two arrays, texts in one and nodes in the other, because `Codable` says when a container begins but not
/// when it ends, and names arrive unsorted.
final class JSONTree {
    /// Deeper values do not encode, as in Foundation, which stops one level earlier than when it reads.
    static let depthMax = 511

    private enum Kind: UInt8 { case missing, scalar, array, object }

    private struct Node {
        var kind = Kind.missing
        /// The name of a member as it is, without quotes and escapes.
        var nameStart: UInt32 = 0
        var nameCount: UInt32 = 0
        /// A scalar as it will be written.
        var start: UInt32 = 0
        var count: UInt32 = 0
        /// Zero, the root, is nobody's child: it stands for none.
        var firstChild: UInt32 = 0
        var lastChild: UInt32 = 0
        var nextSibling: UInt32 = 0
    }

    private var nodes: [Node] = []
    private var texts: [UInt8] = []
    /// Members that are being sorted and written; those of inner objects lie behind those of outer ones.
    private var members: [UInt32] = []

    init() {
        nodes.reserveCapacity(16)
        texts.reserveCapacity(256)
        nodes.append(Node())
    }

    // MARK: Filling

    func beginObject(_ node: Int) { begin(node, .object) }
    func beginArray(_ node: Int) { begin(node, .array) }

    private func begin(_ node: Int, _ kind: Kind) {
        precondition(nodes[node].kind == .missing || nodes[node].kind == kind, "one value, two kinds of container")
        nodes[node].kind = kind
    }

    func addElement(to array: Int) -> Int { add(Node(), to: array) }

    func addMember(_ name: String, to object: Int) -> Int {
        var node = Node()
        node.nameStart = UInt32(texts.count)
        texts.append(contentsOf: name.utf8)
        node.nameCount = UInt32(texts.count) - node.nameStart
        return add(node, to: object)
    }

    private func add(_ node: Node, to parent: Int) -> Int {
        let child = UInt32(nodes.count)
        nodes.append(node)
        let last = Int(nodes[parent].lastChild)
        if last == 0 { nodes[parent].firstChild = child } else { nodes[last].nextSibling = child }
        nodes[parent].lastChild = child
        return Int(child)
    }

    func set(_ node: Int, string: String) {
        var string = string
        string.withUTF8 { utf8 in scalar(node) { JSONEscapes.append(utf8, to: &$0) } }
    }

    func set(_ node: Int, literal: StaticString) {
        literal.withUTF8Buffer { utf8 in scalar(node) { $0.append(contentsOf: utf8) } }
    }

    func set(_ node: Int, integer: some BinaryInteger) { scalar(node) { $0.append(contentsOf: integer.description.utf8) } }

    /// A whole number is written without decimals; what is not finite has no JSON.
    func set(_ node: Int, double: Double) {
        precondition(double.isFinite, "JSON has no \(double)")
        let text = double.description
        let digits = text.hasSuffix(".0") ? text.dropLast(2) : text[...]
        scalar(node) { $0.append(contentsOf: digits.utf8) }
    }

    @inline(__always)
    private func scalar(_ node: Int, _ write: (inout [UInt8]) -> Void) {
        precondition(nodes[node].kind == .missing, "one value, encoded twice")
        let start = texts.count
        write(&texts)
        nodes[node].kind = .scalar
        nodes[node].start = UInt32(start)
        nodes[node].count = UInt32(texts.count - start)
    }

    // MARK: Writing

    /// The JSON text of what was filled in.
    func bytes() -> [UInt8] {
        precondition(nodes[0].kind != .missing, "a value that encodes nothing")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(texts.count + nodes.count * 4)
        write(0, depth: 0, &bytes)
        return bytes
    }

    private func write(_ index: Int, depth: Int, _ bytes: inout [UInt8]) {
        let node = nodes[index]
        switch node.kind {
        case .missing: bytes.append(contentsOf: "{}".utf8)
        case .scalar: bytes.append(contentsOf: texts[Int(node.start)..<Int(node.start + node.count)])
        case .array:
            precondition(depth < Self.depthMax, "a value nested too deep for JSON")
            bytes.append(UInt8(ascii: "["))
            var child = node.firstChild
            while child != 0 {
                write(Int(child), depth: depth + 1, &bytes)
                child = nodes[Int(child)].nextSibling
                if child != 0 { bytes.append(UInt8(ascii: ",")) }
            }
            bytes.append(UInt8(ascii: "]"))
        case .object:
            precondition(depth < Self.depthMax, "a value nested too deep for JSON")
            writeMembers(of: node, depth: depth, &bytes)
        }
    }

    private func writeMembers(of object: Node, depth: Int, _ bytes: inout [UInt8]) {
        let first = members.count
        var child = object.firstChild
        while child != 0 {
            members.append(child)
            child = nodes[Int(child)].nextSibling
        }
        sort(from: first)
        let end = members.count
        bytes.append(UInt8(ascii: "{"))
        for place in first..<end {
            let member = Int(members[place])
            // A name that was encoded again: the last value counts.
            if place + 1 < end, order(member, Int(members[place + 1])) == 0 { continue }
            texts.withUnsafeBufferPointer { texts in
                let start = Int(nodes[member].nameStart)
                JSONEscapes.append(
                    UnsafeBufferPointer(rebasing: texts[start..<start + Int(nodes[member].nameCount)]), to: &bytes)
            }
            bytes.append(UInt8(ascii: ":"))
            write(member, depth: depth + 1, &bytes)
            if place + 1 < end { bytes.append(UInt8(ascii: ",")) }
        }
        bytes.append(UInt8(ascii: "}"))
        members.removeLast(end - first)
    }

    /// By the bytes of their names; equal ones stay as they came.
    private func sort(from first: Int) {
        guard members.count - first <= 32 else {
            return members[first...].sort {
                let order = order(Int($0), Int($1))
                return order < 0 || order == 0 && $0 < $1
            }
        }
        for place in first..<members.count {
            let member = members[place]
            var hole = place
            while hole > first, order(Int(members[hole - 1]), Int(member)) > 0 {
                members[hole] = members[hole - 1]
                hole -= 1
            }
            members[hole] = member
        }
    }

    /// Below zero when the first name comes first, zero when they are equal.
    private func order(_ left: Int, _ right: Int) -> Int {
        let (left, right) = (nodes[left], nodes[right])
        return texts.withUnsafeBufferPointer { texts in
            for offset in 0..<Int(min(left.nameCount, right.nameCount)) {
                let (a, b) = (texts[Int(left.nameStart) + offset], texts[Int(right.nameStart) + offset])
                if a != b { return Int(a) - Int(b) }
            }
            return Int(left.nameCount) - Int(right.nameCount)
        }
    }
}
