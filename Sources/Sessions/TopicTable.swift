package import Actors

/// Who follows what on one loop. Live followers stand in an array per topic, so that a publication walks over memory in order.
package struct TopicTable<Member: Hashable> {
    private struct Followers {
        var live: [Member] = []
        /// Where each live member stands in `live`.
        var places: [Member: Int] = [:]
        /// Not live yet, or skipping ahead: their session decides what they get.
        var waiting: Set<Member> = []

        var isEmpty: Bool { live.isEmpty && waiting.isEmpty }
    }

    private var topics: [Topic: Followers] = [:]

    package init() {}

    package var topicCount: Int { topics.count }

    package func live(_ topic: Topic) -> [Member] { topics[topic]?.live ?? [] }
    package func waiting(_ topic: Topic) -> Set<Member> { topics[topic]?.waiting ?? [] }

    /// Follows `topic` through the session.
    package mutating func join(_ topic: Topic, _ member: Member) {
        remove(member, fromLiveOf: topic)
        topics[topic, default: Followers()].waiting.insert(member)
    }

    /// From here on gets whatever is published, directly.
    package mutating func promote(_ topic: Topic, _ member: Member) {
        guard var followers = topics[topic], followers.waiting.remove(member) != nil else { return }
        // Taken out while it changes, so that no array is copied.
        topics[topic] = nil
        followers.places[member] = followers.live.count
        followers.live.append(member)
        topics[topic] = followers
    }

    package mutating func leave(_ topic: Topic, _ member: Member) {
        remove(member, fromLiveOf: topic)
        topics[topic]?.waiting.remove(member)
        if topics[topic]?.isEmpty == true { topics[topic] = nil }
    }

    private mutating func remove(_ member: Member, fromLiveOf topic: Topic) {
        guard let place = topics[topic]?.places.removeValue(forKey: member) else { return }
        // The last one takes the free place: order between members means nothing.
        if let last = topics[topic]?.live.removeLast(), last != member {
            topics[topic]?.live[place] = last
            topics[topic]?.places[last] = place
        }
    }
}
