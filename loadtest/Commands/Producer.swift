internal import Actors
internal import NIOCore

/// Somebody who gives a command, waits until it is durable, and gives the next one to another order.
///
/// `@unchecked Sendable`: only one command is under way, and its answer starts the next, so no two threads are ever in here; each
/// step is handed over by a post to a lane.
final class Producer: @unchecked Sendable {
    struct Result: Sendable {
        /// Nanoseconds from giving the command to its answer, of those answered after the warm-up.
        var latencies: [Int64] = []
        var committedCount = 0
        /// Anything but a commit. None is expected.
        var refusals: [String: Int] = [:]
    }

    private let number: Int
    private let registry: Registry
    private let orders: [StreamID]
    private let principal: Principal
    private let span: Range<NIODeadline>
    private let done: @Sendable (Result) -> Void
    private var random: SplitMix64
    private var count = 0
    private var result = Result()

    /// Only its change is remembered, and it is not compared with anything: the same bytes serve every command.
    private static let body = [UInt8](repeating: 7, count: 16)
    private static let arguments = Array(#"{"driverContact":"010-1234-5678","driverName":"김영수"}"#.utf8)

    /// - Parameter span: commands are given until its end; those answered before its start are not measured.
    init(
        _ number: Int, registry: Registry, orders: [StreamID], principal: Principal, span: Range<NIODeadline>,
        done: @escaping @Sendable (Result) -> Void
    ) {
        self.number = number
        self.registry = registry
        self.orders = orders
        self.principal = principal
        self.span = span
        self.done = done
        random = SplitMix64(seed: UInt64(number))
    }

    func next() {
        let start = NIODeadline.now()
        guard start < span.upperBound else { return done(result) }
        count += 1
        let request = Request(
            name: "assign", arguments: Self.arguments, key: "\(number):\(count)", body: Self.body, principal: principal
        ) { [self] outcome in answered(outcome, start) }
        registry.send(request, to: orders[Int.random(in: orders.indices, using: &random)])
    }

    private func answered(_ outcome: Outcome, _ start: NIODeadline) {
        let now = NIODeadline.now()
        if case .committed = outcome {
            result.committedCount += 1
            if span.contains(now) { result.latencies.append((now - start).nanoseconds) }
        } else {
            result.refusals["\(outcome)".prefix(60).description, default: 0] += 1
        }
        next()
    }
}
