import Foundation
import FuzzTargets
import Testing

/// What the fuzzer started from and what it found, run once each without it (docs/fuzzing.md).
@Suite struct `Fuzz seeds` {
    @Test(arguments: FuzzTarget.allCases)
    func `every kept input runs without a finding`(target: FuzzTarget) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fuzz/corpus/\(target.rawValue)").standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count > 20, "the seeds of \(target.rawValue) are missing")
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            do throws(Finding) {
                try target.run(bytes)
            } catch {
                Issue.record("\(file.lastPathComponent): \(error)")
            }
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
}
