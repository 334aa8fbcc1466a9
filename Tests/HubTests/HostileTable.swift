import Actors

/// A command as somebody sends it.
struct CommandSample: Sendable {
    let name: String
    /// JSON. `§entry`, `§slip` and the like are filled in from the yard it is sent to.
    let arguments: String

    init(_ name: String, _ arguments: String = "{}") {
        self.name = name
        self.arguments = arguments
    }
}

/// Who may send a command, and the one that stands behind it in the table.
struct CommandRow {
    let roles: Set<Role>
    let next: CommandSample?

    init(_ roles: Set<Role>, then next: CommandSample? = nil) {
        self.roles = roles
        self.next = next
    }
}

/// Every command of every kind, with who may send it. `row` has no default case: a command that is added does not compile before
/// it has a row, and the row before it says how it is sent.
protocol CommandTable {
    associatedtype Command: Codable
    static var topic: String { get }
    static var first: CommandSample { get }
    static func row(_ command: Command) -> CommandRow
}

extension CommandTable {
    /// All of it, in order.
    static func rows() throws -> [(sample: CommandSample, roles: Set<Role>)] {
        var rows: [(sample: CommandSample, roles: Set<Role>)] = []
        var next: CommandSample? = first
        while let sample = next {
            let bytes = JSON.joinCase(name: sample.name, payload: Array(sample.arguments.utf8))
            let row = row(try JSON.decode(Command.self, from: bytes))
            rows.append((sample, row.roles))
            next = row.next
        }
        return rows
    }
}

private let office: Set<Role> = [.admin, .staff]
private let hubOnly: Set<Role> = []

enum QueueTable: CommandTable {
    static let topic = TestHub.queue
    static let first = CommandSample("checkIn", #"{"plate":"부산80바1234","driver":"2","item":"1","order":"DO-1"}"#)

    static func row(_ command: WaitQueue.Command) -> CommandRow {
        switch command {
        case .checkIn: CommandRow(office.union([.driver]), then: .init("callNext", #"{"station":"1"}"#))
        case .callNext: CommandRow(office, then: .init("call", #"{"id":"§entry","station":"2"}"#))
        case .call: CommandRow(office, then: .init("recall", #"{"id":"§entry"}"#))
        case .recall: CommandRow(office, then: .init("putBack", #"{"id":"§entry"}"#))
        case .putBack: CommandRow(office, then: .init("skip", #"{"id":"§entry"}"#))
        case .skip: CommandRow(office, then: .init("markAbsent", #"{"id":"§entry"}"#))
        case .markAbsent: CommandRow(office, then: .init("transfer", #"{"id":"§entry","station":"2"}"#))
        case .transfer: CommandRow(office, then: .init("prioritise", #"{"id":"§entry","on":true}"#))
        case .prioritise: CommandRow(office, then: .init("cancel", #"{"id":"§entry","reason":"x"}"#))
        case .cancel: CommandRow(office, then: .init("pauseCheckIn", #"{"reason":"x"}"#))
        case .pauseCheckIn: CommandRow(office, then: .init("resumeCheckIn"))
        case .resumeCheckIn: CommandRow(office, then: .init("freeSlot", #"{"station":"1","reason":"x"}"#))
        case .freeSlot: CommandRow(office, then: .init("acknowledge"))
        case .acknowledge: CommandRow([.driver], then: .init("comeBack"))
        case .comeBack: CommandRow([.driver], then: .init("cancelMine", #"{"reason":"x"}"#))
        case .cancelMine: CommandRow([.driver], then: .init("noShow", #"{"id":"§entry","calls":1}"#))
        case .noShow: CommandRow(hubOnly, then: .init("absenceOver", #"{"id":"§entry","until":1}"#))
        case .absenceOver: CommandRow(hubOnly, then: .init("truckArrived", #"{"visit":"§entry","binding":"x"}"#))
        case .truckArrived:
            CommandRow(
                hubOnly, then: .init("weighed", #"{"visit":"§entry","vehicle":"1","pass":1,"station":"1","at":1}"#))
        case .weighed:
            CommandRow(
                hubOnly, then: .init("platformCleared", #"{"station":"1","visit":"§entry","binding":"x"}"#))
        case .platformCleared: CommandRow(hubOnly, then: .init("closeStation", #"{"station":"1"}"#))
        case .closeStation: CommandRow(hubOnly, then: .init("openStation", #"{"station":"1"}"#))
        case .openStation: CommandRow(hubOnly)
        }
    }
}

enum StationTable: CommandTable {
    static let topic = TestHub.station("1")
    static let first = CommandSample(
        "bind",
        #"""
        {"binding":{"id":"x","visit":"x","number":1,"plate":"부산80바1234","vehicle":"1","pass":1,"at":1,"driver":"1",
        "company":"1","companyName":"x","item":"1","itemName":"x","order":"x"}}
        """#)

    static func row(_ command: WeighStation.Command) -> CommandRow {
        switch command {
        case .bind: CommandRow(hubOnly, then: .init("unbind", #"{"visit":"x","reason":"released"}"#))
        case .unbind: CommandRow(hubOnly, then: .init("noticeTruck"))
        case .noticeTruck: CommandRow(hubOnly, then: .init("clearPlatform"))
        case .clearPlatform: CommandRow(hubOnly, then: .init("link", #"{"device":"x"}"#))
        case .link: CommandRow(hubOnly, then: .init("unlink", #"{"device":"x"}"#))
        case .unlink:
            CommandRow(
                hubOnly,
                then: .init(
                    "recordReused",
                    #"""
                    {"reading":{"grams":20000000,"stable":true,"at":1795000000000,"offsetMillis":0,"offline":false,"raw":"x"}}
                    """#))
        case .recordReused:
            CommandRow(
                hubOnly,
                then: .init(
                    "settle",
                    #"""
                    {"binding":"x","reading":{"grams":20000000,"stable":true,"at":1795000000000,"offsetMillis":0,"offline":false,
                    "raw":"x"}}
                    """#))
        case .settle: CommandRow([.device], then: .init("fault", #"{"code":"x"}"#))
        case .fault: CommandRow([.device], then: .init("recover"))
        case .recover: CommandRow([.device], then: .init("pause", #"{"reason":"x"}"#))
        case .pause: CommandRow(office, then: .init("resume"))
        case .resume:
            CommandRow(
                office, then: .init("assignUnmatched", #"{"id":"§item","plate":"부산80바1234","reason":"x"}"#))
        case .assignUnmatched: CommandRow(office, then: .init("dismissUnmatched", #"{"id":"§item","reason":"x"}"#))
        case .dismissUnmatched: CommandRow(office)
        }
    }
}

enum RegisterTable: CommandTable {
    static let topic = TestHub.register
    private static let load =
        #"{"visit":"x","plate":"부산80바1234","vehicle":"2","driver":"1","company":"1","companyName":"x","item":"1","itemName":"x","order":"x","calledAt":1}"#
    private static let weighing =
        #"{"id":"x","grams":20000000,"at":1,"station":"1","source":"INDICATOR","by":"x","reason":"x"}"#
    static let first = CommandSample("weigh", #"{"load":\#(load),"weighing":\#(weighing)}"#)

    static func row(_ command: WeighRegister.Command) -> CommandRow {
        switch command {
        case .weigh:
            CommandRow(hubOnly, then: .init("endVisit", #"{"visit":"x","vehicle":"2","by":"x","reason":"x"}"#))
        case .endVisit:
            CommandRow(
                hubOnly,
                then: .init(
                    "enterManually", #"{"plate":"부산80바1234","grams":20000000,"reason":"x","station":"1"}"#))
        case .enterManually:
            CommandRow(office, then: .init("completeWithStoredTare", #"{"plate":"부산80바1234"}"#))
        case .completeWithStoredTare:
            CommandRow(office, then: .init("cancelOpen", #"{"plate":"부산80바1234","reason":"x"}"#))
        case .cancelOpen: CommandRow(office)
        }
    }
}

enum TicketTable: CommandTable {
    static let topic = TestHub.ticket("§slip")
    static let first = CommandSample("reprint")

    static func row(_ command: WeighTicket.Command) -> CommandRow {
        switch command {
        case .reprint:
            CommandRow(office, then: .init("correct", #"{"item":"2","driver":"2","company":"2","reason":"x"}"#))
        case .correct: CommandRow([.admin], then: .init("void", #"{"reason":"x"}"#))
        case .void: CommandRow([.admin])
        }
    }
}

enum OrderTable: CommandTable {
    static let topic = "\(TestHub.site)/order/DO-1"
    private static let details =
        #"{"type":"DELIVERY","department":"x","warehouse":"x","customer":"x","address":"x","item":"x","eta":1795000000000}"#
    static let first = CommandSample("create", #"{"details":\#(details)}"#)

    static func row(_ command: Order.Command) -> CommandRow {
        switch command {
        case .create: CommandRow(office, then: .init("lock", #"{"type":"EDIT"}"#))
        case .lock: CommandRow(office, then: .init("edit", #"{"details":\#(details)}"#))
        case .edit: CommandRow(office, then: .init("setStatus", #"{"status":"IN_PROGRESS"}"#))
        case .setStatus:
            CommandRow(
                office, then: .init("assign", #"{"driverName":"x","driverContact":"x","plate":"x"}"#))
        case .assign: CommandRow(office, then: .init("remark", #"{"text":"x"}"#))
        case .remark: CommandRow(office, then: .init("unlock"))
        case .unlock: CommandRow(office, then: .init("forceUnlock", #"{"reason":"x"}"#))
        case .forceUnlock: CommandRow([.admin], then: .init("erasePeople", #"{"reason":"x"}"#))
        case .erasePeople: CommandRow([.admin], then: .init("start", #"{"visit":"x"}"#))
        case .start: CommandRow(hubOnly, then: .init("finish", #"{"slip":"x"}"#))
        case .finish: CommandRow(hubOnly)
        }
    }
}

enum MasterTable: CommandTable {
    static let topic = "\(TestHub.site)/master/item:hostile"
    static let first = CommandSample("create", #"{"fields":{"name":"x","note":"x","x_own":"x","x_list":["x"]}}"#)

    static func row(_ command: Master.Command) -> CommandRow {
        switch command {
        case .create: CommandRow([.admin], then: .init("change", #"{"fields":{"note":"y"}}"#))
        case .change: CommandRow([.admin], then: .init("deactivate", #"{"reason":"x"}"#))
        case .deactivate: CommandRow([.admin], then: .init("reactivate"))
        case .reactivate: CommandRow([.admin], then: .init("erase", #"{"reason":"x"}"#))
        case .erase: CommandRow([.admin])
        }
    }
}

/// The tables of all kinds.
enum CommandTables {
    static var all: [any CommandTable.Type] {
        [QueueTable.self, StationTable.self, RegisterTable.self, TicketTable.self, OrderTable.self, MasterTable.self]
    }
}
