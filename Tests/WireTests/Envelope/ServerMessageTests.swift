import Foundation
import Testing
import Wire

/// A message as another parser reads it.
private func read(_ bytes: [UInt8]) throws -> NSDictionary {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
}

private func expect(_ bytes: [UInt8], _ expected: [String: Any], _ place: SourceLocation = #_sourceLocation) throws {
    let found = try read(bytes)
    #expect(found == expected as NSDictionary, "\(found)", sourceLocation: place)
    _ = try JSONMembers(bytes)
}

private let topic = "ulsan/queue/main"
private let data = Array(#"{"id":"E1","list":[1,2]}"#.utf8)
private var dataRead: [String: Any] { ["id": "E1", "list": [1, 2]] }

@Suite struct `Server messages` {
    @Test func `welcome says who, where and until when`() throws {
        let principal = Array(#"{"kind":"user","id":"user:7","role":"STAFF","name":"김\"반장\"","site":"ulsan"}"#.utf8)
        let yard = Array(#"{"name":"울산"}"#.utf8)
        func message(_ expiresAt: Int64?) -> [UInt8] {
            ServerMessage.welcome(
                session: "a-1", epoch: "e", now: 5, build: "b1", expiresAt: expiresAt, principal: principal, yard: yard)
        }
        var expected: [String: Any] = [
            "op": "welcome", "session": "a-1", "epoch": "e", "now": 5, "build": "b1", "expiresAt": 9,
            "principal": ["kind": "user", "id": "user:7", "role": "STAFF", "name": "김\"반장\"", "site": "ulsan"],
            "yard": ["name": "울산"],
        ]
        try expect(message(9), expected)
        expected["expiresAt"] = NSNull()
        try expect(message(nil), expected)
    }

    @Test func `the token's end is told`() throws {
        try expect(
            ServerMessage.refreshed(expiresAt: 1_795_000_000_000), ["op": "refreshed", "expiresAt": 1_795_000_000_000])
        try expect(ServerMessage.expiring(expiresAt: 12), ["op": "expiring", "expiresAt": 12])
    }

    @Test func `a snapshot has an id only when it was asked for`() throws {
        var expected: [String: Any] = [
            "op": "snapshot", "id": "s", "topic": topic, "epoch": "e", "seq": 4, "at": 6, "data": dataRead,
        ]
        try expect(ServerMessage.snapshot(id: "s", topic: topic, epoch: "e", seq: 4, at: 6, data: data), expected)
        expected["id"] = nil
        try expect(ServerMessage.snapshot(id: nil, topic: topic, epoch: "e", seq: 4, at: 6, data: data), expected)
    }

    @Test func `a resumption names the newest seq that follows`() throws {
        try expect(
            ServerMessage.resumed(id: "s", topic: topic, epoch: "e", seq: 9),
            ["op": "resumed", "id": "s", "topic": topic, "epoch": "e", "seq": 9])
    }

    @Test func `an event, a state and a live value`() throws {
        try expect(
            ServerMessage.event(topic: topic, seq: 5, prev: 4, at: 6, name: "called", data: data),
            ["op": "event", "topic": topic, "seq": 5, "prev": 4, "at": 6, "name": "called", "data": dataRead])
        try expect(
            ServerMessage.state(topic: topic, seq: 5, prev: 4, at: 6, data: data),
            ["op": "state", "topic": topic, "seq": 5, "prev": 4, "at": 6, "data": dataRead])
        try expect(
            ServerMessage.live(topic: topic, at: 6, data: data),
            ["op": "live", "topic": topic, "at": 6, "data": dataRead])
    }

    @Test func `an error has a code, parameters, a sentence and when to come again`() throws {
        let plain = ServerMessage.Fault(code: "queueFull", message: "대기열이 가득 찼습니다.")
        let plainRead: [String: Any] = [
            "code": "queueFull", "params": [String: String](), "message": "대기열이 가득 찼습니다.", "retry": false,
            "after": NSNull(),
        ]
        let full = ServerMessage.Fault(
            code: "busy", params: ["b": "\"", "a": "1"], message: "줄\n바꿈", retry: true, afterMillis: 250)
        let fullRead: [String: Any] = [
            "code": "busy", "params": ["a": "1", "b": "\""], "message": "줄\n바꿈", "retry": true, "after": 250,
        ]
        try expect(plain.json, plainRead)
        try expect(full.json, fullRead)
        try expect(ServerMessage.error(id: "i", plain), ["op": "error", "id": "i", "error": plainRead])
        try expect(ServerMessage.error(id: nil, full), ["op": "error", "error": fullRead])
        try expect(ServerMessage.ended(topic: topic, plain), ["op": "ended", "topic": topic, "error": plainRead])
        try expect(
            ServerMessage.reply(id: "i", full), ["op": "reply", "id": "i", "ok": false, "error": fullRead])
    }

    @Test func `equal errors are written with equal bytes`() {
        let params = Dictionary(uniqueKeysWithValues: (0..<20).map { ("p\($0)", "v") })
        let first = ServerMessage.Fault(code: "c", params: params, message: "m").json
        var grown: [String: String] = [:]
        for (name, value) in params.sorted(by: { $0.key > $1.key }) { grown[name] = value }
        #expect(ServerMessage.Fault(code: "c", params: grown, message: "m").json == first)
    }

    @Test func `replies and the end of a subscription carry the client's id`() throws {
        try expect(ServerMessage.reply(id: "i\"", seq: 12), ["op": "reply", "id": "i\"", "ok": true, "seq": 12])
        try expect(
            ServerMessage.unsubscribed(id: "i", topic: topic), ["op": "unsubscribed", "id": "i", "topic": topic])
    }

    @Test func `an ack lists what was refused, when something was`() throws {
        var expected: [String: Any] = ["op": "ack", "topic": topic, "boot": "b", "n": 17]
        try expect(ServerMessage.ack(topic: topic, boot: "b", n: 17, refused: []), expected)
        expected["refused"] = [["n": 15, "code": "zeroInterlock"], ["n": 17, "code": "late"]]
        try expect(
            ServerMessage.ack(topic: topic, boot: "b", n: 17, refused: [(15, "zeroInterlock"), (17, "late")]), expected)
        try expect(
            ServerMessage.ack(topic: topic, boot: "b", n: 17, again: true, refused: []),
            ["op": "ack", "topic": topic, "boot": "b", "n": 17, "again": true])
    }

    @Test func `the second hand, the pong and the drain`() throws {
        try expect(ServerMessage.tick(now: 1), ["op": "tick", "now": 1])
        try expect(ServerMessage.pong(now: Int64.max), ["op": "pong", "now": Int64.max])
        try expect(ServerMessage.drain(afterMillis: 0), ["op": "drain", "after": 0])
    }
}
