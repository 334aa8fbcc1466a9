/// One command on its way: asked again with the same key until a hub gives a final answer.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class Caller: @unchecked Sendable {
    let ask: Ask
    var attempt = 0
    private(set) var isDone = false
    private let then: @Sendable () -> Void

    /// Milliseconds after which a terminal asks again.
    static let patience = 9000

    init(_ ask: Ask, then: @escaping @Sendable () -> Void) {
        self.ask = ask
        self.then = then
    }

    /// A frame that went out twice is answered twice.
    func finish() {
        guard !isDone else { return }
        isDone = true
        then()
    }
}
