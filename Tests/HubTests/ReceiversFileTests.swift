import Actors
import Glibc
import Testing

@testable import Hub
@testable import Persistence

@Suite("The file of receivers")
struct ReceiversFileTests {
    private static let right = #""site":"busan1","name":"erp","url":"https://erp.example/x","policy":"atLeastOnce""#

    private static func read(_ text: String, token: (bytes: String, mode: mode_t)? = nil) throws -> [ReceiversFile
        .Entry]
    {
        let yard = try TestYardDirectory()
        try FileSystem.create(yard.path("r.json"), bytes: Array(text.utf8), mode: 0o644)
        if let token {
            try FileSystem.create(yard.path("erp.token"), bytes: Array(token.bytes.utf8), mode: token.mode)
        }
        return try ReceiversFile(path: yard.path("r.json")).entries
    }

    @Test func `a receiver is read with its token, and waits ten seconds unless told otherwise`() throws {
        let found = try Self.read(
            #"{"receivers":[{\#(Self.right),"tokenFile":"erp.token"}]}"#, token: ("s3cret\n", 0o600))
        #expect(
            found == [
                ReceiversFile.Entry(
                    site: "busan1", name: "erp", url: "https://erp.example/x", policy: .atLeastOnce,
                    timeout: .seconds(10), token: "s3cret")
            ])
        #expect(try Self.read(#"{"receivers":[]}"#) == [])
        for seconds in [1, 60] {
            let text = #"{"receivers":[{\#(Self.right),"timeoutSeconds":\#(seconds)}]}"#
            #expect(try Self.read(text)[0].timeout == .seconds(seconds))
        }
        let many = (1...64).map { #"{"site":"s","name":"\#($0)","url":"http://h/","policy":"atMostOnce"}"# }
        #expect(try Self.read(#"{"receivers":[\#(many.joined(separator: ","))]}"#).count == 64)
    }

    @Test(
        arguments: [
            ("{", "is not JSON"), ("{}", ".receivers is missing"),
            (#"{"receivers":[{"name":"erp"}]}"#, ".receivers[1].site is missing"),
            (#"{"receivers":[{\#(right),"timeout":3}]}"#, "'timeout' is no field"),
            (#"{"receivers":[{\#(right),"timeoutSeconds":"3"}]}"#, ".receivers[1].timeoutSeconds is of another type"),
            (#"{"receivers":[{\#(right),"timeoutSeconds":0}]}"#, "1 to 60, not 0"),
            (#"{"receivers":[{\#(right),"timeoutSeconds":61}]}"#, "1 to 60, not 61"),
            (#"{"receivers":[{\#(right)},{\#(right)}]}"#, "receiver 2 ('erp'): 'busan1' has another"),
            (#"{"receivers":[{"site":"a/b","name":"x","url":"http://h/","policy":"atMostOnce"}]}"#, "site and name"),
            (
                #"{"receivers":[{"site":"a","name":"x","url":"http://h/","policy":"once"}]}"#,
                "atMostOnce or atLeastOnce"
            ),
            (#"{"receivers":[{"site":"a","name":"x","url":"ftp://h/","policy":"atMostOnce"}]}"#, "url is http"),
            (#"{"receivers":[{"site":"a","name":"x","url":"http://u:p@h/","policy":"atMostOnce"}]}"#, "url is http"),
            (
                #"{"receivers":[{"site":"a","name":"x","url":"http://h/","policy":"atMostOnce","tokenFile":"t"}]}"#,
                "https only"
            ),
            (#"{"receivers":[{\#(right),"tokenFile":"nowhere"}]}"#, "cannot be read"),
        ]) func `what is wrong is named, with its place`(text: String, expected: String) throws
    {
        let fault = #expect(throws: ReceiversFile.Fault.self) { try Self.read(text) }
        #expect(fault?.description.contains(expected) == true, "\(fault?.description ?? "-")")
    }

    @Test func `65 receivers are too many, and a token that others can read or that is none is refused`() throws {
        let many = (1...65).map { #"{"site":"s","name":"\#($0)","url":"http://h/","policy":"atMostOnce"}"# }
        #expect(throws: ReceiversFile.Fault.self) {
            try Self.read(#"{"receivers":[\#(many.joined(separator: ","))]}"#)
        }
        for (bytes, mode) in [("x", 0o640), ("", 0o600), ("two words", 0o600), ("비밀", 0o600)] as [(String, mode_t)] {
            #expect(throws: ReceiversFile.Fault.self, "\(bytes)") {
                try Self.read(#"{"receivers":[{\#(Self.right),"tokenFile":"erp.token"}]}"#, token: (bytes, mode))
            }
        }
    }
}
