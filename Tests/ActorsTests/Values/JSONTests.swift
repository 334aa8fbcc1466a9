@testable import Actors
import Testing

@Suite("JSON of the core")
struct JSONTests {
    @Test("a case splits into its name and the bytes of its values, and joins again")
    func splitAndJoin() {
        let commands: [WaitQueue.Command] = [
            .comeBack, .callNext(station: "1"), .cancel(id: "a", reason: #"따옴표 " 와 } 와 \ 와 /"#),
            .pauseCheckIn(reason: ""),
        ]
        for command in commands {
            let bytes = JSON.encode(command)
            let (name, payload) = JSON.splitCase(bytes)
            #expect(JSON.joinCase(name: name, payload: payload) == bytes)
        }
        let (name, payload) = JSON.splitCase(JSON.encode(WaitQueue.Command.comeBack))
        #expect(name == "comeBack" && payload == Array("{}".utf8))
    }

    @Test("keys are sorted and slashes stay: equal values are equal bytes")
    func canonical() {
        let text = String(decoding: JSON.encode(["b": "/", "a": "가", "c": "\n"]), as: UTF8.self)
        #expect(text == #"{"a":"가","b":"/","c":"\n"}"#)
    }

    @Test("a command without optional values and with unknown ones is read")
    func lenient() throws {
        let text = #"{"checkIn":{"plate":"85아5678","somethingNew":1}}"#
        guard
            case .checkIn(let plate, nil, nil, nil, nil) = try JSON.decode(
                WaitQueue.Command.self, from: Array(text.utf8))
        else { return #expect(Bool(false)) }
        #expect(plate == "85아5678")
        #expect(throws: (any Error).self) {
            try JSON.decode(WaitQueue.Command.self, from: Array(#"{"checkIn":{}}"#.utf8))
        }
    }
}
