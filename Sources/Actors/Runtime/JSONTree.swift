/// The values that an encoder was given, as they came; see `JSONTreeWriter`.
///
/// Everything lies in two arrays, texts in one and nodes in the other, because `Codable` says when a container begins but not
/// when it ends, and names arrive unsorted.
final class JSONTree {
    enum Kind: UInt8 { case missing, scalar, array, object }

    struct Node {
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

    // No access overlaps another: all are in this file. Checking that took a quarter of the time.
    @exclusivity(unchecked) private var nodes: [Node] = []
    @exclusivity(unchecked) private var texts: [UInt8] = []

    init() {
        nodes.reserveCapacity(16)
        texts.reserveCapacity(256)
        nodes.append(Node())
    }

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

    func set(_ node: Int, integer: some BinaryInteger) {
        scalar(node) { $0.append(contentsOf: integer.description.utf8) }
    }

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

    /// The JSON text of what was filled in.
    func bytes() -> [UInt8] {
        precondition(nodes[0].kind != .missing, "a value that encodes nothing")
        var writer = JSONTreeWriter(nodes: nodes, texts: texts)
        writer.write(0, depth: 0)
        return writer.bytes
    }
}
