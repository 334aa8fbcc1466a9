import Testing

@testable import Edge

@Suite struct BoardTextTests {
    @Test("a text is cut between characters, Hangul being two cells, and padded to the width")
    func fitting() {
        #expect(BoardText.fitted("12가3456", cells: 12) == "12가3456    ")
        #expect(BoardText.fitted("부산80바1234", cells: 12) == "부산80바1234")
        #expect(BoardText.fitted("부산80바1234", cells: 11) == "부산80바123")
        #expect(BoardText.fitted("가나", cells: 3) == "가 ")
        #expect(BoardText.fitted("가", cells: 1) == " ")
        #expect(BoardText.fitted("", cells: 4) == "    ")
        for cells in 0...20 { #expect(BoardText.width(BoardText.fitted("계량 완료 12똠", cells: cells)) == cells) }
    }

    @Test("CP949 has all Hangul; what it does not have is a question mark, and told")
    func alphabet() {
        #expect(BoardText.encoded("계량 대기").bytes == [0xB0, 0xE8, 0xB7, 0xAE, 0x20, 0xB4, 0xEB, 0xB1, 0xE2])
        // Not in EUC-KR, but in CP949.
        #expect(BoardText.encoded("똠방각하").isWhole)
        #expect(BoardText.encoded("똠").bytes == [0x8C, 0x63])
        let (bytes, isWhole) = BoardText.encoded("A😀B\u{7}")
        #expect(bytes == Array("A?B?".utf8))
        #expect(!isWhole)
        #expect(BoardText.decoded(BoardText.encoded("123가4567 3번").bytes) == "123가4567 3번")
        #expect(BoardText.decoded([0xB0]) == "\u{FFFD}")
    }
}

@Suite struct BoardDriverTests {
    @Test(
        "a DABIT frame is what the manual prints",
        arguments: [
            ("ABCD", "215b30313041424344215d3333"),
            ("/C3123/C6ABC", "215b3031302f43333132332f4336414243215d3432"),
            ("계량 대기", "215b303130b0e8b7ae20b4ebb1e2215d3541"),
            ("123가4567 3번", "215b303130313233b0a1343536372033b9f8215d3434"),
            ("부산80바1234", "215b303130bacebbea3830b9d931323334215d3745"),
        ])
    func frames(_ text: String, _ hex: String) {
        #expect(DabitDriver().frame(BoardText.encoded(text).bytes).hex == hex)
    }

    @Test("characters that the board would obey are shown as others")
    func controls() {
        let (frames, isWhole) = DabitDriver().frames(["1/3 [A]!"])
        #expect(frames == [DabitDriver().frame(Array("1-3 (A).".utf8))])
        #expect(isWhole)
    }

    @Test("each line has a section of its own")
    func lines() {
        let frames = DabitDriver().frames(["A", "B"]).frames.map { String(decoding: $0, as: UTF8.self) }
        #expect(frames.map { String($0.dropLast(2)) } == ["![010/P0000A!]", "![010/P0001B!]"])
    }

    @Test("answers are read however they are cut, with a check value or without")
    func answers() {
        let stream = Array("x![0100!]2A![010F!]![0000!]".utf8)
        for cut in 0...stream.count {
            var bytes = Array(stream[..<cut])
            var answers = DabitDriver().answers(in: &bytes)
            bytes += stream[cut...]
            answers += DabitDriver().answers(in: &bytes)
            #expect(answers == [.shown, .refused, .shown], "cut at \(cut)")
        }
        var noise = [UInt8](repeating: UInt8(ascii: "["), count: 10_000)
        #expect(DabitDriver().answers(in: &noise) == [])
        #expect(noise.count <= 64)
    }
}

@Suite struct BoardMachineTests {
    /// A board that takes and answers, and what it shows.
    private struct Bench {
        var machine = BoardMachine(PlainDriver(), lines: 1, cells: 8)
        var now = Duration.zero
        var shown: [String] = []
        var others: [BoardMachine.Output] = []

        mutating func take(_ outputs: [BoardMachine.Output]) {
            for output in outputs {
                if case .send(let bytes) = output {
                    shown.append(BoardText.decoded(bytes.filter { $0 >= 0x20 }))
                } else {
                    others.append(output)
                }
            }
        }

        mutating func wait(_ time: Duration) {
            let end = now + time
            while let due = machine.deadline, due <= end {
                now = max(now, due)
                take(machine.elapse(to: now))
            }
            now = end
        }
    }

    @Test("a hundred calls a second are four frames at most, and the last one is shown")
    func manyCalls() {
        var bench = Bench()
        bench.take(bench.machine.connected(at: bench.now))
        for number in 0..<100 {
            bench.take(bench.machine.show(["\(number)"], at: bench.now))
            bench.wait(.milliseconds(10))
        }
        #expect(bench.shown.count <= 4)
        bench.wait(.seconds(1))
        #expect(bench.shown.last == "99      ")
        #expect(bench.shown.count <= 5)
    }

    @Test("after a minute without the board it shows what is, not what was")
    func unplugged() {
        var bench = Bench()
        bench.take(bench.machine.connected(at: bench.now))
        bench.take(bench.machine.show(["before"], at: bench.now))
        bench.machine.lost()
        for number in 0..<60 {
            bench.take(bench.machine.show(["call \(number)"], at: bench.now))
            bench.wait(.seconds(1))
        }
        #expect(bench.shown == ["before  "])
        bench.take(bench.machine.connected(at: bench.now))
        bench.wait(.seconds(1))
        #expect(bench.shown == ["before  ", "call 59 "])
    }

    @Test("the same picture is not sent again, but every 30 seconds, and on another connection")
    func repeats() {
        var bench = Bench()
        bench.take(bench.machine.connected(at: bench.now))
        for _ in 0..<5 { bench.take(bench.machine.show(["A"], at: bench.now)) }
        bench.wait(.seconds(29))
        #expect(bench.shown.count == 1)
        bench.wait(.seconds(62))
        #expect(bench.shown.count == 4)
        bench.machine.lost()
        bench.take(bench.machine.connected(at: bench.now))
        bench.wait(.seconds(1))
        #expect(bench.shown.count == 5)
    }

    @Test("three refusals in a row are an alarm, which ends when the board shows again")
    func refusals() {
        var machine = BoardMachine(DabitDriver(), lines: 1, cells: 4)
        var now = Duration.zero
        var outputs = machine.connected(at: now) + machine.show(["A"], at: now)
        var alarms: [Bool] = []
        for answer in ["F", "F", "0", "F", "F", "F", "F", "0"] {
            #expect(outputs.contains { if case .send = $0 { true } else { false } })
            outputs = machine.received(Array("![010\(answer)!]".utf8), at: now)
            for case .alarm(let isOn) in outputs { alarms.append(isOn) }
            now += .seconds(31)
            outputs += machine.elapse(to: now)
        }
        #expect(alarms == [true, false])
    }

    @Test("a board that does not answer is connected to anew")
    func silent() throws {
        var machine = BoardMachine(DabitDriver(), lines: 2, cells: 4)
        _ = machine.connected(at: .zero)
        #expect(machine.show(["A", "B"], at: .zero).count == 1)
        // The second line waits for the answer to the first.
        #expect(machine.elapse(to: .milliseconds(400)) == [])
        let due = try #require(machine.deadline)
        #expect(due == .seconds(2))
        #expect(machine.elapse(to: due) == [.reconnect])
    }

    @Test("a picture that cannot be shown whole is told once")
    func unshowable() {
        var bench = Bench()
        bench.take(bench.machine.connected(at: bench.now))
        bench.take(bench.machine.show(["😀"], at: bench.now))
        bench.wait(.seconds(100))
        #expect(bench.others == [.unshowable(["😀       "])])
        #expect(bench.shown.first == "?       ")
    }
}
