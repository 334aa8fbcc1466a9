/// Reads the JSON of a configuration; what cannot work is told with its line.
struct ConfigurationFile {
    private typealias Fault = JSONPlace.Fault

    /// Where relative paths begin.
    let directory: String

    func read(_ place: JSONPlace) throws -> EdgeConfiguration {
        let file = try place.object([
            "hub", "apiKeyFile", "caFile", "site", "dataDirectory", "profiles", "statusPort", "stations", "board",
        ])
        var catalogue = ProfileCatalogue.builtIn
        for entry in try file["profiles"]?.list() ?? [] {
            catalogue.add(try catalogue.load(absolute(try entry.text())))
        }
        let site = try file.required("site").text()
        let entries = try file.required("stations")
        var stations: [(station: EdgeConfiguration.Station, place: JSONPlace)] = []
        for entry in try entries.list() { stations.append((try station(entry, site, catalogue), entry)) }
        guard !stations.isEmpty else { throw entries.fault("is empty; at least one is needed") }
        try refuseRepeated(stations)
        try refuseMixedLines(stations)
        let hub = try file.required("hub")
        return EdgeConfiguration(
            hub: try HubAddress(parsing: try hub.text()), apiKeyFile: absolute(try file.required("apiKeyFile").text()),
            authorityFile: try file["caFile"].map { place throws(Fault) in absolute(try place.text()) }, site: site,
            dataDirectory: absolute(try file.required("dataDirectory").text()),
            statusPort: try file["statusPort"]?.number(in: 0...65_535) ?? EdgeConfiguration.defaultStatusPort,
            stations: stations.map(\.station), board: try file["board"].map(board))
    }

    private func board(_ place: JSONPlace) throws(Fault) -> EdgeConfiguration.Board {
        let board = try place.object(["port", "driver", "rows", "cells"])
        let port = try board.required("port")
        guard case .tcp(let host, let number)? = LineAddress(network: try port.text()) else {
            throw port.fault("is \"\(try port.text())\", expected tcp://host:port")
        }
        return EdgeConfiguration.Board(
            host: host, port: number, driver: try board["driver"]?.word(EdgeConfiguration.Board.Driver.self) ?? .dabit,
            rows: try board["rows"]?.number(in: EdgeConfiguration.Board.rowCounts)
                ?? EdgeConfiguration.Board.defaultRows,
            cells: try board["cells"]?.number(in: EdgeConfiguration.Board.cellCounts)
                ?? EdgeConfiguration.Board.defaultCells)
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(directory)/\(path)" }

    // MARK: Stations together

    private func refuseRepeated(_ stations: [(station: EdgeConfiguration.Station, place: JSONPlace)]) throws(Fault) {
        var ids: Set<String> = []
        for (station, place) in stations where !ids.insert(station.id).inserted {
            throw place.fault("has the same \"id\" as another, \"\(station.id)\"")
        }
    }

    /// Each byte of a line reaches one station. Where several share it, each is asked by its number, and each answer says whose it is.
    private func refuseMixedLines(_ stations: [(station: EdgeConfiguration.Station, place: JSONPlace)]) throws(Fault) {
        for (index, (station, place)) in stations.enumerated() {
            guard let other = stations[..<index].first(where: { $0.station.line.port == station.line.port })?.station
            else { continue }
            let both = "stations \"\(other.id)\" and \"\(station.id)\" have the same \"port\" \"\(station.line.port)\""
            guard other.question != nil, station.question != nil else {
                throw place.fault("cannot share its line: \(both), and not both are polled")
            }
            guard other.line == station.line, other.pollInterval == station.pollInterval else {
                throw place.fault("cannot share its line: \(both), and it is set in two ways")
            }
            guard station.profile.namesDevice, other.profile.namesDevice else {
                throw place.fault("cannot share its line: \(both), and their answers do not say whose they are")
            }
            guard station.profile.poll?.namesDevice == true, other.profile.poll?.namesDevice == true else {
                throw place.fault(
                    "cannot share its line: \(both), and a question without {id} is answered by all at once")
            }
            let sharing = stations.filter { $0.station.line.port == station.line.port }.count
            guard station.pollInterval * sharing < station.silence else {
                throw place.fault(
                    "cannot share its line: \(both), and each of \(sharing) would be asked every \(station.pollInterval * sharing), "
                        + "not more often than \"silenceSeconds\"")
            }
            let taken = stations[..<index].contains {
                $0.station.line.port == station.line.port && $0.station.device == station.device
            }
            guard !taken, station.device != nil, other.device != nil else {
                throw place.fault("cannot share its line: \(both); each needs a \"device\" of its own")
            }
        }
    }

    // MARK: One station

    private func station(
        _ place: JSONPlace, _ site: String, _ catalogue: ProfileCatalogue
    ) throws -> EdgeConfiguration.Station {
        let entry = try place.object([
            "id", "profile", "port", "baud", "settings", "rts", "dtr", "unit", "device", "pollMillis", "divisionGrams",
            "engageGrams", "zeroBandGrams", "silenceSeconds",
        ])
        let id = try entry.required("id").text()
        let unit = try entry["unit"]?.word(WeightUnit.self)
        let profile = try profile(entry.required("profile"), catalogue).showing(unit)
        let weights = 0...1_000_000_000_000
        let division = try entry.required("divisionGrams").number(in: 1...10_000_000_000)
        let zeroBand = try entry.required("zeroBandGrams").number(in: weights)
        let engage = try entry.required("engageGrams")
        let engageGrams = try engage.number(in: weights)
        guard engageGrams > zeroBand else {
            throw engage.fault("has to be more than \"zeroBandGrams\", which is \(zeroBand)")
        }
        let device = try entry["device"]?.number(in: 0...99)
        let interval = try interval(entry["pollMillis"], profile)
        let silence = Duration.seconds(try entry["silenceSeconds"]?.number(in: 1...3_600) ?? 3)
        if let interval, interval >= silence {
            let place = entry["pollMillis"] ?? entry["silenceSeconds"] ?? place
            throw place.fault("asks every \(interval), and after \(silence) without an answer it is silent")
        }
        var settle = SettleDetector.Settings(
            engageGrams: Int64(engageGrams), zeroBandGrams: Int64(zeroBand), toleranceGrams: Int64(division))
        settle.silence = silence
        return EdgeConfiguration.Station(
            id: id, topic: "\(site)/station/\(id)", profile: profile, line: try line(entry, profile), device: device,
            question: interval.flatMap { _ in profile.poll?.command(device: device) }, pollInterval: interval ?? .zero,
            divisionGrams: Int64(division),
            settle: settle, silence: silence)
    }

    private func profile(_ place: JSONPlace, _ catalogue: ProfileCatalogue) throws(Fault) -> IndicatorProfile {
        let name = try place.text()
        do throws(ProfileError) {
            return try catalogue.profile(name)
        } catch {
            throw place.fault(": \(error)")
        }
    }

    /// Nil: the indicator speaks by itself.
    private func interval(_ place: JSONPlace?, _ profile: IndicatorProfile) throws(Fault) -> Duration? {
        guard let place else { return profile.poll.flatMap { $0.isNeeded ? $0.interval : nil } }
        let millis = try place.number(in: 0...60_000)
        guard millis > 0 else { return nil }
        guard millis >= 20 else {
            throw place.fault("is \(millis), expected 20…60000, or 0 for an indicator that speaks by itself")
        }
        guard profile.poll != nil else {
            throw place.fault("is there, but profile \"\(profile.id)\" has no question (\"poll\")")
        }
        return .milliseconds(millis)
    }

    private func line(_ entry: JSONObject, _ profile: IndicatorProfile) throws(Fault) -> LineAddress {
        let place = try entry.required("port")
        let port = try place.text()
        if let address = LineAddress(network: port) { return address }
        guard port.hasPrefix("/") else {
            throw place.fault("is \"\(port)\", expected /dev/…, tcp://host:port or listen://host:port")
        }
        var settings = profile.line.settings
        if let place = entry["settings"] {
            let text = try place.text()
            guard let read = SerialSettings(text) else {
                throw place.fault("is \"\(text)\"; \(SerialSettings.expected)")
            }
            settings = read
        }
        return .serial(
            path: port, baud: try entry["baud"]?.number(in: 50...4_000_000) ?? profile.line.baud, settings: settings,
            signals: SerialSignals(rts: try entry["rts"]?.flag(), dtr: try entry["dtr"]?.flag()))
    }
}
