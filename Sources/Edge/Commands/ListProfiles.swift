internal import ArgumentParser
internal import FoundationEssentials

struct ListProfiles: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles",
        abstract: "내장된 인디케이터 프로파일을 보여 줍니다. (Lists the built-in indicator profiles.)",
        discussion: """
            한 줄에 하나: 이름, 직렬 설정, 설명. --json 은 프로파일 파일의 본보기로 쓸 수 있습니다.
            (One per line: id, line settings, title. Use --json as the model of a site's own profile file.)
            """)

    @Flag(name: .customLong("json"), help: "프로파일 전체를 JSON으로 (Print the whole profiles as JSON).")
    var asJSON = false

    func run() throws {
        let profiles = ProfileCatalogue.builtIn.profiles
        guard asJSON else {
            for profile in profiles {
                print("\(profile.id)\t\(profile.line.baud) \(profile.line.settings)\t\(profile.title)")
            }
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(profiles), as: UTF8.self))
    }
}
