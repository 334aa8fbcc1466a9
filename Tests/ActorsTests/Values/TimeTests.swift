@testable import Actors
import Testing

@Suite("Business dates")
struct BusinessDateTests {
    @Test("every day from 1900 to 2100 has its number, both ways, with the calendar's months and leap years")
    func everyDay() {
        var number = BusinessDate(year: 1900, month: 1, day: 1).daysSinceEpoch
        var last: BusinessDate?
        for year in 1900...2100 {
            let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
            for (index, length) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for day in 1...length {
                    let date = BusinessDate(year: year, month: index + 1, day: day)
                    guard date.daysSinceEpoch == number, BusinessDate(daysSinceEpoch: number) == date,
                        BusinessDate(date.description) == date, last.map({ $0 < date }) ?? true
                    else {
                        Issue.record("\(date) is day \(date.daysSinceEpoch), expected \(number)")
                        return
                    }
                    last = date
                    number += 1
                }
            }
        }
        #expect(BusinessDate(year: 1970, month: 1, day: 1).daysSinceEpoch == 0)
        #expect(BusinessDate(year: 1900, month: 1, day: 1).daysSinceEpoch == -25_567)
        #expect(BusinessDate(year: 2100, month: 12, day: 31).daysSinceEpoch == 47_846)
    }

    @Test("a Korean day begins at 15:00 UTC")
    func koreanMidnight() {
        let midnight = Instant.start + .hours(14)
        #expect(BusinessDate(midnight, zone: SiteClock()).description == "2026-11-21")
        #expect(BusinessDate(midnight - .milliseconds(1), zone: SiteClock()).description == "2026-11-20")
        #expect(SiteClock().hour(of: midnight) == 0 && SiteClock().hour(of: midnight - .milliseconds(1)) == 23)
        #expect(SiteClock().hour(of: .start) == 10)
    }

    @Test("with a day cut the small hours belong to the day before; the clock's hour stays what it is")
    func dayCut() {
        let clock = SiteClock(dayCutMinutes: 240)
        let four = Instant.start + .hours(18)
        #expect(BusinessDate(four, zone: clock).description == "2026-11-21")
        #expect(BusinessDate(four - .milliseconds(1), zone: clock).description == "2026-11-20")
        #expect(clock.hour(of: four) == 4)
    }

    @Test("times before 1970 fall on the right day and hour")
    func beforeEpoch() {
        let last = Instant(milliseconds: -1)
        #expect(BusinessDate(last, zone: SiteClock(utcOffsetMinutes: 0)).description == "1969-12-31")
        #expect(SiteClock(utcOffsetMinutes: 0).hour(of: last) == 23)
        #expect(BusinessDate(last, zone: SiteClock()).description == "1970-01-01" && SiteClock().hour(of: last) == 8)
        #expect(SiteClock(utcOffsetMinutes: -600).hour(of: Instant(milliseconds: 0)) == 14)
    }

    @Test("29 February is a day in leap years only", arguments: ["2024-02-29", "2000-02-29", "2096-02-29"])
    func leapDays(text: String) {
        #expect(BusinessDate(text)?.description == text)
    }

    @Test(
        "what is no day is refused",
        arguments: [
            "2026-02-29", "2100-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00",
            "2026-1-1",
            "20260101", "2026/01/01", "", "2026-01-01x", "26-01-0001", "+026-01-01", "2026-+1-01", "2026-01-+1",
            "２０２６-01-01", "-026-01-01", "2026-01--1",
        ])
    func refused(text: String) {
        #expect(BusinessDate(text) == nil)
        #expect(throws: (any Error).self) { try JSON.decode([BusinessDate].self, from: JSON.encode([text])) }
    }

    @Test("a date in a slip number has no hyphens")
    func compact() {
        #expect(BusinessDate("2026-01-05")?.compact == "20260105")
        #expect(pad(7, 4) == "0007" && pad(12_345, 4) == "12345" && pad(0, 1) == "0")
    }
}

@Suite("Instants and durations")
struct InstantTests {
    @Test("milliseconds are kept, anything finer is dropped")
    func arithmetic() {
        let time = Instant(milliseconds: 1000)
        #expect((time + .milliseconds(1500)).milliseconds == 2500)
        #expect((time + .microseconds(1999)).milliseconds == 1001)
        #expect((time - .milliseconds(1500)).milliseconds == -500)
        #expect((time + .seconds(-2)).milliseconds == -1000)
        #expect(time - Instant(milliseconds: 4000) == .seconds(-3))
        #expect((time - Instant(milliseconds: 4000)).inMilliseconds == -3000)
        #expect(Duration.seconds(300).inMilliseconds == 300_000)
        #expect(time < time + .milliseconds(1))
    }

    @Test("there is no time beyond the end of time")
    func extremes() {
        let (first, last) = (Instant(milliseconds: .min), Instant(milliseconds: .max))
        #expect(last + .milliseconds(1) == last && first + .milliseconds(-1) == first)
        #expect(last - first == .milliseconds(Int64.max) && first - last == .milliseconds(Int64.min))
        #expect((last - first).inMilliseconds == .max && (first - last).inMilliseconds == .min)
        #expect(last - Instant(milliseconds: -1) == .milliseconds(Int64.max))
    }

    @Test("JSON holds the bare number")
    func json() throws {
        #expect(String(decoding: JSON.encode([Instant.start]), as: UTF8.self) == "[1795136400000]")
        #expect(try JSON.decode([Instant].self, from: Array("[1795136400000]".utf8)) == [.start])
        #expect(throws: (any Error).self) { try JSON.decode([Instant].self, from: Array("[1.5]".utf8)) }
    }
}
