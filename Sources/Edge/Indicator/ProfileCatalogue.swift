package import FoundationEssentials

/// The profiles a station can name: those built in and those of the site's own files.
package struct ProfileCatalogue: Sendable {
    package private(set) var profiles: [IndicatorProfile]

    /// - Precondition: the built-in JSON is sound; a test reads each.
    package static let builtIn: ProfileCatalogue = {
        let texts = [BuiltInProfile.cas22, BuiltInProfile.and18, BuiltInProfile.seedA, BuiltInProfile.seedB]
        do {
            return ProfileCatalogue(profiles: try texts.map { try parse(Data($0.utf8), source: "built in") })
        } catch {
            preconditionFailure("a built-in profile is unsound: \(error)")
        }
    }()

    package func profile(_ id: String) throws(ProfileError) -> IndicatorProfile {
        guard let profile = profiles.first(where: { $0.id == id }) else {
            let known = profiles.map(\.id).joined(separator: ", ")
            throw ProfileError(profile: id, problem: "unknown; expected one of \(known), or a profile file (.json)")
        }
        return profile
    }

    /// A site's own profile; one with the id of a built-in profile takes its place.
    package mutating func add(_ profile: IndicatorProfile) {
        profiles.removeAll { $0.id == profile.id }
        profiles.append(profile)
    }

    package static func parse(_ json: Data, source: String) throws(ProfileError) -> IndicatorProfile {
        let profile: IndicatorProfile
        do {
            profile = try JSONDecoder().decode(IndicatorProfile.self, from: json)
        } catch {
            throw ProfileError(profile: source, problem: "not a profile: \(JSONProblem(error, in: Array(json)))")
        }
        try profile.validate()
        return profile
    }
}
