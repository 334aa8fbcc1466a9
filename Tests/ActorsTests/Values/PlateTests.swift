@testable import Actors
import Testing

@Suite("Plates (DOMAIN.md §5)")
struct PlateTests {
    @Test(
        "valid plates are read",
        arguments: [
            "12가3456", "123가4567", "서울12바3456", "부산80바1234", "경기98사1234", "85아1234", "012가4568", "834무1234",
            "80배1234",
        ])
    func valid(text: String) throws {
        #expect(try #require(Plate(text)).description == text)
    }

    @Test(
        "what is no plate is refused",
        arguments: [
            "90차5678", "78자12345", "12A3456", "1가3456", "12가345", "한양12가3456", "12가0000", "", "가", "부산", "1234",
            "1234가5678", "12가34567", "12가가456", "부산부산12가3456", "서12가3456", "서울서울", "12가3456x", "x12가3456",
            "１2３4가5678", "12ㄱ3456", "12가٣456", "12간3456", "12가3456\u{0301}", "12\u{0301}가3456", "영12가3456",
        ])
    func invalid(text: String) {
        #expect(Plate(text) == nil)
    }

    @Test(
        "full-width digits, blanks, hyphens and dots are tidied",
        arguments: [
            "８０바１２３４", "80바 1234", " 80 바 1234 ", "80-바-1234", "80.바.1234", "80바\t1234", "80바\u{3000}1234",
            "80바·1234", "80바－1234", "80바–1234",
        ])
    func tidied(text: String) {
        #expect(Plate(text)?.description == "80바1234")
    }

    @Test("decomposed text, as macOS and iOS hand it out, is the same plate in the same bytes")
    func decomposed() throws {
        // 부산80바1234, 서울12배3456 and 경남12허3456, as conjoining jamo.
        let pairs = [
            ("\u{1107}\u{116E}\u{1109}\u{1161}\u{11AB}80\u{1107}\u{1161}1234", "부산80바1234"),
            ("\u{1109}\u{1165}\u{110B}\u{116E}\u{11AF}12\u{1107}\u{1162}3456", "서울12배3456"),
            ("\u{1100}\u{1167}\u{11BC}\u{1102}\u{1161}\u{11B7}12\u{1112}\u{1165}3456", "경남12허3456"),
        ]
        for (decomposed, composed) in pairs {
            let read = try #require(Plate(decomposed))
            #expect(Array(read.description.utf8) == Array(composed.utf8))
            #expect(read == Plate(composed))
            #expect(JSON.encode(read) == JSON.encode(thePlate(composed)))
        }
        #expect(Plate("90\u{110E}\u{1161}5678") == nil)
    }

    @Test("every syllable survives decomposition", arguments: ["가", "하", "각", "힣", "쪽", "뷁", "의"])
    func syllables(composed: String) {
        let scalar = composed.unicodeScalars.first!.value - 0xAC00
        var decomposed = String.UnicodeScalarView()
        decomposed.append(Unicode.Scalar(0x1100 + scalar / 588)!)
        decomposed.append(Unicode.Scalar(0x1161 + scalar % 588 / 28)!)
        if scalar % 28 > 0 { decomposed.append(Unicode.Scalar(0x11A7 + scalar % 28)!) }
        #expect(Array(Plate.tidy(String(decomposed)).utf8) == Array(composed.utf8))
    }

    @Test("the region is part of a plate, and what is said and typed leaves it out")
    func parts() {
        #expect(thePlate("서울80바1234") != thePlate("부산80바1234"))
        #expect(thePlate("부산80바1234").withoutRegion == "80바1234" && thePlate("80바1234").withoutRegion == "80바1234")
        #expect(thePlate("부산80바1234").lastFour == "1234")
        #expect(thePlate("12가3456") < thePlate("12나3456") && thePlate("12가3456") < thePlate("부산80바1234"))
    }

    @Test("JSON holds the canonical text and refuses anything else")
    func json() throws {
        #expect(String(decoding: JSON.encode(thePlate("부산 80바-1234")), as: UTF8.self) == #""부산80바1234""#)
        #expect(try JSON.decode(Plate.self, from: Array(#""８０바１２３４""#.utf8)) == thePlate("80바1234"))
        #expect(throws: (any Error).self) { try JSON.decode(Plate.self, from: Array(#""90차5678""#.utf8)) }
    }
}
