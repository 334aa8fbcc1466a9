internal import FoundationEssentials

/// A report as a page, and as metrics.
enum StatusText {
    // MARK: A page

    static func page(_ report: StatusReport) -> String {
        let problems = report.problems.map { "<li>\(escaped($0))</li>" }.joined()
        let rows = report.stations.map(row).joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="ko">
            <meta charset="utf-8">
            <meta http-equiv="refresh" content="2">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>계량 에이전트 \(escaped(report.site))</title>
            <style>
            :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
            body { margin: 1rem auto; max-width: 60rem; padding: 0 1rem }
            h1 { font-size: 1.25rem }
            .good { color: light-dark(#116329, #7ee787) }
            .bad { color: light-dark(#b3261e, #ffb4ab); font-weight: 600 }
            .wide { overflow-x: auto }
            table { border-collapse: collapse; width: 100% }
            th, td { border-bottom: 1px solid light-dark(#d0d7de, #444c56); padding: .4rem .6rem; text-align: left; white-space: nowrap }
            td.number { text-align: right; font-variant-numeric: tabular-nums }
            </style>
            <h1>계량 에이전트 · \(escaped(report.site))</h1>
            <p>허브 \(escaped(report.hub.address)):
            \(connected(report.hub.isConnected))\(board(report))
            · 시계 차이 \(report.hub.offsetMillis.map { "\($0) ms" } ?? "–") · 가동 \(duration(report.upSeconds))</p>
            \(problems.isEmpty ? "" : "<ul class=bad>\(problems)</ul>")
            <div class=wide><table>
            <tr><th>계량대<th>인디케이터<th>지금 값<th>초당 프레임<th>거부<th>허브를 기다리는 중량<th>마지막 응답<th>선로</tr>
            \(rows)
            </table></div>
            """
    }

    private static func board(_ report: StatusReport) -> String {
        guard let board = report.board else { return "" }
        return " · 전광판 \(board.isRefusing ? "<span class=bad>거부</span>" : connected(board.isConnected))"
    }

    private static func connected(_ isConnected: Bool) -> String {
        isConnected ? "<span class=good>연결됨</span>" : "<span class=bad>끊김</span>"
    }

    private static func row(_ station: StatusReport.Station) -> String {
        let health =
            switch station.hearsIndicator {
            case true?: "<span class=good>정상</span>"
            case false?: "<span class=bad>값 없음</span>"
            case nil: "–"
            }
        let cells = [
            "<td>\(escaped(station.id))", "<td>\(health)",
            "<td class=number>\(station.liveGrams.map(kilograms) ?? "–")",
            "<td class=number>\(station.framesPerSecond)", "<td class=number>\(station.refused)",
            "<td class=number>\(station.outbox.waiting)",
            "<td>\(station.outbox.lastAnswerAt.map(clock) ?? "–")",
            "<td>\(escaped(station.line)) · \(escaped(station.profile))",
        ]
        return "<tr>\(cells.joined())</tr>"
    }

    static func kilograms(_ grams: Int64) -> String {
        let value = ExactDecimal(mantissa: grams, scale: 3)
        var text = "\(value)"
        while text.contains("."), text.last == "0" || text.last == "." { text.removeLast() }
        return "\(text) kg"
    }

    /// In UTC, as the log writes it.
    static func clock(_ millis: Int64) -> String {
        Date(timeIntervalSince1970: Double(millis / 1000)).formatted(.iso8601)
    }

    static func duration(_ seconds: Int64) -> String {
        seconds < 3_600 ? "\(seconds / 60)분" : seconds < 86_400 ? "\(seconds / 3_600)시간" : "\(seconds / 86_400)일"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }

    // MARK: Metrics

    /// In the text format of Prometheus.
    static func metrics(_ report: StatusReport) -> String {
        var lines: [String] = []
        func family(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: String)]) {
            lines.append("# HELP \(name) \(help)")
            lines.append("# TYPE \(name) \(type)")
            for sample in samples { lines.append("\(name)\(sample.labels) \(sample.value)") }
        }
        func stations(
            _ name: String, _ type: String, _ help: String, _ value: (StatusReport.Station) -> String?
        ) {
            family(
                name, type, help,
                report.stations.compactMap { station in
                    value(station).map { ("{station=\"\(label(station.id))\"}", $0) }
                })
        }
        family("gwanje_edge_up_seconds", "gauge", "Seconds since the start.", [("", "\(report.upSeconds)")])
        family(
            "gwanje_edge_hub_connected", "gauge", "1 while the hub is there.",
            [("", report.hub.isConnected ? "1" : "0")])
        family(
            "gwanje_edge_clock_offset_seconds", "gauge", "The hub's clock minus ours.",
            report.hub.offsetMillis.map { [("", seconds($0))] } ?? [])
        family(
            "gwanje_edge_requests_only", "gauge", "1 while no WebSocket gets through.",
            [("", report.hub.transport == .requests ? "1" : "0")])
        family(
            "gwanje_edge_board_connected", "gauge", "1 while the LED board is there.",
            report.board.map { [("", $0.isConnected ? "1" : "0")] } ?? [])
        family(
            "gwanje_edge_board_refuses", "gauge", "1 while it refuses what it is told.",
            report.board.map { [("", $0.isRefusing ? "1" : "0")] } ?? [])
        stations("gwanje_edge_frames_total", "counter", "Frames that were read.") { "\($0.frames)" }
        stations("gwanje_edge_refused_frames_total", "counter", "Frames that were refused.") { "\($0.refused)" }
        stations("gwanje_edge_noise_bytes_total", "counter", "Bytes outside frames.") { "\($0.noiseBytes)" }
        stations("gwanje_edge_indicator_good", "gauge", "1 while values come from the indicator.") {
            $0.hearsIndicator.map { $0 ? "1" : "0" }
        }
        stations("gwanje_edge_waiting_weights", "gauge", "Weights without a final answer of the hub.") {
            "\($0.outbox.waiting)"
        }
        stations("gwanje_edge_refused_weights", "gauge", "Weights that the hub refused, of those that are kept.") {
            "\($0.outbox.refused)"
        }
        stations("gwanje_edge_zero_drift_grams", "gauge", "What the deck reads instead of zero, for a minute or more.")
        {
            $0.driftGrams.map(String.init)
        }
        stations("gwanje_edge_reused_numbers", "gauge", "Weights refused within a day: another weight has the number.")
        {
            "\($0.outbox.reused)"
        }
        stations("gwanje_edge_station_denied", "gauge", "1 while the key does not speak for the station.") {
            $0.isDenied ? "1" : "0"
        }
        stations("gwanje_edge_division_differs", "gauge", "1 while the hub has another division.") { station in
            station.hubDivisionGrams.map { $0 == station.divisionGrams ? "0" : "1" }
        }
        stations("gwanje_edge_last_answer_timestamp_seconds", "gauge", "When the hub answered for a weight.") {
            $0.outbox.lastAnswerAt.map(seconds)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func seconds(_ millis: Int64) -> String { "\(ExactDecimal(mantissa: millis, scale: 3))" }

    private static func label(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
