/// Why a command cannot do its work, in one sentence; it ends with status 1.
package struct StartFailure: Error, CustomStringConvertible {
    package let description: String
}
