import Actors
import FoundationEssentials
import Glibc
import Persistence

/// Who outside the hub is told of things, as the file of `--receivers` says it (docs/receivers.md).
struct ReceiversFile: Sendable {
    struct Entry: Sendable, Hashable {
        let site: String
        let name: String
        let url: String
        let policy: DeliveryPolicy
        let timeout: Duration
        /// Sent as `Authorization: Bearer …`.
        let token: String?

        var id: StreamID { .receiver(name, of: site) }
    }

    /// What is wrong with the file, and where.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    static let byteCountMax = 1 << 20
    static let countMax = 64
    static let timeoutSeconds: ClosedRange<Int> = 1...60

    let entries: [Entry]

    init(path: String) throws(Fault) {
        guard let bytes = FileSystem.bytes(of: path, countMax: Self.byteCountMax) else {
            throw Fault(description: "\(path) cannot be read, or is larger than 1 MiB.")
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        do {
            let file = try JSONDecoder().decode(File.self, from: Data(bytes))
            entries = try Self.checked(file.receivers, in: folder)
        } catch let fault as Fault {
            throw Fault(description: "\(path): \(fault.description)")
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
            throw Fault(description: "\(path) is not JSON.")
        } catch {
            throw Fault(description: "\(path): \(Self.text(of: error))")
        }
    }

    private struct File: Decodable {
        let receivers: [Line]
    }

    private struct Line: Decodable {
        let site: String
        let name: String
        let url: String
        let policy: String
        let timeoutSeconds: Int?
        let tokenFile: String?

        private enum Key: String, CodingKey, CaseIterable {
            case site, name, url, policy, timeoutSeconds, tokenFile
        }

        private struct AnyKey: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            // A misspelt name would otherwise be as if it were not there.
            for key in try decoder.container(keyedBy: AnyKey.self).allKeys where Key(rawValue: key.stringValue) == nil {
                let known = Key.allCases.map(\.rawValue).joined(separator: ", ")
                throw Fault(description: "'\(key.stringValue)' is no field of a receiver: \(known).")
            }
            let fields = try decoder.container(keyedBy: Key.self)
            site = try fields.decode(String.self, forKey: .site)
            name = try fields.decode(String.self, forKey: .name)
            url = try fields.decode(String.self, forKey: .url)
            policy = try fields.decode(String.self, forKey: .policy)
            timeoutSeconds = try fields.decodeIfPresent(Int.self, forKey: .timeoutSeconds)
            tokenFile = try fields.decodeIfPresent(String.self, forKey: .tokenFile)
        }
    }

    private static func checked(_ lines: [Line], in folder: String) throws(Fault) -> [Entry] {
        guard lines.count <= countMax else { throw Fault(description: "At most \(countMax) receivers.") }
        var known: Set<StreamID> = []
        var entries: [Entry] = []
        for (index, line) in lines.enumerated() {
            let place = "receiver \(index + 1) ('\(line.name)')"
            let entry = try checked(line, place, in: folder)
            guard known.insert(entry.id).inserted else {
                throw Fault(description: "\(place): '\(line.site)' has another receiver of this name.")
            }
            entries.append(entry)
        }
        return entries
    }

    private static func checked(_ line: Line, _ place: String, in folder: String) throws(Fault) -> Entry {
        guard StreamID.receiver(named: line.name, of: line.site) != nil else {
            throw Fault(description: "\(place): site and name take letters, digits and - _ . : up to 64 bytes.")
        }
        guard let policy = DeliveryPolicy(rawValue: line.policy) else {
            let known = DeliveryPolicy.allCases.map(\.rawValue).joined(separator: " or ")
            throw Fault(description: "\(place): policy is \(known), not '\(line.policy)'.")
        }
        let seconds = line.timeoutSeconds ?? 10
        guard timeoutSeconds.contains(seconds) else {
            throw Fault(description: "\(place): timeoutSeconds takes 1 to 60, not \(seconds).")
        }
        guard let url = URL(string: line.url), ["http", "https"].contains(url.scheme), let host = url.host(),
            !host.isEmpty, url.user() == nil
        else {
            throw Fault(description: "\(place): url is http:// or https:// with a host and without a password in it.")
        }
        var token: String?
        if let file = line.tokenFile {
            let isHere = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host)
            guard url.scheme == "https" || isHere else {
                throw Fault(description: "\(place): a token goes over https only, or to this machine.")
            }
            token = try readToken(file.hasPrefix("/") ? file : "\(folder)/\(file)", place)
        }
        return Entry(
            site: line.site, name: line.name, url: line.url, policy: policy, timeout: .seconds(seconds), token: token)
    }

    private static func readToken(_ path: String, _ place: String) throws(Fault) -> String {
        var status = stat()
        guard stat(path, &status) == 0, let bytes = FileSystem.bytes(of: path, countMax: 4096) else {
            throw Fault(description: "\(place): \(path) cannot be read.")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Fault(description: "\(place): others can read \(path). Make it 0600.")
        }
        let token = String(decoding: bytes, as: UTF8.self).filter { $0 != "\n" && $0 != "\r\n" }
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Fault(description: "\(place): \(path) holds one line of printable ASCII without spaces.")
        }
        return token
    }

    private static func text(of error: any Error) -> String {
        func path(_ keys: [any CodingKey]) -> String {
            keys.map { $0.intValue.map { "[\($0 + 1)]" } ?? ".\($0.stringValue)" }.joined()
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context):
            "\(path(context.codingPath)).\(key.stringValue) is missing."
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(path(context.codingPath)) is of another type."
        case DecodingError.dataCorrupted(let context): "\(path(context.codingPath)) is not right."
        default: "\(error)"
        }
    }
}
