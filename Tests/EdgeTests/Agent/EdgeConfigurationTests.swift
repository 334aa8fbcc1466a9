import FoundationEssentials
import Testing

@testable import Edge

@Suite struct EdgeConfigurationTests {
    private static let good = """
        {"hub": "wss://hub.example/ws", "apiKeyFile": "edge.key", "site": "ulsan", "dataDirectory": "/var/lib/edge",
         "stations": [
          {"id": "1", "profile": "seedA", "port": "/dev/ttyUSB0", "baud": 4800, "settings": "7E1", "divisionGrams": 20000,
           "engageGrams": 500000, "zeroBandGrams": 40000},
          {"id": "2", "profile": "and18", "port": "/dev/ttyUSB1", "divisionGrams": 20000, "engageGrams": 500000,
           "zeroBandGrams": 40000},
          {"id": "3", "profile": "cas22", "port": "tcp://10.0.0.5:4001", "divisionGrams": 10000, "engageGrams": 500000,
           "zeroBandGrams": 0}]}
        """

    @Test("three stations are read; what is left out is the profile's")
    func threeStations() throws {
        let configuration = try EdgeConfiguration.parse(Self.good.utf8, directory: "/etc/edge")
        #expect(configuration.hub.secure)
        #expect(configuration.apiKeyFile == "/etc/edge/edge.key")
        #expect(configuration.stations.map(\.topic) == ["ulsan/station/1", "ulsan/station/2", "ulsan/station/3"])
        #expect(
            configuration.stations.map(\.line.description) == [
                "/dev/ttyUSB0 4800 7E1", "/dev/ttyUSB1 2400 7E1", "tcp://10.0.0.5:4001",
            ])
        #expect(configuration.stations[2].settle.toleranceGrams == 10_000)
        #expect(configuration.stations.map(\.silence) == [.seconds(3), .seconds(3), .seconds(3)])
    }

    @Test("a station says how long its indicator may be silent")
    func silence() throws {
        let json = Self.good.replacing(#""zeroBandGrams": 0}"#, with: #""zeroBandGrams": 0, "silenceSeconds": 20}"#)
        let configuration = try EdgeConfiguration.parse(json.utf8, directory: "/etc/edge")
        #expect(configuration.stations.map(\.silence) == [.seconds(3), .seconds(3), .seconds(20)])
    }

    private static func withBoard(_ board: String) -> String {
        good.replacing(#""site": "ulsan","#, with: #""site": "ulsan", "board": \#(board),"#)
    }

    @Test("a board is optional, and DABIT's with two rows of twelve cells unless it says otherwise")
    func board() throws {
        #expect(try EdgeConfiguration.parse(Self.good.utf8, directory: "/etc/edge").board == nil)
        let plain = Self.withBoard(#"{"port": "tcp://10.0.0.9:5000"}"#)
        #expect(
            try EdgeConfiguration.parse(plain.utf8, directory: "/etc/edge").board
                == .init(host: "10.0.0.9", port: 5000, driver: .dabit, rows: 2, cells: 12))
        let full = Self.withBoard(#"{"port": "tcp://[::1]:5000", "driver": "plain", "rows": 16, "cells": 8}"#)
        #expect(
            try EdgeConfiguration.parse(full.utf8, directory: "/etc/edge").board
                == .init(host: "::1", port: 5000, driver: .plain, rows: 16, cells: 8))
    }

    @Test(
        "a mistake of the board is named with its place",
        arguments: [
            (#"{}"#, #""board" has no "port""#), (#"{"port": "10.0.0.9:5000"}"#, "expected tcp://host:port"),
            (#"{"port": "listen://0.0.0.0:5000"}"#, "expected tcp://host:port"),
            (#"{"port": "tcp://h:1", "driver": "huidu"}"#, "expected one of dabit, plain"),
            (#"{"port": "tcp://h:1", "rows": 17}"#, "within 1…16"),
            (#"{"port": "tcp://h:1", "cells": 7}"#, "within 8…64"),
            (#"{"port": "tcp://h:1", "colour": 1}"#, #""board.colour" is unknown"#),
        ])
    func boardMistakes(_ board: String, _ words: String) {
        let error = #expect(throws: (any Error).self) {
            _ = try EdgeConfiguration.parse(Self.withBoard(board).utf8, directory: "/etc/edge")
        }
        #expect(error.map { "\($0)" }?.contains(words) == true, "\(String(describing: error))")
    }

    @Test(
        "a mistake is named with its place and what was expected",
        arguments: [
            (#""seedA""#, #""seedX""#, "expected one of cas22, cas10, and18"),
            (#""7E1""#, #""7X1""#, "as in 8N1"),
            (
                #""baud""#, #""bauds""#,
                "line 3: \"stations[0].bauds\" is unknown; expected one of id, profile, port, baud"
            ),
            (#""id": "2""#, #""id": "1""#, "same \"id\""),
            (
                #""engageGrams": 500000, "zeroBandGrams": 40000},"#, #""engageGrams": 5, "zeroBandGrams": 40000},"#,
                "line 4: \"stations[0].engageGrams\" has to be more than \"zeroBandGrams\", which is 40000"
            ),
            ("wss://", "https://", "expected ws://"),
            ("tcp://10.0.0.5:4001", "tcp://10.0.0.5", "tcp://host:port"),
            (
                #""divisionGrams": 10000"#, #""divisionGrams": "10""#,
                "line 7: \"stations[2].divisionGrams\" is \"10\", expected a whole number within 1…10000000000"
            ),
            (#""site": "ulsan""#, #""site": 5"#, "line 1: \"site\" is 5, expected a text"),
            (#"{"id": "1""#, #"5, {"id": "1""#, "line 3: \"stations[0]\" is 5, expected an object"),
            (#""site": "ulsan","#, #""site": "ulsan""#, "line 1, column 75: expected a comma or }"),
            (#""baud": 4800"#, #""baud": 4800.5"#, "line 3, column 67: expected a whole number"),
            (#""7E1""#, #""8Q1""#, #"line 3: "stations[0].settings" is "8Q1"; expected data bits"#),
            ("/dev/ttyUSB1", "/dev/ttyUSB0", #"stations "1" and "2" have the same "port" "/dev/ttyUSB0""#),
            (#""site": "ulsan", "#, "", "line 1: has no \"site\", which is needed"),
            (
                #""zeroBandGrams": 0}"#, #""zeroBandGrams": 0, "silenceSeconds": 0}"#,
                "silenceSeconds\" is 0, expected a whole number within 1…3600"
            ),
        ])
    func mistakes(_ good: String, _ bad: String, _ expected: String) throws {
        let scratch = try Scratch()
        try Data(Self.good.replacing(good, with: bad).utf8).write(to: URL(filePath: scratch.file("edge.json")))
        let error = #expect(throws: ConfigurationError.self) { try EdgeConfiguration.load(scratch.file("edge.json")) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(scratch.file("edge.json")) == true)
    }

    // MARK: Lines

    private static func stations(
        _ entries: String..., profiles: [String] = []
    ) throws -> [EdgeConfiguration.Station] {
        let bounds = #""divisionGrams": 20000, "engageGrams": 500000, "zeroBandGrams": 40000"#
        let stations = entries.enumerated().map { "{\"id\": \"\($0 + 1)\", \($1), \(bounds)}" }.joined(separator: ",\n")
        let json = """
            {"hub": "wss://hub.example/ws", "apiKeyFile": "k", "site": "ulsan", "dataDirectory": "d",
             "profiles": \(profiles), "stations": [\(stations)]}
            """
        return try EdgeConfiguration.parse(json.utf8, directory: "/etc/edge").stations
    }

    @Test("a line may be asked, listened on or have its outputs set")
    func lines() throws {
        let stations = try Self.stations(
            #""profile": "sewha", "port": "/dev/ttyS0", "device": 7"#,
            #""profile": "cas22", "port": "/dev/ttyS1", "rts": false, "dtr": true"#,
            #""profile": "cas22", "port": "listen://0.0.0.0:4001", "device": 13, "pollMillis": 500"#,
            #""profile": "mtsics", "port": "tcp://[::1]:4001", "pollMillis": 0, "unit": "t""#)
        #expect(stations[0].question == Array("\u{2}07RCWT\u{3}".utf8))
        #expect(stations[0].pollInterval == .milliseconds(200))
        #expect(stations[1].line.description == "/dev/ttyS1 9600 8N1 RTS off DTR on")
        #expect(stations[1].question == nil)
        #expect(stations[2].line == .listen(host: "0.0.0.0", port: 4001))
        #expect(stations[2].question == Array("13RW\r\n".utf8))
        #expect(stations[2].pollInterval == .milliseconds(500))
        #expect(stations[3].line == .tcp(host: "::1", port: 4001))
        #expect(stations[3].line.port == "tcp://[::1]:4001")
        #expect(stations[3].question == nil)
    }

    @Test("several indicators share a line when each is asked and says who it is")
    func sharedLine() throws {
        let stations = try Self.stations(
            #""profile": "sewha", "port": "/dev/ttyS0", "device": 1"#,
            #""profile": "sewha", "port": "/dev/ttyS0", "device": 2"#)
        #expect(stations.map(\.line.port) == ["/dev/ttyS0", "/dev/ttyS0"])
    }

    @Test(
        "whoever cannot share a line is told why",
        arguments: [
            (#""profile": "cas22""#, #""profile": "cas22""#, "not both are polled"),
            (#""profile": "sewha", "device": 1"#, #""profile": "sewha", "device": 1"#, "a \"device\" of its own"),
            (#""profile": "sewha", "device": 1"#, #""profile": "sewha""#, "a \"device\" of its own"),
            (#""profile": "mtsics", "device": 1"#, #""profile": "mtsics", "device": 2"#, "do not say whose they are"),
            (#""profile": "sewha", "device": 1"#, #""profile": "sewha", "device": 2, "baud": 4800"#, "set in two ways"),
        ])
    func unsharedLine(_ one: String, _ other: String, _ problem: String) {
        let port = #", "port": "/dev/ttyS0""#
        let error = #expect(throws: JSONPlace.Fault.self) { try Self.stations(one + port, other + port) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix("line 3: \"stations[1]\" cannot share its line") == true)
    }

    @Test("indicators that share a line are asked by number: a question for all is answered by all at once")
    func questionForAll() throws {
        let scratch = try Scratch()
        let text = try #require(BuiltInProfile.text("sewha"))
        let json = text.replacing("{id}RCWT", with: "RCWT").replacing(#""id": "sewha""#, with: #""id": "ours""#)
        try Data(json.utf8).write(to: URL(filePath: scratch.file("ours.json")))
        func stations(_ one: String, _ other: String) throws -> Int {
            try Self.stations(
                #""profile": "\#(one)", "port": "/dev/ttyS0", "device": 1"#,
                #""profile": "\#(other)", "port": "/dev/ttyS0", "device": 2"#, profiles: [scratch.file("ours.json")]
            ).count
        }
        for (one, other) in [("ours", "ours"), ("ours", "sewha"), ("sewha", "ours")] {
            let error = #expect(throws: JSONPlace.Fault.self) { try stations(one, other) }
            #expect(error?.description.contains("a question without {id} is answered by all at once") == true)
        }
        #expect(try stations("sewha", "sewha") == 2)
    }

    @Test(
        "a question needs a profile that has one, and time for the answer",
        arguments: [
            (#""profile": "cas10", "pollMillis": 200"#, "profile \"cas10\" has no question"),
            (#""profile": "sewha", "pollMillis": 19"#, "is 19, expected 20…60000"),
            (#""profile": "sewha", "pollMillis": 60001"#, "within 0…60000"),
            (#""profile": "sewha", "device": 100"#, "within 0…99"),
        ])
    func questions(_ entry: String, _ problem: String) {
        let error = #expect(throws: JSONPlace.Fault.self) { try Self.stations(entry + #", "port": "/dev/ttyS0""#) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }

    /// A configuration with the files it names in a directory of its own.
    private static func load(
        _ scratch: Scratch, key: String?, namesAuthority: Bool = true, authority: String? = nil
    ) throws -> EdgeConfiguration {
        if let key { try Data(key.utf8).write(to: URL(filePath: scratch.file("edge.key"))) }
        if let authority { try Data(authority.utf8).write(to: URL(filePath: scratch.file("ca.pem"))) }
        let json = namesAuthority ? Self.good.replacing(#""site""#, with: #""caFile": "ca.pem", "site""#) : Self.good
        try Data(json.utf8).write(to: URL(filePath: scratch.file("edge.json")))
        return try EdgeConfiguration.load(scratch.file("edge.json"))
    }

    @Test(
        "a key file that cannot be used says why, and stops no weighing",
        arguments: [
            (nil, "cannot be read: No such file or directory"), ("", "is empty"), (" \n", "is empty"),
            ("two words", "holds 2 words; expected one API key"),
        ] as [(String?, String)])
    func keyFile(_ key: String?, _ problem: String) throws {
        let scratch = try Scratch()
        let configuration = try Self.load(scratch, key: key, namesAuthority: false)
        let error = #expect(throws: APIKeyError.self) { try APIKey.read(configuration.apiKeyFile) }
        #expect(error?.problem == problem)
    }

    @Test("an authority without a certificate is found at the start", arguments: [nil, "", "no PEM"])
    func authority(_ text: String?) throws {
        let scratch = try Scratch()
        let error = #expect(throws: ConfigurationError.self) {
            try Self.load(scratch, key: "key", authority: text)
        }
        #expect(
            error?.problem == "\"caFile\" \(scratch.file("ca.pem")) is missing or holds no PEM certificate")
    }

    @Test("a file that is not there is named with the reason")
    func missing() {
        let error = #expect(throws: ConfigurationError.self) { try EdgeConfiguration.load("/nowhere/edge.json") }
        #expect(
            error?.description == "/nowhere/edge.json: open /nowhere/edge.json: No such file or directory (errno 2)")
    }
}
