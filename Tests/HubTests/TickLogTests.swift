import NIOCore
import Testing

@testable import Hub

@Suite struct `Tick log` {
    @Test func `connections with the same frames share one buffer`() {
        let frames = (0..<3).map { ByteBuffer(string: "frame \($0);") }
        let log = TickLog()
        let ends = (0..<2).map { _ in frames.enumerated().reduce(log) { $0.following($1.offset, $1.element) } }
        #expect(ends.allSatisfy { $0 === log })
        let first = ends[0].bytes(3)
        let second = ends[1].bytes(3)
        #expect(String(buffer: first) == "frame 0;frame 1;frame 2;")
        #expect(first.address == second.address)
    }

    @Test func `a single frame is the very buffer written`() {
        let frame = ByteBuffer(string: "only")
        #expect(TickLog().following(0, frame).bytes(1).address == frame.address)
    }

    /// Equal bytes of different memory are different frames: comparing is by address.
    @Test func `any order of shared and own frames comes out as written`() {
        var random = SystemRandomNumberGenerator()
        for round in 0..<200 {
            let shared = (0..<6).map { ByteBuffer(string: "<\(round).\($0)>") }
            var senders = (0..<8).map { _ in Sender(log: TickLog(), written: "") }
            let log = TickLog()
            for index in senders.indices { senders[index].log = log }
            for frame in shared {
                for index in senders.indices {
                    // Some skip a frame, some have one of their own before or behind it, some get it twice.
                    switch Int.random(in: 0..<6, using: &random) {
                    case 0: break
                    case 1: senders[index].write(ByteBuffer(string: "own \(index)")); senders[index].write(frame)
                    case 2: senders[index].write(frame); senders[index].write(frame)
                    default: senders[index].write(frame)
                    }
                    // Others send in the middle of a tick.
                    if Int.random(in: 0..<10, using: &random) == 0 { senders[index].check() }
                }
            }
            for sender in senders { sender.check() }
        }
    }

    private struct Sender {
        var log: TickLog
        var count = 0
        var written: String

        mutating func write(_ frame: ByteBuffer) {
            log = log.following(count, frame)
            count += 1
            written += String(buffer: frame)
        }

        func check() {
            guard count > 0 else { return }
            #expect(String(buffer: log.bytes(count)) == written)
        }
    }
}

extension ByteBuffer {
    fileprivate var address: UnsafeRawPointer? { withUnsafeReadableBytes { $0.baseAddress } }
}
