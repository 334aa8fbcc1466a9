import Testing

@testable import Actors
@testable import Sessions

@Suite struct `Topic table` {
    @Test func `a member waits first and is live after promotion`() {
        var table = TopicTable<Int>()
        table.join(queueTopic, 1)
        #expect(table.live(queueTopic) == [] && table.waiting(queueTopic) == [1])
        table.promote(queueTopic, 1)
        #expect(table.live(queueTopic) == [1] && table.waiting(queueTopic) == [])
        table.join(queueTopic, 1)
        #expect(table.live(queueTopic) == [] && table.waiting(queueTopic) == [1])
    }

    @Test func `promotion of a member that does not wait is nothing`() {
        var table = TopicTable<Int>()
        table.promote(queueTopic, 1)
        #expect(table.topicCount == 0)
        table.join(queueTopic, 1)
        table.promote(queueTopic, 1)
        table.promote(queueTopic, 1)
        table.promote(queueTopic, 2)
        #expect(table.live(queueTopic) == [1])
    }

    @Test func `the views of one stream are topics of their own`() {
        var table = TopicTable<Int>()
        table.join(queueTopic, 1)
        table.join(Topic(queue, .driver), 2)
        table.join(Topic(queue, .person("D8")), 3)
        #expect(table.topicCount == 3)
        #expect(table.waiting(queueTopic) == [1])
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `any sequence of joins, promotions and departures agrees with a simple model`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let topics = (0..<4).map { Topic(StreamID(site: "ulsan", kind: "queue", key: "q\($0)"), .staff) }
        var table = TopicTable<Int>()
        // Per topic and member: whether it is live.
        var model: [Topic: [Int: Bool]] = [:]
        for _ in 0..<400 {
            let topic = topics[Int.random(in: 0..<4, using: &random)]
            let member = Int.random(in: 0..<12, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                table.join(topic, member)
                model[topic, default: [:]][member] = false
            case 2, 3:
                table.promote(topic, member)
                if model[topic]?[member] != nil { model[topic]?[member] = true }
            default:
                table.leave(topic, member)
                model[topic]?[member] = nil
            }
            for topic in topics {
                let expected = model[topic] ?? [:]
                let live = table.live(topic)
                #expect(live.sorted() == expected.filter { $0.value }.keys.sorted(), "seed \(seed)")
                #expect(table.waiting(topic) == Set(expected.filter { !$0.value }.keys), "seed \(seed)")
            }
            #expect(table.topicCount == model.values.count { !$0.isEmpty }, "empty topics are forgotten, seed \(seed)")
        }
    }
}
