/// How a connection carries what is said. Nothing else about it differs.
package enum TransportKind: String, Codable, Sendable {
    case webSocket
    /// An event stream down and a request for each thing said, where no WebSocket can be had.
    case requests
}

/// One connection to the hub, from the first packet to its end. Confined to its event loop.
protocol HubTransport: AnyObject {
    /// Begins to connect; `opened` or `ended` follows.
    func open()
    /// Says it, as far as the connection is open. In order, but for live weights, of which the newest counts.
    func send(_ message: EdgeMessage)
    /// Says goodbye; the end follows, of one that is still connecting when that has failed.
    func close(code: UInt16)
}

/// What a transport tells its owner.
enum HubTransportEvent: Sendable {
    case opened
    case message(HubMessage)
    /// What came is not what the protocol says.
    case badMessage(String)
    /// Comes exactly once and last.
    case ended(UplinkMachine.End)

    /// - Parameter json: one line of the hub.
    init(line json: some Sequence<UInt8>) {
        do {
            self = .message(try HubMessage(json: json))
        } catch {
            self = .badMessage(JSONProblem(error).description)
        }
    }
}
