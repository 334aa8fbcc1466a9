import NIOCore
import Testing
import Wire

@Suite struct `Close code` {
    @Test func `only registered and application codes may stand in a frame`() {
        let allowed = (0...UInt16.max).filter { CloseCode(rawValue: $0).isAllowedInFrame }
        let expected: [ClosedRange<UInt16>] = [1000...1003, 1007...1014, 3000...4999]
        #expect(allowed == expected.flatMap { Array($0) })
    }

    @Test(
        arguments: [
            (1000, .stop), (1001, .backOff), (1002, .backOff), (1006, .backOff), (1012, .comeBackNow), (4000, .stop),
            (4099, .stop), (4100, .backOff), (4199, .backOff), (4200, .comeBackNow), (4299, .comeBackNow),
            (4300, .backOff), (3000, .backOff),
        ] as [(UInt16, CloseCode.Advice)])
    func `a code says what the client does next`(code: UInt16, advice: CloseCode.Advice) {
        #expect(CloseCode(rawValue: code).advice == advice)
    }
}

@Suite struct `Close payload` {
    private func parse(_ digits: String) -> Result<ClosePayload, FrameError> {
        Result { () throws(FrameError) in try ClosePayload(parsing: hex(digits)) }
    }

    @Test func `an empty body means no status`() {
        #expect(parse("") == .success(ClosePayload(nil)))
    }

    @Test func `a code and a Korean reason are read`() {
        let payload = ClosePayload(.goingAway, reason: "점검 중입니다")
        #expect(Result { () throws(FrameError) in try ClosePayload(parsing: payload.bytes) } == .success(payload))
    }

    @Test func `one byte is a protocol error`() {
        #expect(parse("03") == .failure(.closePayloadTooShort))
    }

    @Test(arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] as [UInt16])
    func `a reserved code is a protocol error`(code: UInt16) {
        let payload = ByteBuffer(integer: code)
        #expect(
            Result { () throws(FrameError) in try ClosePayload(parsing: payload) } == .failure(.closeCodeReserved(code))
        )
        #expect(FrameError.closeCodeReserved(code).closeCode == .protocolError)
    }

    @Test func `a reason must be whole UTF-8`() {
        #expect(parse("03e8 ff") == .failure(.invalidUTF8))
        #expect(parse("03e8 e282") == .failure(.invalidUTF8))
        #expect(parse("03e8 eda080") == .failure(.invalidUTF8))
    }

    @Test func `a long reason is cut at the end of a character`() {
        let payload = ClosePayload(.normal, reason: String(repeating: "가", count: 60))
        #expect(payload.reason == String(repeating: "가", count: 41))
        #expect(payload.bytes.readableBytes == 125)
        let ascii = ClosePayload(.normal, reason: String(repeating: "a", count: 200))
        #expect(ascii.bytes.readableBytes == 125)
    }
}

@Suite struct `Close machine` {
    private let goodbye = ClosePayload(.goingAway, reason: "drain")
    private let lost = Closure(.abnormal, reason: "", cause: .lost, isClean: false)

    private func sent(isClean: Bool) -> Closure {
        Closure(.goingAway, reason: "drain", cause: .local, isClean: isClean)
    }

    @Test func `the peer's close is echoed without its reason and ends the connection`() {
        var machine = CloseMachine()
        let closure = Closure(.normal, reason: "bye", cause: .peer, isClean: true)
        #expect(
            machine.closeReceived(ClosePayload(.normal, reason: "bye")) == .send(ClosePayload(.normal), then: closure))
        #expect(machine.isClosed && !machine.isOpen)
    }

    @Test func `a close without a code is echoed without one and reported as 1005`() {
        var machine = CloseMachine()
        let closure = Closure(.noStatus, reason: "", cause: .peer, isClean: true)
        #expect(machine.closeReceived(ClosePayload(nil)) == .send(ClosePayload(nil), then: closure))
    }

    @Test func `our close awaits the peer's, also when the two cross`() {
        var machine = CloseMachine()
        #expect(machine.closeRequested(goodbye) == true)
        #expect(!machine.isOpen && !machine.isClosed)
        #expect(machine.closeReceived(ClosePayload(.normal, reason: "mine")) == .finish(sent(isClean: true)))
    }

    @Test func `a second goodbye is not sent`() {
        var machine = CloseMachine()
        #expect(machine.closeRequested(goodbye) == true)
        #expect(machine.closeRequested(ClosePayload(.internalError)) == false)
        #expect(machine.closeReceived(goodbye) == .finish(sent(isClean: true)))
        #expect(machine.closeRequested(goodbye) == false)
    }

    @Test func `a stream that just ends is 1006`() {
        var machine = CloseMachine()
        #expect(machine.streamEnded() == .finish(lost))
        #expect(machine.streamEnded() == .ignore)
    }

    @Test func `an unanswered close ends with the stream, with a violation, or with the wait`() {
        let inputs: [(inout CloseMachine) -> CloseMachine.Action] = [
            { $0.streamEnded() }, { $0.violated(.invalidUTF8) }, { $0.waitedTooLong() },
        ]
        for input in inputs {
            var machine = CloseMachine()
            _ = machine.closeRequested(goodbye)
            #expect(input(&machine) == .finish(sent(isClean: false)))
        }
    }

    @Test func `a violation is answered with its code`() {
        var machine = CloseMachine()
        let reason = FrameError.invalidUTF8.description
        let closure = Closure(.invalidPayload, reason: reason, cause: .violation(.invalidUTF8), isClean: false)
        #expect(
            machine.violated(.invalidUTF8) == .send(ClosePayload(.invalidPayload, reason: reason), then: closure))
    }

    @Test func `nothing follows once it is closed`() {
        var machine = CloseMachine()
        _ = machine.streamEnded()
        #expect(machine.closeReceived(goodbye) == .ignore)
        #expect(machine.violated(.invalidUTF8) == .ignore)
        #expect(machine.streamEnded() == .ignore)
        #expect(machine.waitedTooLong() == .ignore)
        #expect(machine.closeRequested(goodbye) == false)
    }

    @Test func `waiting means nothing before a close was sent`() {
        var machine = CloseMachine()
        #expect(machine.waitedTooLong() == .ignore)
        #expect(machine.isOpen)
    }
}
