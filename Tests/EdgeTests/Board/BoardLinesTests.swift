import Testing

@testable import Edge

/// FR-014: the number that is called, and the next three.
@Suite struct BoardLinesTests {
    private func lines(
        _ line: [Int], called: [(Int, String, Int64?)] = [], paused: Bool = false, rows: Int = 2, cells: Int = 12
    ) -> [String] {
        let calls = called.map { QueuePicture.Call(number: $0.0, stationName: $0.1, deadline: $0.2) }
        return BoardLines.of(QueuePicture(line: line, called: calls, paused: paused), rows: rows, cells: cells)
    }

    @Test func `1.11 the newest call stands above, the next three below`() {
        #expect(lines([4, 5, 6, 7], called: [(2, "1계량대", 10), (3, "2계량대", 20)]) == ["3→2계량대", "다음 4 5 6"])
        #expect(
            lines([4], called: [(2, "1계량대", 10), (3, "2계량대", 20)], rows: 4) == [
                "3→2계량대", "2→1계량대", "", "다음 4",
            ])
    }

    @Test func `nobody called, nobody waiting, nobody taken in`() {
        #expect(lines([4, 5]) == ["계량 대기", "다음 4 5"])
        #expect(lines([]) == ["대기 없음", ""])
        #expect(lines([4], paused: true) == ["접수 중지", "다음 4"])
        #expect(lines([4], called: [(3, "1계량대", nil)], paused: true) == ["3→1계량대", "다음 4"])
    }

    @Test func `one row shows the call, or else who comes next`() {
        #expect(lines([4, 5], called: [(3, "1계량대", nil)], rows: 1) == ["3→1계량대"])
        #expect(lines([4, 5], rows: 1) == ["다음 4 5"])
        #expect(lines([], rows: 1) == ["대기 없음"])
    }

    @Test func `a number is whole or not there: half of it would be another's`() {
        #expect(lines([18, 19, 20]) == ["계량 대기", "18 19 20"])
        #expect(lines([1018, 1019, 1020]) == ["계량 대기", "1018 1019"])
        #expect(lines([1018, 1019, 5], cells: 8) == ["계량 대기", "1018"], "5 is not next")
        #expect(lines([1018, 1019, 1020], cells: 14) == ["계량 대기", "1018 1019 1020"])
    }

    @Test func `while nothing is known the board says so, as wide as it is`() {
        #expect(BoardLines.unknown(cells: 14) == ["시스템 점검 중"])
        #expect(BoardLines.unknown(cells: 12) == ["점검 중"])
    }
}
