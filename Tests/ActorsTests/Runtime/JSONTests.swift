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

    @Test("the smallest and the biggest integers")
    func bounds() throws {
        let numbers = [Int64.min, Int64.min + 1, -1, 0, 1, Int64.max - 1, Int64.max]
        let text = String(decoding: JSON.encode(numbers), as: UTF8.self)
        #expect(text == "[-9223372036854775808,-9223372036854775807,-1,0,1,9223372036854775806,9223372036854775807]")
        #expect(try JSON.decode([Int64].self, from: Array(text.utf8)) == numbers)
        for text in ["[9223372036854775808]", "[-9223372036854775809]", "[1.5]", "[01]"] {
            #expect(throws: DecodingError.self) { try JSON.decode([Int64].self, from: Array(text.utf8)) }
        }
    }

    @Test("512 arrays in one another are read, 513 are refused with the reason")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeating: 0x5B, count: depth) + Array(repeating: 0x5D, count: depth)
        }
        struct Ignored: Decodable { init(from decoder: any Decoder) {} }
        _ = try JSON.decode(Ignored.self, from: nested(512))
        do {
            _ = try JSON.decode(Ignored.self, from: nested(513))
            #expect(Bool(false))
        } catch DecodingError.dataCorrupted(let context) {
            #expect(context.debugDescription.hasSuffix("nested deeper than 512."))
        }
    }

    @Test("with 32 members, 33, escaped names and repeated ones, every value is found; of several, the first")
    func members() throws {
        for count in [0, 1, 32, 33, 500] {
            let members = Dictionary(uniqueKeysWithValues: (0..<count).map { ("n\($0)", $0) })
            let text = String(decoding: JSON.encode(members), as: UTF8.self)
            #expect(try JSON.decode([String: Int].self, from: Array(text.utf8)) == members)
            let escaped = text.replacing("n", with: #"\u006e"#).dropLast() + (count == 0 ? "}" : #","n0":7}"#)
            #expect(try JSON.decode([String: Int].self, from: Array(escaped.utf8)) == members)
        }
        let twice = Array(#"{"at":1,"at":2}"#.utf8)
        #expect(try JSON.decode([String: Int].self, from: twice) == ["at": 1])
    }

    @Test("an error says where: names, and positions in arrays")
    func path() {
        let text = #"{"assign":{"driverName":"a","driverContact":[1,{"x":2}],"plate":null}}"#
        let error = #expect(throws: DecodingError.self) { try JSON.decode(Order.Command.self, from: Array(text.utf8)) }
        guard case .typeMismatch(_, let context)? = error else { return #expect(Bool(false)) }
        #expect(context.codingPath.map(\.stringValue) == ["assign", "driverContact"])
        let lists = #expect(throws: DecodingError.self) {
            try JSON.decode([String: [[Int]]].self, from: Array(#"{"a":[[1],[2,3,"x"]]}"#.utf8))
        }
        guard case .typeMismatch(_, let context)? = lists else { return #expect(Bool(false)) }
        #expect(context.codingPath.map(\.stringValue) == ["a", "Index 1", "Index 2"])
        #expect(context.codingPath.map(\.intValue) == [nil, 1, 2])
    }
}
