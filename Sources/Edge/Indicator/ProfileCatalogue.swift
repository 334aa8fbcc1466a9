/// The profiles a station can name: those built in and those of the site's own files.
package struct ProfileCatalogue: Sendable {
    package private(set) var profiles: [IndicatorProfile]

    /// - Precondition: the built-in JSON is sound; a test reads each.
    package static let builtIn: ProfileCatalogue = {
        do {
            return ProfileCatalogue(
                profiles: try BuiltInProfile.all.map { try ProfileFile.read($0.utf8, source: "built in") })
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
}
