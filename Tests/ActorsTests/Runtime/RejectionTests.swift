import Testing

@testable import Actors

@Suite struct `What comes back in a rejection` {
    @Test(arguments: ["x", "가", "🚚", "\u{301}"])
    func `a text is cut at 1,200 bytes, between two scalars`(scalar: String) {
        let count = Rejection.textByteCountMax / scalar.utf8.count
        let most = String(repeating: scalar, count: count)
        #expect(Rejection("c", most, ["p": most]).message == most)
        let cut = Rejection("c", most + scalar, ["p": most + scalar])
        #expect(cut.message.utf8.count <= Rejection.textByteCountMax && cut.message.unicodeScalars.last == "…")
        #expect(cut.message.utf8.count > Rejection.textByteCountMax - 4 && cut.params["p"] == cut.message)
        #expect(most.utf8.starts(with: cut.message.utf8.dropLast("…".utf8.count)))
    }

    @Test func `a text fits by its characters, none of which may be a pile of marks`() {
        #expect("".fits(0) && String(repeating: "가", count: 200).fits(200))
        #expect(!String(repeating: "가", count: 201).fits(200))
        // Decomposed, as macOS hands it out.
        #expect(String(repeating: "\u{1112}\u{1161}\u{11AB}", count: 200).fits(200))
        #expect(("e" + String(repeating: "\u{301}", count: 11)).fits(2))
        #expect(!("e" + String(repeating: "\u{301}", count: 12)).fits(2))
    }
}
