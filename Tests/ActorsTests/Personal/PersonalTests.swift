@testable import Actors
import Testing

@Suite("Personal texts")
struct PersonalTests {
    private struct Card: Codable, Hashable {
        var name: Personal
        var phone: Personal?
        var plate = "부산80바1234"
    }

    private static let kim = Personal("김\"기사\"\n\\", of: "driver:12")

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(
        arguments: [
            kim, Personal("", of: "driver:12"), Personal(nil, of: "order:SO-1"), Personal("시스템"), Personal(""),
            Personal("김", of: "user:김-9_.:x"), Personal("😀", of: String(repeating: "가", count: 42)),
        ])
    func `each is one string, and the same again`(personal: Personal) throws {
        let card = Card(name: personal, phone: personal)
        #expect(try JSON.decode(Card.self, from: JSON.encode(card)) == card)
        #expect(Personal(coded: personal.coded) == personal)
    }

    @Test func `a string of before is nobody's text, and is written as it was`() throws {
        let old = #"{"name":"김기사","phone":"010","plate":"부산80바1234"}"#
        let card = try JSON.decode(Card.self, from: Array(old.utf8))
        #expect(card == Card(name: Personal("김기사"), phone: Personal("010")))
        #expect(Self.text(JSON.encode(card)) == old)
    }

    @Test(arguments: [
        "\u{E000}", "\u{E000}\u{E001}x", "\u{E000}driver:1", "\u{E000}driver:1\u{E004}x", "x\u{E000}a\u{E001}",
    ])
    func `what only looks like a mark is a text like others`(text: String) throws {
        #expect(Personal(coded: text) == Personal(text))
        let bytes = JSON.encode(["name": text])
        #expect(PersonalFields.plain(bytes) == bytes)
        #expect(PersonalFields.map(bytes) { _, _, _ in (.erased, []) } == nil)
    }

    @Test func `what is still sealed says nothing`() {
        #expect(Personal(coded: "\u{E000}driver:1\u{E002}QUJD") == Personal(nil, of: "driver:1"))
    }

    @Test func `outside only the texts are seen, and nothing of an erased one`() {
        let bytes = JSON.encode([Card(name: Self.kim, phone: Personal(nil, of: "driver:12")), Card(name: "시스템")])
        #expect(
            Self.text(PersonalFields.plain(bytes))
                == #"[{"name":"김\"기사\"\n\\","phone":"","plate":"부산80바1234"},{"name":"시스템","plate":"부산80바1234"}]"#)
        #expect(Self.text(PersonalFields.plain(JSON.encode(Personal("x", of: "a")))) == #""x""#)
        #expect(PersonalFields.plain([]).isEmpty)
    }

    @Test func `each text can be replaced, without its escapes, and the rest stays`() throws {
        let card = Card(name: Self.kim, phone: Personal("010", of: "driver:12"))
        var seen: [String] = []
        let sealed = try #require(
            PersonalFields.map(JSON.encode(card)) { person, form, text in
                seen.append("\(person) \(form) \(Self.text(text))")
                return person == "driver:12" && text.first == UInt8(ascii: "0") ? nil : (.sealed, Array("QUJD".utf8))
            })
        #expect(seen == ["driver:12 clear 김\"기사\"\n\\", "driver:12 clear 010"])
        #expect(
            Self.text(sealed)
                == "{\"name\":\"\u{E000}driver:12\u{E002}QUJD\",\"phone\":\"\u{E000}driver:12\u{E001}010\",\"plate\":\"부산80바1234\"}"
        )
        let opened = PersonalFields.map(sealed) { _, form, text in
            form == .sealed ? (.clear, Array((Self.kim.text ?? "").utf8)) : nil
        }
        #expect(opened == JSON.encode(card))
    }

    @Test func `the mark is found wherever it stands in the eight bytes of a step`() {
        for count in 0..<20 {
            let filler = String(repeating: "a", count: count)
            let bytes = JSON.encode([filler, Self.kim.coded, filler, Self.kim.coded])
            #expect(PersonalFields.plain(bytes) == JSON.encode([filler, Self.kim.shown, filler, Self.kim.shown]))
            #expect(PersonalFields.isForged(bytes))
            #expect(!PersonalFields.isForged(JSON.encode([filler, "\u{E010}\u{F8FF}", filler])))
        }
    }

    @Test(
        arguments: [
            "\u{E000}", "\u{E001}x", "x\u{E00F}", #"\ue000"#, #"\uE00f"#, #"\\\ue001"#, #"\"\uE002"#,
        ])
    func `a mark from outside is seen, as it is or as an escape`(text: String) {
        #expect(PersonalFields.isForged(Array(#"{"a":"\#(text)"}"#.utf8)))
    }

    @Test(
        arguments: [
            "\u{D7FF}", "\u{E010}", #"\ue010"#, #"\\ue000"#, #"\u0e00"#, "김기사", "\\", #"\ue00"#, "\u{EE}\u{80}", "",
        ])
    func `what is no mark is let through`(text: String) {
        #expect(!PersonalFields.isForged(Array(text.utf8)))
    }

    @Test func `an account signs as a person, everybody else as nobody`() {
        #expect(Principal.office.signature == Personal("박주임", of: "user:1"))
        #expect(Principal.hub.signature == Personal("시스템") && Principal.edge.signature.person.isEmpty)
    }
}

@Suite("Erasing somebody")
struct ErasureTests {
    @Test func `a driver's record says nothing about him any more, and stays like that`() {
        let fields: [String: FieldValue] = [
            "name": .text("김기사"), "contact": .text("010"), "company": .text("c1"), "x_memo": .text("왼손잡이"),
            "hasApp": .flag(true),
        ]
        func personal(_ text: String) -> FieldValue { .personal(Personal(text, of: "driver:d9")) }
        let created = Given<Master>(key: "driver:d9").when(.create(fields: fields), as: .admin)
        created.then(
            .created(fields: [
                "name": personal("김기사"), "contact": personal("010"), "company": .text("c1"),
                "x_memo": personal("왼손잡이"), "hasApp": .flag(true),
            ]))
        created.given.when(.change(fields: fields), as: .admin).thenNothing()
        created.given.when(.erase(reason: " "), as: .admin).thenRejected("reasonRequired")
        created.given.when(.erase(reason: "요청"), as: .office).thenRejected("forbidden")

        let erased = created.given.when(.erase(reason: "요청"), as: .admin)
            .then(.erased(fields: ["contact", "name", "x_memo"], by: .boss, reason: "요청"))
        let gone = FieldValue.personal(Personal(nil, of: "driver:d9"))
        #expect(!erased.state.isActive)
        #expect(
            erased.state.fields == [
                "name": gone, "contact": gone, "x_memo": gone, "company": .text("c1"), "hasApp": .flag(true),
            ])
        erased.given.when(.erase(reason: "요청"), as: .hub).thenNothing()
        erased.given.when(.change(fields: ["name": .text("이")]), as: .admin).thenRejected("erased")
        erased.given.when(.reactivate, as: .admin).thenRejected("erased")
        var directory = Directory.sample
        Master.teach(
            &directory, .erased(fields: ["name"], by: .boss, reason: ""), id: erased.given.id, state: erased.state)
        #expect(
            directory.driver("d9", at: "ulsan")?.name == "" && directory.driver("d9", at: "ulsan")?.isActive == false)
    }

    @Test func `a record of before is blank as well, and an edit of it names the person`() {
        let old = Given<Master>(.created(fields: ["name": .text("김"), "contact": .text("010")]), key: "driver:d9")
        let erased = old.when(.erase(reason: "요청"), as: .hub)
        #expect(erased.state.fields == ["name": .text(""), "contact": .text("")])
        old.when(.change(fields: ["contact": .text("011")]), as: .admin).then(
            .changed(
                before: ["contact": .personal(Personal("010", of: "driver:d9"))],
                after: ["contact": .personal(Personal("011", of: "driver:d9"))]))
    }

    @Test(arguments: ["vehicle:v9", "item:i9", "site:ulsan"])
    func `what is about nobody cannot be erased`(key: String) {
        Given<Master>(.created(fields: ["name": .text("x")]), key: key).when(.erase(reason: "요청"), as: .admin)
            .thenRejected("nobody")
    }

    @Test func `a company keeps its name, which is on its slips`() {
        let company = Given<Master>(key: "company:c9").after(
            .create(fields: ["name": .text("한빛"), "contact": .text("김 010")]), as: .admin)
        let erased = company.when(.erase(reason: "요청"), as: .admin)
        #expect(erased.state.fields["name"] == .text("한빛"))
        #expect(erased.state.fields["contact"] == .personal(Personal(nil, of: "company:c9")))
    }

    @Test func `an order forgets customer, driver and remarks, and takes no others`() {
        let order = Given<Order>.locked
            .after(.assign(driverName: "김기사", driverContact: "010", plate: "부산80바1234"))
            .after(.remark(text: "뒷문으로"))
        #expect(order.state.driverName == Personal("김기사", of: "order:DO-1"))
        #expect(order.state.remarks.map(\.text) == [Personal("뒷문으로", of: "order:DO-1")])
        #expect(order.state.remarks.map(\.by) == [.office])
        order.when(.erasePeople(reason: "요청"), as: .office).thenRejected("forbidden")
        order.when(.erasePeople(reason: ""), as: .admin).thenRejected("reasonRequired")
        Given<Order>().when(.erasePeople(reason: "요청"), as: .admin).thenRejected("unknownOrder")

        let erased = order.when(.erasePeople(reason: "요청"), as: .admin).then(.peopleErased(by: .boss, reason: "요청"))
        let state = erased.state
        let gone = Personal(nil, of: "order:DO-1")
        #expect(
            [state.driverName, state.driverContact, state.details?.customer, state.details?.address] == [
                gone, gone, gone, gone,
            ])
        #expect(state.remarks.map(\.text) == [gone] && state.plate == "부산80바1234" && state.details?.item == "고철")
        erased.given.when(.erasePeople(reason: "요청"), as: .hub).thenNothing()
        for command: Order.Command in [
            .edit(details: .sample()), .remark(text: "x"), .assign(driverName: "이", driverContact: "", plate: nil),
        ] {
            erased.given.when(command).thenRejected("erased")
        }
        erased.given.when(.setStatus(status: .inProgress)).thenNamed("statusChanged")
    }
}
