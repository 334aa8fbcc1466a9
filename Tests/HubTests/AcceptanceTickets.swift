import Testing

@testable import Hub

/// Rows 1.4–1.8: two passes, open tickets, weights, numbers, and what may happen to a finished ticket.
extension Acceptance {
    @Suite struct Tickets {
        private let register = TestHub.register

        @Test(arguments: [(40_460_000, 18_720_000), (18_720_000, 40_460_000)] as [(Int64, Int64)])
        func `1.4 the larger weight is the gross one, whatever the order`(first: Int64, second: Int64) async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let slip = try await office.slip("부산82바3345", first, second)
                #expect(slip.grossGrams == 40_460_000 && slip.tareGrams == 18_720_000 && slip.netGrams == 21_740_000)
                #expect(slip.tareSource == "MEASURED" && slip.first.grams == .integer(first))
                #expect(slip.second.grams == .integer(second))
                #expect(try await office.picture(TestHub.queue).entries == [])
            }
        }

        @Test func `1.4 equal weights and too small a net are refused, and the truck is weighed again`() async throws {
            try await TestHub.run { hub in
                try await hub.changeSite(["netMinGrams": 100_000])
                let office = try await TestOffice.open(hub)
                let plate = "부산82바3345"
                try await office.pass(plate, 20_000_000)
                for (grams, code) in [(20_000_000, "sameWeight"), (20_080_000, "netTooSmall")] as [(Int64, String)] {
                    // After the first refusal the truck is in line again by itself.
                    if try await office.entry(plate).state == "away" { try await office.checkIn(plate) }
                    let called = try await office.callNext()
                    let word = try await office.weigh(called, grams)
                    #expect(word.name == "weighingRefused" && word.data.refusal.code == .text(code))
                    #expect(try await office.picture(register).refused.array.last?.code == .text(code))
                    try await office.leave()
                    #expect(try await office.entry(plate).state == "waiting")
                }
                let called = try await office.callNext()
                let slip = try await office.weigh(called, 20_100_000).data.slip
                #expect(slip.netGrams == 100_000 && slip.number.string?.hasSuffix("0001") == true)
                #expect(try await office.picture(register).refused == [])
            }
        }

        @Test func `1.4 a stored tare is marked PT, an expired or missing one is refused`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let trucks = try await hub.addTrucks(1)
                try await office.pass("부산82바3345", 30_000_000)
                try await office.pass("부산80바1234", 30_000_000)
                try await office.pass(trucks[0], 30_000_000)
                try await office.staff.succeed(register, "completeWithStoredTare", ["plate": "부산82바3345"])
                let slip = try await office.registered("1").data.slip
                #expect(slip.tareSource == "PT" && slip.tareGrams == 9_000_000 && slip.netGrams == 21_000_000)
                #expect(slip.second.isNull && slip.tareDate.string?.count == 10)
                let number = try #require(slip.number.string)
                let record = try await hub.get("/api/v1/weigh-records/\(number)", as: "staff").json.data
                #expect(record.tareSource == "PT" && record.tareDate == slip.tareDate)
                try await office.staff.expectRefusal(
                    "noStoredTare", register, "completeWithStoredTare", ["plate": .text(trucks[0])])
                try await hub.changeSite(["tareValidityDays": 29])
                try await office.staff.expectRefusal(
                    "storedTareExpired", register, "completeWithStoredTare", ["plate": "부산80바1234"])
                try await office.staff.expectRefusal(
                    "noOpenTicket", register, "completeWithStoredTare", ["plate": "경기98사1234"])
            }
        }

        @Test func `1.5 the second weighing at another station completes the open ticket, also after a restart`()
            async throws
        {
            let database = try await TestDatabases.make()
            try await TestHub.run(on: database) { hub in
                let office = try await TestOffice.open(hub)
                #expect(try await office.pass("부산82바3345", 40_000_000).name == "firstWeighed")
            }
            try await TestHub.run(on: database) { hub in
                let office = try await TestOffice.open(hub, stations: ["3"])
                let picture = try await office.picture(register)
                #expect(picture.open.array.count == 1 && picture.open[0].first.grams == 40_000_000)
                #expect(try await office.entry("부산82바3345").state == "away")
                let word = try await office.pass("부산82바3345", 18_000_000, at: "3")
                #expect(word.name == "completed" && word.data.slip.netGrams == 22_000_000)
                #expect(word.data.slip.first.station == "1" && word.data.slip.second.station == "3")
                #expect(try await office.picture(register).open == [])
            }
        }

        @Test func `1.5 a truck has one open ticket, however its weights come in`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                try await office.pass("부산82바3345", 40_000_000)
                // Typed in: it completes the open ticket, it does not open another.
                try await office.staff.succeed(
                    register, "enterManually", ["plate": "82바3345", "grams": 18_000_000, "reason": "계량대 고장"])
                let slip = try await office.registered("1").data.slip
                #expect(slip.netGrams == 22_000_000 && slip.second.source == "MANUAL" && slip.second.by == "박정민")
                #expect(try await office.picture(register).open == [])
                try await office.staff.succeed(
                    register, "enterManually", ["plate": "82바3345", "grams": 41_000_000, "reason": "계량대 고장"])
                try await office.staff.succeed(register, "cancelOpen", ["plate": "82바3345", "reason": "잘못 입력"])
                try await office.staff.expectRefusal(
                    "noOpenTicket", register, "cancelOpen", ["plate": "82바3345", "reason": "또"])
            }
        }

        @Test func `1.6 net is gross minus tare to the gram, in whole kilograms of one division, everywhere`()
            async throws
        {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let slip = try await office.slip("부산82바3345", 79_999_999 / 20_000 * 20_000, 9_020_000)
                let (gross, tare) = (try #require(slip.grossGrams.int), try #require(slip.tareGrams.int))
                #expect(slip.netGrams == .integer(gross - tare) && (gross - tare) % 20_000 == 0)
                let number = try #require(slip.number.string)
                let record = try await hub.get("/api/v1/weigh-records/\(number)", as: "staff").json.data
                for name in ["grossGrams", "tareGrams", "netGrams", "plate", "driver"] {
                    #expect(record[name] == (slip[name].isNull ? slip.load[name] : slip[name]), "\(name)")
                }
                let columns = "round(gross_weight * 1000)::bigint - round(tare_weight * 1000)::bigint"
                #expect(
                    try await TestDatabases.number("SELECT \(columns) FROM weigh_record", in: hub.conninfo) == gross
                        - tare)
                let date = try #require(slip.date.string)
                let list = try await hub.get(
                    "/api/v1/weigh-records?start_date=\(date)&end_date=\(date)", as: "staff"
                ).json.data
                #expect(list.netGrams == slip.netGrams && list.pagination.total == 1)
                for (grams, code) in [
                    (18_010_000, "divisionMismatch"), (499_000, "weightOutOfRange"), (80_020_000, "weightOutOfRange"),
                ] as [(Int64, String)] {
                    try await office.staff.expectRefusal(
                        code, register, "enterManually",
                        ["plate": "부산80바1234", "grams": .integer(grams), "reason": "시험", "station": "1"])
                }
                try await office.staff.expectRefusal(
                    "badArguments", register, "enterManually",
                    ["plate": "부산80바1234", "grams": "18000000", "reason": "시험"])
            }
        }

        @Test func `1.7 fifty completions at once get fifty numbers without a gap, and refused ones use none`()
            async throws
        {
            try await TestHub.run { hub in
                let plates = try await hub.addTrucks(60)
                let clients = try await [
                    hub.client("staff"), hub.client("staff2"), hub.client("admin"), hub.client("yard"),
                ]
                for plate in plates {
                    try await clients[0].succeed(
                        register, "enterManually", ["plate": .text(plate), "grams": 40_000_000, "reason": "시험"])
                }
                // Ten of the sixty are refused, in between.
                let refused = try await withThrowingTaskGroup(of: Bool.self) { tasks in
                    for (index, plate) in plates.enumerated() {
                        tasks.addTask {
                            let grams: Int64 = index % 6 == 3 ? 40_000_000 : 10_000_000 + Int64(index) * 20_000
                            let reply = try await clients[index % clients.count].command(
                                register, "enterManually",
                                ["plate": .text(plate), "grams": .integer(grams), "reason": "시험"])
                            #expect(reply.ok == true || reply.error.code == "sameWeight")
                            return reply.ok == false
                        }
                    }
                    return try await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(refused == 10)
                let picture = try await clients[0].picture(register)
                let date = try #require(picture.date.string)
                var numbers: [String] = []
                for page in 1...3 {
                    let list = try await hub.get(
                        "/api/v1/weigh-records?start_date=\(date)&end_date=\(date)&page=\(page)", as: "staff"
                    ).json.data
                    #expect(list.pagination.total == 50)
                    numbers += list.items.array.compactMap(\.number.string)
                }
                let day = date.replacing("-", with: "")
                #expect(numbers.sorted() == (1...50).map { "WR\(day)\($0 < 10 ? "000" : "00")\($0)" })
                #expect(picture.today.completed == 50 && picture.open.array.count == 10)
            }
        }

        @Test func `1.8 a finished ticket is voided with a reason by the administrator only, and keeps its number`()
            async throws
        {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let slip = try await office.slip("부산82바3345", 40_000_000, 18_000_000)
                let number = try #require(slip.number.string)
                let topic = TestHub.ticket(number)
                let admin = try await hub.client("admin")
                let driver = try await hub.client("driver1")
                try await admin.subscribe(topic)
                try await office.staff.expectRefusal("forbidden", topic, "void", ["reason": "오류"])
                try await driver.expectRefusal("forbidden", topic, "void", ["reason": "오류"])
                try await admin.expectRefusal("reasonRequired", topic, "void", ["reason": "  "])
                try await admin.succeed(topic, "void", ["reason": "품목 오류"])
                let voided = try await admin.event(topic, "voided")
                #expect(voided.by == "관리자" && voided.reason == "품목 오류")
                try await admin.expectRefusal("alreadyVoid", topic, "void", ["reason": "또"])
                try await admin.expectRefusal("alreadyVoid", topic, "correct", ["item": "2", "reason": "또"])
                let record = try await hub.get("/api/v1/weigh-records/\(number)", as: "staff").json.data
                #expect(record.state == "VOID" && record.number == slip.number && record.netGrams == slip.netGrams)
                // The number is used up.
                let next = try await office.slip("부산80바1234", 40_000_000, 18_000_000)
                #expect(next.number.string?.hasSuffix("0002") == true)
                try await admin.expectRefusal(
                    "unknownTicket", TestHub.ticket("WR209901010001"), "void", ["reason": "없음"])
            }
        }

        @Test func `1.8 a correction is a new version with before and after, and never touches the weights`()
            async throws
        {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let slip = try await office.slip("부산82바3345", 40_000_000, 18_000_000)
                let number = try #require(slip.number.string)
                let topic = TestHub.ticket(number)
                let admin = try await hub.client("admin")
                try await admin.subscribe(topic)
                try await office.staff.expectRefusal("forbidden", topic, "correct", ["item": "2", "reason": "품목"])
                try await admin.expectRefusal("unknownItem", topic, "correct", ["item": "77", "reason": "품목"])
                try await admin.expectRefusal("nothingToChange", topic, "correct", ["reason": "품목"])
                try await admin.succeed(topic, "correct", ["item": "2", "company": "3", "reason": "품목 정정"])
                let change = try await admin.event(topic, "corrected").change
                #expect(change.version == 2 && change.by == "관리자" && change.reason == "품목 정정")
                #expect(change.before.company == "1" && change.after.company == "3")
                #expect(change.before.item.isNull && change.after.itemName == "철스크랩(생철)")
                try await admin.succeed(topic, "correct", ["item": "3", "reason": "다시"])
                let record = try await hub.get("/api/v1/weigh-records/\(number)", as: "staff").json.data
                #expect(record.version == 3 && record.item == "3" && record.companyName == "영남철강상사")
                #expect(record.history.array.count == 2 && record.history[1].before.item == "2")
                #expect(record.netGrams == slip.netGrams && record.grossGrams == slip.grossGrams)
            }
        }

        @Test func `1.8 reprints are counted, by whom, and drivers make none`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let number = try #require(try await office.slip("부산82바3345", 40_000_000, 18_000_000).number.string)
                let topic = TestHub.ticket(number)
                try await office.staff.subscribe(topic)
                for count in 1...2 as ClosedRange<Int64> {
                    try await office.staff.succeed(topic, "reprint")
                    let event = try await office.staff.event(topic, "reprinted")
                    #expect(event.count == .integer(count) && event.by == "박정민")
                }
                let driver = try await hub.client("driver1")
                try await driver.expectRefusal("forbidden", topic, "reprint")
                let record = try await hub.get("/api/v1/weigh-records/\(number)", as: "staff").json.data
                #expect(record.reprints == 2)
            }
        }
    }
}
