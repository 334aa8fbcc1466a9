internal import FoundationEssentials

/// What `edge run` reads: one JSON file. Unknown keys are refused, a misspelt one would silently be a default.
package struct EdgeConfiguration: Equatable, Sendable {
    package let hub: HubAddress
    package let apiKeyFile: String
    /// The authority of a private certificate (PEM); without it the system's.
    package let authorityFile: String?
    package let site: String
    package let dataDirectory: String
    package let stations: [Station]

    package struct Station: Equatable, Sendable {
        package let id: String
        package let topic: String
        package let profile: IndicatorProfile
        package let line: LineAddress
        package let divisionGrams: Int64
        package let settle: SettleDetector.Settings
        /// Without a reading for so long the indicator is out of order.
        package let silence: Duration
    }
}

/// A configuration that cannot be used: which key, what it says, what was expected.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package let file: String
    package let problem: String

    package var description: String { "\(file): \(problem)" }
}

extension EdgeConfiguration {
    /// Reads the file, and sees that the files it names can be used.
    package static func load(_ path: String) throws(ConfigurationError) -> EdgeConfiguration {
        var text: [UInt8] = []
        do {
            let directory = URL(filePath: path).deletingLastPathComponent()
            text = try FileBytes.read(path)
            let configuration = try parse(text, directory: directory.path)
            try configuration.checkFiles()
            return configuration
        } catch let error as ConfigurationError {
            throw ConfigurationError(file: path, problem: error.problem)
        } catch {
            throw ConfigurationError(file: path, problem: "\(JSONProblem(error, in: text))")
        }
    }

    /// - Parameter directory: where relative paths begin.
    package static func parse(_ json: some Sequence<UInt8>, directory: String) throws -> EdgeConfiguration {
        let file = try JSONDecoder().decode(ConfigurationFile.self, from: Data(json))
        let absolute = { (path: String) in path.hasPrefix("/") ? path : "\(directory)/\(path)" }
        var catalogue = ProfileCatalogue.builtIn
        for path in file.profiles ?? [] { catalogue.add(try catalogue.load(absolute(path))) }
        let stations = try file.stations.map { try $0.station(site: file.site, catalogue) }
        guard !stations.isEmpty else { throw problem("\"stations\" is empty; at least one is needed") }
        guard Set(stations.map(\.id)).count == stations.count else {
            throw problem("two stations have the same \"id\"")
        }
        try refuseSharedPort(stations)
        return EdgeConfiguration(
            hub: try HubAddress(parsing: file.hub), apiKeyFile: absolute(file.apiKeyFile),
            authorityFile: file.caFile.map(absolute), site: file.site, dataDirectory: absolute(file.dataDirectory),
            stations: stations)
    }

    /// Each byte of a line reaches one reader, so a line has one station.
    private static func refuseSharedPort(_ stations: [Station]) throws {
        var taken: [String: String] = [:]
        for station in stations {
            let port = station.line.port
            if let other = taken.updateValue(station.id, forKey: port) {
                throw problem("stations \"\(other)\" and \"\(station.id)\" have the same \"port\" \"\(port)\"")
            }
        }
    }

    static func problem(_ text: String) -> ConfigurationError { ConfigurationError(file: "", problem: text) }
}

private struct ConfigurationFile: Decodable {
    let hub: String
    let apiKeyFile: String
    let caFile: String?
    let site: String
    let dataDirectory: String
    let profiles: [String]?
    let stations: [StationEntry]

    private enum Key: String, CodingKey, CaseIterable {
        case hub, apiKeyFile, caFile, site, dataDirectory, profiles, stations
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(except: Key.allCases.map(\.rawValue))
        let box = try decoder.container(keyedBy: Key.self)
        hub = try box.decode(String.self, forKey: .hub)
        apiKeyFile = try box.decode(String.self, forKey: .apiKeyFile)
        caFile = try box.decodeIfPresent(String.self, forKey: .caFile)
        site = try box.decode(String.self, forKey: .site)
        dataDirectory = try box.decode(String.self, forKey: .dataDirectory)
        profiles = try box.decodeIfPresent([String].self, forKey: .profiles)
        stations = try box.decode([StationEntry].self, forKey: .stations)
    }
}

private struct StationEntry: Decodable {
    let id: String
    let profile: String
    let port: String
    let baud: Int?
    let settings: String?
    let unit: WeightUnit?
    let divisionGrams: Int64
    let engageGrams: Int64
    let zeroBandGrams: Int64
    let silenceSeconds: Int?

    private enum Key: String, CodingKey, CaseIterable {
        case id, profile, port, baud, settings, unit, divisionGrams, engageGrams, zeroBandGrams, silenceSeconds
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(except: Key.allCases.map(\.rawValue))
        let box = try decoder.container(keyedBy: Key.self)
        id = try box.decode(String.self, forKey: .id)
        profile = try box.decode(String.self, forKey: .profile)
        port = try box.decode(String.self, forKey: .port)
        baud = try box.decodeIfPresent(Int.self, forKey: .baud)
        settings = try box.decodeIfPresent(String.self, forKey: .settings)
        unit = try box.decodeIfPresent(WeightUnit.self, forKey: .unit)
        divisionGrams = try box.decode(Int64.self, forKey: .divisionGrams)
        engageGrams = try box.decode(Int64.self, forKey: .engageGrams)
        zeroBandGrams = try box.decode(Int64.self, forKey: .zeroBandGrams)
        silenceSeconds = try box.decodeIfPresent(Int.self, forKey: .silenceSeconds)
    }

    func station(site: String, _ catalogue: ProfileCatalogue) throws -> EdgeConfiguration.Station {
        let place = "station \"\(id)\""
        guard divisionGrams > 0 else {
            throw EdgeConfiguration.problem("\(place): \"divisionGrams\" is \(divisionGrams), expected more than 0")
        }
        guard zeroBandGrams >= 0, engageGrams > zeroBandGrams else {
            throw EdgeConfiguration.problem(
                "\(place): expected 0 <= \"zeroBandGrams\" (\(zeroBandGrams)) < \"engageGrams\" (\(engageGrams))")
        }
        let silence = silenceSeconds ?? 3
        guard (1...3_600).contains(silence) else {
            throw EdgeConfiguration.problem("\(place): \"silenceSeconds\" is \(silence), expected 1…3600")
        }
        let profile = try catalogue.profile(profile).showing(unit)
        return EdgeConfiguration.Station(
            id: id, topic: "\(site)/station/\(id)", profile: profile, line: try line(profile, place),
            divisionGrams: divisionGrams,
            settle: .init(engageGrams: engageGrams, zeroBandGrams: zeroBandGrams, toleranceGrams: divisionGrams),
            silence: .seconds(silence))
    }

    private func line(_ profile: IndicatorProfile, _ place: String) throws -> LineAddress {
        if port.hasPrefix("tcp://") {
            let parts = port.dropFirst("tcp://".count).split(separator: ":")
            guard parts.count == 2, let number = Int(parts[1]), (1...65_535).contains(number) else {
                throw EdgeConfiguration.problem("\(place): \"port\" is \"\(port)\", expected tcp://host:port")
            }
            return .tcp(host: String(parts[0]), port: number)
        }
        let baud = baud ?? profile.line.baud
        guard port.hasPrefix("/"), (50...4_000_000).contains(baud) else {
            throw EdgeConfiguration.problem(
                "\(place): \"port\" \"\(port)\" at \"baud\" \(baud), expected /dev/… or tcp://host:port at 50…4000000")
        }
        let text = settings ?? profile.line.settings.description
        guard let settings = SerialSettings(text) else {
            throw EdgeConfiguration.problem("\(place): \"settings\" \"\(text)\"; \(SerialSettings.expected)")
        }
        return .serial(path: port, baud: baud, settings: settings)
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    fileprivate func refuseKeys(except known: [String]) throws {
        let box = try container(keyedBy: AnyKey.self)
        if let stranger = box.allKeys.map(\.stringValue).sorted().first(where: { !known.contains($0) }) {
            throw EdgeConfiguration.problem(
                "unknown key \"\(stranger)\"; expected one of \(known.joined(separator: ", "))")
        }
    }
}
