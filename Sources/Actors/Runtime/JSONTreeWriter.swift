/// Writes what a tree holds, the members of objects sorted by the bytes of their names.
struct JSONTreeWriter {
    /// Deeper values do not encode, as in Foundation, which stops one level earlier than when it reads.
    static let depthMax = 511

    private let nodes: [JSONTree.Node]
    private let texts: [UInt8]
    private(set) var bytes: [UInt8] = []
    /// Members that are being sorted and written; those of inner objects lie behind those of outer ones.
    private var members: [Int] = []

    init(nodes: [JSONTree.Node], texts: [UInt8]) {
        self.nodes = nodes
        self.texts = texts
        bytes.reserveCapacity(texts.count + nodes.count * 4)
        members.reserveCapacity(nodes.count)
    }

    /// Writes the value at `index`, which lies in `depth` others.
    mutating func write(_ index: Int, depth: Int) {
        let node = nodes[index]
        switch node.kind {
        case .missing: bytes.append(contentsOf: "{}".utf8)
        case .scalar: bytes.append(contentsOf: texts[Int(node.start)..<Int(node.start + node.count)])
        case .array:
            precondition(depth < Self.depthMax, "a value nested too deep for JSON")
            bytes.append(UInt8(ascii: "["))
            var child = node.firstChild
            while child != 0 {
                write(Int(child), depth: depth + 1)
                child = nodes[Int(child)].nextSibling
                if child != 0 { bytes.append(UInt8(ascii: ",")) }
            }
            bytes.append(UInt8(ascii: "]"))
        case .object:
            precondition(depth < Self.depthMax, "a value nested too deep for JSON")
            writeMembers(of: node, depth: depth)
        }
    }

    private mutating func writeMembers(of object: JSONTree.Node, depth: Int) {
        let first = members.count
        var child = object.firstChild
        while child != 0 {
            members.append(Int(child))
            child = nodes[Int(child)].nextSibling
        }
        sort(from: first)
        let end = members.count
        bytes.append(UInt8(ascii: "{"))
        for place in first..<end {
            let member = members[place]
            // A name that was encoded again: the last value counts.
            if place + 1 < end, order(member, members[place + 1]) == 0 { continue }
            texts.withUnsafeBufferPointer { texts in
                let start = Int(nodes[member].nameStart)
                JSONEscapes.append(
                    UnsafeBufferPointer(rebasing: texts[start..<start + Int(nodes[member].nameCount)]), to: &bytes)
            }
            bytes.append(UInt8(ascii: ":"))
            write(member, depth: depth + 1)
            if place + 1 < end { bytes.append(UInt8(ascii: ",")) }
        }
        bytes.append(UInt8(ascii: "}"))
        members.removeLast(end - first)
    }

    /// By the bytes of their names; equal ones stay as they came.
    private mutating func sort(from first: Int) {
        guard members.count - first <= 32 else {
            // The closure cannot look into what is being changed.
            let writer = self
            return members[first...].sort {
                let order = writer.order($0, $1)
                return order < 0 || order == 0 && $0 < $1
            }
        }
        for place in first..<members.count {
            let member = members[place]
            var hole = place
            while hole > first, order(members[hole - 1], member) > 0 {
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
