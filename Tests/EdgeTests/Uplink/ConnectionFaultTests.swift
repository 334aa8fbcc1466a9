import Testing

@testable import Edge

@Suite struct ConnectionFaultTests {
    private struct Said: Error, CustomStringConvertible { let description: String }

    @Test(
        "what TLS says in its own words is told in ours, with the error beside it",
        arguments: [
            (
                "handshakeFailed(sslError([Error: 268435581 error:1000007d:SSL routines:CERTIFICATE_VERIFY_FAILED]))",
                ConnectionFault.certificateUntrusted
            ),
            (
                "handshakeFailed(sslError([Error: 268435703 error:100000f7:SSL routines:WRONG_VERSION_NUMBER]))",
                .plainServer
            ),
        ])
    func tls(_ words: String, _ fault: ConnectionFault) {
        let end = UplinkMachine.End(Said(description: words))
        #expect(end == .failed(fault, words))
        #expect(end.fault == fault)
        #expect(end.description == words)
    }

    @Test("another error keeps its words alone")
    func other() {
        let end = UplinkMachine.End(Said(description: "reset by peer"))
        #expect(end == .lost("reset by peer"))
        #expect(end.fault == nil)
    }

    @Test(
        "an answer of a page is a wrong path; of a hub that is busy or refuses the key it is not",
        arguments: [
            (199, false), (200, true), (301, true), (399, true), (400, false), (401, false), (403, false), (404, true),
            (503, false),
        ])
    func status(_ status: Int, _ isWrongPath: Bool) {
        #expect((UplinkMachine.End.refused(status: status).fault == .wrongPath) == isWrongPath)
    }

    @Test("a failed attempt names where nobody answered")
    func noAnswer() {
        let fault = ConnectionFault(connecting: Said(description: "refused"), host: "hub.example", port: 8080)
        #expect(fault == .noAnswer("hub.example:8080"))
        #expect(fault.sentence.contains("허브가 응답하지 않습니다: hub.example:8080"))
    }
}
