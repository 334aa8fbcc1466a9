internal import ArgumentParser

struct ListProfiles: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles",
        abstract: "내장된 인디케이터 프로파일을 보여 줍니다. (Lists the built-in indicator profiles.)",
        discussion: """
            한 줄에 하나: 이름, 직렬 설정, 설명. 이름을 주면 그 프로파일의 JSON 파일을 그대로 냅니다: 현장 프로파일의 본보기입니다.
            (One per line: id, line settings, title. With a name that profile's JSON file, the model of a site's own.)

            edge profiles
            edge profiles sewha > my-sewha.json
            """)

    @Argument(help: "프로파일 이름 또는 .json 파일; 파일은 검사만 합니다 (A profile's id; of a .json file it says whether it is sound).")
    var name: String?

    @Flag(name: .customLong("json"), help: "모든 프로파일을 JSON 목록으로 (All profiles as one JSON list).")
    var asJSON = false

    func validate() throws {
        guard name == nil || !asJSON else { throw ValidationError("give a name, or --json") }
    }

    func run() throws {
        if let name {
            let profile = try ProfileCatalogue.builtIn.load(name)
            return print(BuiltInProfile.text(name) ?? Self.line(profile))
        }
        if asJSON { return print("[\(BuiltInProfile.all.joined(separator: ",\n"))]") }
        for profile in ProfileCatalogue.builtIn.profiles { print(Self.line(profile)) }
    }

    private static func line(_ profile: IndicatorProfile) -> String {
        "\(profile.id)\t\(profile.line.baud) \(profile.line.settings)\t\(profile.title)"
    }
}
