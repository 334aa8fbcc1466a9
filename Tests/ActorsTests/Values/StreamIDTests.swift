@testable import Actors
import Testing

@Suite("Stream ids")
struct StreamIDTests {
    @Test(
        "site, kind and key are read and written",
        arguments: [
            "ulsan/queue/main", "ulsan/ticket/WR202611200001", "울산/order/DO-1", "a/b/é한更ｋ九", "ulsan/master/vehicle:12",
            "a/b/c_d.e",
        ])
    func roundTrip(text: String) throws {
        let id = try #require(StreamID(text))
        #expect(id.description == text)
        #expect(try JSON.decode([StreamID].self, from: JSON.encode([id])) == [id])
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "ulsan", "ulsan/queue", "ulsan/queue/", "/queue/main", "ulsan//main", "ulsan/queue/main/mine",
            "a/b/c d",
            "a/b/c\n", "a/b/e\u{301}", "a/b/\u{301}e", "a/b/\u{212A}", "a/b/\u{F900}", "a/b/\u{1112}\u{1161}\u{11AB}",
            "a/b/가\u{11A8}", "a/b/\u{915}\u{93E}", "a/b/\u{958}", "a/b/\u{200B}", "a/b/..;", "a/b/%2F", "a/b/c\"",
            "a/b/c\u{0}",
        ])
    func refused(text: String) {
        #expect(StreamID(text) == nil)
        #expect(throws: (any Error).self) { try JSON.decode([StreamID].self, from: JSON.encode([text])) }
    }

    @Test("a part has at most 64 bytes, however many letters those are")
    func limits() {
        let part = String(repeating: "x", count: 64)
        #expect(StreamID("a/b/\(part)") != nil && StreamID("a/b/\(part)x") == nil)
        #expect(StreamID("a/b/" + String(repeating: "가", count: 21)) != nil)
        #expect(StreamID("a/b/" + String(repeating: "가", count: 22)) == nil)
    }

    @Test("the stable hash never changes: lanes and simulations depend on it")
    func stableHash() throws {
        // FNV-1a, 64 bits, of the text.
        #expect(try #require(StreamID("ulsan/queue/main")).stableHash == 0xBA0CC214AFA742BE)
    }

    @Test("ids sort by site, kind, key, and know their siblings and records")
    func parts() throws {
        let id = try #require(StreamID("ulsan/master/vehicle:v1:2"))
        #expect(id.recordClass == .vehicle && id.recordID == "v1:2")
        #expect(id.sibling("queue", "main").description == "ulsan/queue/main")
        let sorted = ["a/b/d", "a/c/a", "b/a/a"].compactMap { StreamID($0) }
        #expect(sorted.reversed().sorted() == sorted)
    }
}
