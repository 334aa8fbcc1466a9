/// What every host shares: the services behind the actors and the limits they keep.
package final class Runtime: Sendable {
    package struct Limits: Sendable {
        /// Requests waiting in one mailbox; past it the answer is `busy`.
        package var mailboxLengthMax = 4096
        /// Commands decided and committed as one batch.
        package var batchLengthMax = 256
        /// Replies an actor remembers in memory; older ones are found in the journal.
        package var rememberedReplyCountMax = 512
        /// Events between two snapshots.
        package var snapshotInterval: Int64 = 200
        /// Times a batch is decided again after a conflict before the askers are told to try later.
        package var attemptCountMax = 5
        /// An actor without work for this long leaves memory.
        package var idleMax: Duration = .seconds(600)
        /// The hint given with `busy` and `unavailable`.
        package var retryAfter: Duration = .milliseconds(250)

        package init() {}
    }

    package let journal: any Journal
    package let publisher: any Publisher
    package let directory: DirectoryStore
    package let limits: Limits
    /// Takes effects that are durable; runs on the lane of the actor that caused them.
    package let dispatch: @Sendable ([OutboxEntry]) -> Void
    /// Another hub owns the database: this one has to stop.
    package let deposed: @Sendable () -> Void

    package init(
        journal: any Journal, publisher: any Publisher, directory: DirectoryStore, limits: Limits = Limits(),
        dispatch: @escaping @Sendable ([OutboxEntry]) -> Void, deposed: @escaping @Sendable () -> Void
    ) {
        self.journal = journal
        self.publisher = publisher
        self.directory = directory
        self.limits = limits
        self.dispatch = dispatch
        self.deposed = deposed
    }
}
