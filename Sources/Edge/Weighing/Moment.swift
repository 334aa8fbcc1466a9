/// One point in time as an argument: how long the process has run, and what the wall clock said.
///
/// Spans are measured on `elapsed`, which never jumps; `millis` (since 1970, UTC) is only written down.
package struct Moment: Equatable, Sendable {
    package let elapsed: Duration
    package let millis: Int64

    package init(elapsed: Duration, millis: Int64) {
        self.elapsed = elapsed
        self.millis = millis
    }
}
