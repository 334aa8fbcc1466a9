/// What a board beside the scale says of the queue: who is called where, and the next three (FR-014).
enum BoardLines {
    static let nextCountMax = 3

    /// A line for each row, from the top: calls, the newest first; in the last row who comes next.
    static func of(_ queue: QueuePicture, rows: Int, cells: Int) -> [String] {
        let calls = queue.called.sorted { ($0.deadline ?? 0, $0.number) > ($1.deadline ?? 0, $1.number) }
            .map { "\($0.number)→\($0.stationName)" }
        let next = next(queue.line.prefix(nextCountMax), cells: cells)
        guard rows > 1 else { return [calls.first ?? (next.isEmpty ? idle(queue) : next)] }
        let top = calls.isEmpty ? [idle(queue)] : Array(calls.prefix(rows - 1))
        return top + Array(repeating: "", count: rows - 1 - top.count) + [next]
    }

    /// While nothing is known of the queue, nobody is sent anywhere.
    static func unknown(cells: Int) -> [String] {
        [["시스템 점검 중", "점검 중"].first { BoardText.width($0) <= cells } ?? ""]
    }

    private static func idle(_ queue: QueuePicture) -> String {
        queue.paused ? "접수 중지" : queue.line.isEmpty ? "대기 없음" : "계량 대기"
    }

    /// With the word where there is room for it. A number that does not fit whole is another number.
    private static func next(_ numbers: ArraySlice<Int>, cells: Int) -> String {
        guard !numbers.isEmpty else { return "" }
        let all = numbers.map(String.init).joined(separator: " ")
        if BoardText.width("다음 \(all)") <= cells { return "다음 \(all)" }
        var line = ""
        for number in numbers {
            let longer = line.isEmpty ? "\(number)" : "\(line) \(number)"
            // Whoever comes behind it is not next.
            guard BoardText.width(longer) <= cells else { break }
            line = longer
        }
        return line
    }
}
