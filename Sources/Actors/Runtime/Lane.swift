/// Where actors run: a first-in-first-out executor with a clock. A NIO event loop in production, one lane of a seeded
/// scheduler in the simulation.
package protocol Lane: AnyObject, Sendable {
    /// The executor that the actors of this lane adopt.
    var executor: any SerialExecutor { get }

    /// The wall clock as this lane sees it. Only the runtime reads it; the core gets the value.
    func now() -> Instant

    /// Runs `body` on this lane after everything posted before it, whoever posts, also from the lane itself.
    func post(_ body: @escaping @Sendable () -> Void)

    /// Runs `body` on this lane after `delay`. Never `Task.sleep`: it leaves the lane.
    func after(_ delay: Duration, _ body: @escaping @Sendable () -> Void)
}
