extension ProfileCatalogue {
    /// A profile by its id, or from a file when the name ends in `.json`.
    package func load(_ name: String) throws(ProfileError) -> IndicatorProfile {
        guard name.hasSuffix(".json") else { return try profile(name) }
        let json: [UInt8]
        do throws(SystemError) {
            json = try FileBytes.read(name)
        } catch {
            throw ProfileError(profile: name, problem: "\(error)")
        }
        return try ProfileFile.read(json, source: name)
    }
}
