/// How a server wants to compress messages (permessage-deflate, RFC 7692).
///
/// A context that is kept costs its connection memory for as long as it lasts: 2^(bits + 2) + 2^17 bytes for the direction we
/// compress, 2^bits + 7 KiB for the other; 268 KiB and 39 KiB at 15 bits. Without contexts the loop's own deflater and inflater
/// serve every connection, and a connection holds nothing.
package struct DeflatePolicy: Sendable, Hashable {
    /// Whether a message may refer to those before it, in either direction. False is asked for even if the client did not offer it
    /// (§7.1.1).
    package var keepsContext: Bool
    /// Of zlib: 1 is fastest, 9 smallest.
    package var level: Int
    /// Messages with fewer bytes are sent as they are: there is little to win.
    package var smallestByteCount: Int

    package init(keepsContext: Bool, level: Int = 6, smallestByteCount: Int = 512) {
        self.keepsContext = keepsContext
        self.level = level
        self.smallestByteCount = smallestByteCount
    }
}

/// What client and server have agreed on (RFC 7692 §7.1).
package struct DeflateParameters: Sendable, Hashable {
    /// Whether the server's messages may refer to those before them.
    package var serverKeepsContext: Bool
    /// The same of the client's.
    package var clientKeepsContext: Bool
    /// The server looks back at most 2^bits bytes, 9 to 15.
    package var serverWindowBits: Int
    /// The same of the client, 8 to 15.
    package var clientWindowBits: Int

    package init(
        serverKeepsContext: Bool = true, clientKeepsContext: Bool = true, serverWindowBits: Int = 15,
        clientWindowBits: Int = 15
    ) {
        self.serverKeepsContext = serverKeepsContext
        self.clientKeepsContext = clientKeepsContext
        self.serverWindowBits = serverWindowBits
        self.clientWindowBits = clientWindowBits
    }

    /// Takes the first offer that can be met; nil declines all, which is done by silence.
    ///
    /// - Parameter fields: the values of `Sec-WebSocket-Extensions`, in order.
    /// - Returns: with the value of the field in the answer.
    package static func negotiate(
        _ fields: [String], _ policy: DeflatePolicy
    ) -> (parameters: DeflateParameters, answer: String)? {
        for offer in fields.flatMap(ExtensionOffer.parse) where offer.name == "permessage-deflate" {
            if let agreed = accept(offer, policy) { return agreed }
        }
        return nil
    }

    private static func accept(
        _ offer: ExtensionOffer, _ policy: DeflatePolicy
    ) -> (parameters: DeflateParameters, answer: String)? {
        var agreed = DeflateParameters(serverKeepsContext: policy.keepsContext, clientKeepsContext: policy.keepsContext)
        var limitsServer = false
        var limitsClient = false
        var seen: Set<String> = []
        for parameter in offer.parameters {
            guard seen.insert(parameter.name).inserted else { return nil }
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil): agreed.serverKeepsContext = false
            case ("client_no_context_takeover", nil): agreed.clientKeepsContext = false
            case ("server_max_window_bits", let value?):
                // zlib cannot compress with a window of 8 bits.
                guard let bits = windowBits(value), bits >= 9 else { return nil }
                agreed.serverWindowBits = bits
                limitsServer = true
            case ("client_max_window_bits", nil): break
            case ("client_max_window_bits", let value?):
                guard let bits = windowBits(value) else { return nil }
                agreed.clientWindowBits = bits
                limitsClient = true
            default: return nil
            }
        }
        var answer = "permessage-deflate"
        if !agreed.serverKeepsContext { answer += "; server_no_context_takeover" }
        if !agreed.clientKeepsContext { answer += "; client_no_context_takeover" }
        if limitsServer { answer += "; server_max_window_bits=\(agreed.serverWindowBits)" }
        if limitsClient { answer += "; client_max_window_bits=\(agreed.clientWindowBits)" }
        return (agreed, answer)
    }

    /// "8" to "15", without leading zeros (§7.1.2).
    private static func windowBits(_ value: String) -> Int? {
        guard let bits = Int(value), String(bits) == value, (8...15).contains(bits) else { return nil }
        return bits
    }
}
