/// A day of work at a site, as year, month and day of its own calendar.
package struct BusinessDate: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let year: Int
    package let month: Int
    package let day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The business day that `instant` belongs to: local time shifted back by the day cut (a site that closes at 04:00 counts
    /// 03:59 to the day before).
    package init(_ instant: Instant, zone: SiteClock) {
        let local = instant.milliseconds + Int64(zone.utcOffsetMinutes - zone.dayCutMinutes) * 60_000
        self.init(daysSinceEpoch: Int(local.quotientRoundedDown(by: 86_400_000)))
    }

    /// Civil date from days since 1970-01-01 (proleptic Gregorian; Hinnant's algorithm).
    package init(daysSinceEpoch: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.init(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    package var daysSinceEpoch: Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// `20261120`, as it stands in a slip number.
    package var compact: String { "\(pad(year, 4))\(pad(month, 2))\(pad(day, 2))" }

    /// `2026-11-20`.
    package var description: String { "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))" }

    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        // `Int` also reads signs.
        guard parts.map(\.utf8.count) == [4, 2, 2], !text.utf8.contains(UInt8(ascii: "+")),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return nil }
        let date = BusinessDate(year: year, month: month, day: day)
        guard (1...12).contains(month), BusinessDate(daysSinceEpoch: date.daysSinceEpoch) == date else { return nil }
        self = date
    }

    package static func < (left: BusinessDate, right: BusinessDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let date = BusinessDate(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected YYYY-MM-DD")
        }
        self = date
    }
}

/// How a site's wall clock relates to UTC. Korea has no daylight saving time, so an offset is enough.
package struct SiteClock: Sendable, Hashable, Codable {
    package var utcOffsetMinutes: Int
    package var dayCutMinutes: Int

    package init(utcOffsetMinutes: Int = 540, dayCutMinutes: Int = 0) {
        self.utcOffsetMinutes = utcOffsetMinutes
        self.dayCutMinutes = dayCutMinutes
    }

    /// The local hour of day, 0…23.
    package func hour(of instant: Instant) -> Int {
        let minutes = instant.milliseconds.quotientRoundedDown(by: 60_000) + Int64(utcOffsetMinutes)
        return Int(minutes - minutes.quotientRoundedDown(by: 1440) * 1440) / 60
    }
}

/// `7` → `"0007"`.
package func pad(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Int64 {
    fileprivate func quotientRoundedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
