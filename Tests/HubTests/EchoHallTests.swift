import NIOCore
import NIOPosix
import Testing
import Wire

@testable import Hub

/// The broadcasting echo, over real sockets.
@Suite(.timeLimit(.minutes(2))) struct `Echo hall` {
    @Test func `what one says everyone hears, in the same order, and binary only its sender`() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let hall = EchoHall(group, backlogByteCountMax: 1 << 20)
        try await withEchoServer(makeDelegate: { _, loop in hall.makeDelegate(on: loop) }) { port, _ in
            try await WebSocketTestClient.connected(to: port) { one in
                try await one.open()
                try await WebSocketTestClient.connected(to: port) { other in
                    try await other.open()
                    // Whoever hears himself has been entered, and so has who was first.
                    try await other.send(.text, ByteBuffer(string: "here"))
                    #expect(try await other.next() == Self.text("here"))
                    #expect(try await one.next() == Self.text("here"))
                    for number in 0..<200 { try await one.send(.text, ByteBuffer(string: "\(number)")) }
                    try await one.send(.binary, ByteBuffer(string: "mine"))
                    for number in 0..<200 { #expect(try await other.next() == Self.text("\(number)")) }
                    var heard: [WebSocketProtocol.Event] = []
                    for _ in 0..<201 { if let event = try await one.next() { heard.append(event) } }
                    let mine = Message(kind: .binary, payload: ByteBuffer(string: "mine"))
                    #expect(heard.filter { $0 != .message(mine) } == (0..<200).map { Self.text("\($0)") })
                    #expect(heard.contains(.message(mine)))
                }
            }
        }
    }

    private static func text(_ string: String) -> WebSocketProtocol.Event {
        .message(Message(kind: .text, payload: ByteBuffer(string: string)))
    }
}
