/// Master data: one small stream per record of whatever class, so that an edit is live on screens, audited and rebuilt like
/// everything else. The key is `class:id`, for example `vehicle:12`.
package enum Master: Kind {
    package static let name = "master"

    package enum Class: String, Codable, Sendable, CaseIterable {
        case site, company, vehicle, driver, item, station, user
    }

    package struct State: Codable, Sendable, Hashable {
        package var exists = false
        package var isActive = false
        package var fields: [String: FieldValue] = [:]
        /// When the person was erased: the record stays empty.
        package var erasedAt: Instant?
    }

    package enum Command: Codable, Sendable {
        case create(fields: [String: FieldValue])
        case change(fields: [String: FieldValue])
        case deactivate(reason: String)
        case reactivate
        /// For good: the person has asked for it, or the time to keep it is over.
        case erase(reason: String)
    }

    package enum Event: Codable, Sendable, Hashable {
        case created(fields: [String: FieldValue])
        case changed(before: [String: FieldValue], after: [String: FieldValue])
        case deactivated(reason: String)
        case reactivated
        /// `fields` say nothing any more.
        case erased(fields: [String], by: Personal, reason: String)
    }

    package static func initial(_ id: StreamID) -> State { State() }

    package static func evolve(_ state: inout State, _ event: Event, at: Instant) {
        switch event {
        case .created(let fields): state = State(exists: true, isActive: true, fields: fields)
        case .changed(_, let after): state.fields.merge(after) { $1 }
        case .deactivated: state.isActive = false
        case .reactivated: state.isActive = true
        case .erased(let fields, _, _):
            for name in fields {
                if let value = state.fields[name] { state.fields[name] = value.erased() }
            }
            state.isActive = false
            state.erasedAt = at
        }
    }

    package static func view(for principal: Principal, key: String, mine: Bool) -> View? {
        principal.isStaff && !mine ? .staff : nil
    }

    package static func snapshot(
        _ state: State, live: NoLive?, view: View, _ context: Context
    ) -> any Encodable & Sendable {
        Picture(
            class: context.id.recordClass?.rawValue ?? "", id: context.id.recordID, fields: state.fields,
            active: state.isActive)
    }

    private struct Picture: Encodable, Sendable {
        let `class`: String
        let id: String
        let fields: [String: FieldValue]
        let active: Bool
    }
}

extension StreamID {
    /// The class of a master record's key: what stands before the first colon.
    package var recordClass: Master.Class? {
        key.firstIndex(of: ":").flatMap { Master.Class(rawValue: String(key[..<$0])) }
    }

    /// The id of a master record's key: all that stands behind the first colon.
    package var recordID: String { String(key.drop { $0 != ":" }.dropFirst()) }
}

/// A field of a master record: plain JSON without nesting.
package enum FieldValue: Codable, Sendable, Hashable {
    case text(String)
    /// A text about the person whom the record is about.
    case personal(Personal)
    case number(Int64)
    case flag(Bool)
    case list([String])
    case none

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .none
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .number(number)
        } else if let list = try? container.decode([String].self) {
            self = .list(list)
        } else {
            let personal = Personal(coded: try container.decode(String.self))
            self = personal.person.isEmpty ? .text(personal.shown) : .personal(personal)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .personal(let personal): try container.encode(personal)
        case .number(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        case .list(let list): try container.encode(list)
        case .none: try container.encodeNil()
        }
    }

    /// As it is shown: empty when it has been erased.
    package var text: String? {
        switch self {
        case .text(let text): text
        case .personal(let personal): personal.shown
        case .number, .flag, .list, .none: nil
        }
    }
    /// As it is stored, whosever it is.
    package var personal: Personal? {
        switch self {
        case .text(let text): Personal(text)
        case .personal(let personal): personal
        case .number, .flag, .list, .none: nil
        }
    }
    package var number: Int64? { if case .number(let number) = self { number } else { nil } }
    package var flag: Bool? { if case .flag(let flag) = self { flag } else { nil } }
    package var list: [String]? { if case .list(let list) = self { list } else { nil } }

    func erased() -> FieldValue {
        switch self {
        case .text: .text("")
        case .personal(let personal): .personal(personal.erased())
        case .number, .flag, .list, .none: .none
        }
    }
}
