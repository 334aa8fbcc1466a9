/// Why a command cannot do its work, in one sentence; it ends with status 1.
struct StartFailure: Error, CustomStringConvertible {
    let description: String
}
