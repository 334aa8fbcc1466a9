internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1

/// Plain requests, where no WebSocket can be had: an event stream tells what the hub says, and each thing that is said is a POST of its
/// own. One at a time goes out of all that has to keep its order, and once a second the newest live weight of each station.
final class RequestTransport: HubTransport {
    typealias Event = HubTransportEvent

    private static let liveInterval = TimeAmount.seconds(1)
    /// Between two that keep their order: a backlog leaves half of what the hub allows a device (1,200 a minute) to live weights.
    private static let postInterval = TimeAmount.milliseconds(100)

    private let urls: RequestURLs
    private let topics: [String]
    private let headers: HTTPHeaders
    private let client: RequestClient
    private let loop: any EventLoop
    private let deliver: (Event) -> Void
    private var reading: Task<Void, Never>?
    private var liveTimer: RepeatedTask?
    private var queue = RequestQueue()
    private var isScheduled = false
    private var postedAt = NIODeadline.distantPast
    /// By topic.
    private var live: [String: LiveWeight] = [:]
    private var livePostCount = 0
    private var subscribed: Set<String> = []
    private var hasEnded = false

    /// - Parameter topics: what the stream follows; each is asked for in the same connection once.
    init(
        _ address: HubAddress, apiKey: String, topics: [String], tls: HubTLS?, on loop: any EventLoop,
        deliver: @escaping (Event) -> Void
    ) {
        urls = RequestURLs(address)
        self.topics = topics
        headers = ["X-API-Key": apiKey, "User-Agent": "gwanje-edge"]
        client = RequestClient(tls: tls, on: loop)
        self.loop = loop
        self.deliver = deliver
    }

    func open() {
        loop.preconditionInEventLoop()
        let own = NIOLoopBound(self, eventLoop: loop)
        let heard: @Sendable (Event) -> Void = { [loop] event in loop.execute { own.value.heard(event) } }
        let (client, urls, headers, topics) = (client, urls, headers, topics)
        reading = Task { await client.read(topics, at: urls, headers, heard: heard) }
        liveTimer = loop.scheduleRepeatedTask(initialDelay: Self.liveInterval, delay: Self.liveInterval) { _ in
            own.value.postLive()
        }
    }

    func send(_ message: EdgeMessage) {
        guard !hasEnded else { return }
        switch message {
        case .hello: break
        case .subscribe(_, let topic, _):
            // The stream began with a picture of each; another one takes another stream.
            if !subscribed.insert(topic).inserted { reading?.cancel() }
        case .live(let topic, let weight): live[topic] = weight
        case .weight, .again, .health:
            queue.add(message)
            postNext()
        }
    }

    func close(code: UInt16) { reading?.cancel() }

    private func heard(_ event: Event) {
        if case .ended = event {
            hasEnded = true
            liveTimer?.cancel()
        }
        deliver(event)
    }

    // MARK: What is said

    private func postNext() {
        guard queue.isIdle, !isScheduled, !queue.isEmpty else { return }
        isScheduled = true
        let own = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(deadline: postedAt + Self.postInterval) { own.value.postFirst() }
    }

    private func postFirst() {
        isScheduled = false
        guard !hasEnded, let message = queue.next() else { return }
        postedAt = .now()
        post(message) { [weak self] answer in self?.answered(message, answer) }
    }

    private func postLive() {
        guard livePostCount == 0 else { return }
        for (topic, weight) in live.sorted(by: { $0.key < $1.key }) {
            livePostCount += 1
            post(.live(topic: topic, weight)) { [weak self] _ in self?.livePostCount -= 1 }
        }
        live = [:]
    }

    private func post(_ message: EdgeMessage, _ answered: @escaping (RequestAnswer) -> Void) {
        var request = HTTPClientRequest(url: urls.url(of: message))
        request.method = .POST
        request.headers = headers
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: message.requestBody))
        let answered = NIOLoopBound(answered, eventLoop: loop)
        let done: @Sendable (RequestAnswer) -> Void = { [loop] answer in loop.execute { answered.value(answer) } }
        let (client, sent) = (client, request)
        Task { done(await client.answer(to: sent)) }
    }

    private func answered(_ message: EdgeMessage, _ answer: RequestAnswer) {
        queue.answered()
        guard !hasEnded else { return }
        switch (message, answer) {
        case (.health(let id, _, _, _), .done): deliver(.message(.reply(id: id, nil)))
        case (.health(let id, _, _, _), .refused(let error)), (.health(let id, _, _, _), .later(let error)):
            deliver(.message(.reply(id: id, error)))
        case (.weight(let stored), .done): acknowledge(stored, again: false)
        case (.again(let stored), .done): acknowledge(stored, again: true)
        case (.weight(let stored), .refused(let error)): acknowledge(stored, again: false, refusal: error)
        case (.again(let stored), .refused(let error)): acknowledge(stored, again: true, refusal: error)
        case (.weight, .later(let error)), (.again, .later(let error)):
            // An answer to a later one would be one to this. The machine says everything again, from this one on.
            queue.clear()
            deliver(.message(.error(id: nil, error)))
        case (.hello, _), (.subscribe, _), (.live, _): break
        }
        postNext()
    }

    private func acknowledge(_ stored: StoredWeight, again: Bool, refusal: HubError? = nil) {
        deliver(
            .message(
                .ack(
                    topic: stored.topic, boot: stored.boot, n: stored.n, again: again,
                    refused: refusal.map { [stored.n: $0.code] } ?? [:])))
    }
}

/// Where things are asked and said: beside the WebSocket, under `api/v1`.
struct RequestURLs: Sendable {
    /// `host:port`
    let place: String
    private let base: String

    init(_ address: HubAddress) {
        let directory = address.target.prefix { $0 != "?" }.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        place = "\(address.host):\(address.port)"
        base = "\(address.secure ? "https" : "http")://\(address.authority)\(directory)/api/v1"
    }

    func stream(_ topics: [String]) -> String {
        var query = URLComponents()
        query.queryItems = topics.map { URLQueryItem(name: "topic", value: $0) }
        return "\(base)/stream?\(query.percentEncodedQuery ?? "")"
    }

    func url(of message: EdgeMessage) -> String {
        switch message {
        case .live, .weight, .again: "\(base)/internal/weigh-data"
        case .health, .hello, .subscribe: "\(base)/commands"
        }
    }
}

extension EdgeMessage {
    fileprivate var requestBody: String {
        switch self {
        case .live(let topic, let live): WeighData(live, topic: topic).jsonLine
        case .weight(let stored), .again(let stored): WeighData(stored).jsonLine
        case .health, .hello, .subscribe: json
        }
    }
}
