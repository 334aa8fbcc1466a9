import NIOCore
import Wire

/// permessage-deflate with the parameters that the first bytes agree on: inflates any bytes, and what our deflater
/// made.
enum InflateTarget {
    static func run(_ input: FuzzInput) throws(Finding) {
        var input = input
        let flags = input.byte()
        let agreed = try negotiated(&input, flags: flags)
        if flags & 0x10 == 0 {
            try AnyPayloads.check(&input, agreed, isText: flags & 0x20 != 0)
        } else {
            try RoundTrip.check(&input, agreed, role: flags & 0x20 == 0 ? .client : .server)
        }
    }

    /// The parameters as a client offers them, and as they must then be agreed on.
    private static func negotiated(_ input: inout FuzzInput, flags: UInt8) throws(Finding) -> DeflateParameters {
        let bits = input.byte()
        let asked = DeflateParameters(
            serverKeepsContext: flags & 1 != 0, clientKeepsContext: flags & 2 != 0,
            serverWindowBits: 9 + Int(bits & 15) % 7, clientWindowBits: 8 + Int(bits >> 4) % 8)
        var offer = "permessage-deflate"
        if !asked.serverKeepsContext { offer += "; server_no_context_takeover" }
        if !asked.clientKeepsContext { offer += "; client_no_context_takeover" }
        offer += "; server_max_window_bits=\(asked.serverWindowBits)"
        offer += "; client_max_window_bits=\(asked.clientWindowBits)"
        let agreed = DeflateParameters.negotiate([offer], DeflatePolicy(keepsContext: true))
        try demandEqual(agreed?.parameters, asked, offer)
        try demandEqual(agreed?.answer, offer, "the answer")
        return asked
    }
}
