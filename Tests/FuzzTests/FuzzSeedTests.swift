import Foundation
import FuzzTargets
import Testing

/// What the fuzzer started from and what it found, run once each without it (docs/fuzzing.md).
@Suite struct `Fuzz seeds` {
    @Test(arguments: FuzzTarget.allCases)
    func `every kept input runs without a finding`(target: FuzzTarget) throws {
        let seeds = try seeds(of: target)
        #expect(seeds.count > 20, "the seeds of \(target.rawValue) are missing")
        for seed in seeds {
            do throws(Finding) {
                try target.run(seed.bytes)
            } catch {
                Issue.record("\(seed.name): \(error)")
            }
        }
    }

    /// An input chooses its profile by number: with a new one the numbers behind it move, and the seeds with them.
    @Test(arguments: Framing.allCases)
    func `a kind of framing has profiles, a target, and seeds that choose each profile`(framing: Framing) throws {
        let target = try #require(FuzzTarget(rawValue: "indicator-\(framing.rawValue)"))
        #expect(!framing.profiles.isEmpty, "no profile is \(framing.rawValue)")
        let seeds = try seeds(of: target)
        for profile in framing.profiles {
            let own = seeds.filter { $0.name.hasPrefix("\(profile)-") && framing.profile(of: $0.bytes) == profile }
            #expect(!own.isEmpty, "\(target.rawValue) has no seed \(profile)-… that chooses this profile")
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `an input of any length makes its choices`(target: FuzzTarget) throws {
        for count in 0..<12 {
            for byte in [0, 1, 2, 3, 0x10, 0x20, 0xFF] as [UInt8] {
                try target.run([UInt8](repeating: byte, count: count))
            }
        }
    }

    private func seeds(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fuzz/corpus/\(target.rawValue)").standardizedFileURL
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).map {
            ($0.lastPathComponent, [UInt8](try Data(contentsOf: $0)))
        }
    }
}
