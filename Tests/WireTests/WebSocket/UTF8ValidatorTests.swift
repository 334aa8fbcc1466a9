import NIOCore
import Testing
import Wire

@Suite struct `UTF-8 validator` {
    /// The index of the byte that was refused; nil if none was.
    private func refusedIndex(_ bytes: [UInt8]) -> Int? {
        var validator = UTF8Validator()
        for (index, byte) in bytes.enumerated() {
            let isValid = withUnsafeBytes(of: byte) { validator.accept($0) }
            if !isValid { return index }
        }
        return nil
    }

    private func isValid(_ bytes: [UInt8]) -> Bool {
        var validator = UTF8Validator()
        return bytes.withUnsafeBytes { validator.accept($0) } && validator.isComplete
    }

    @Test(
        arguments: [
            ([0x80], 0), ([0xBF], 0), ([0xC0], 0), ([0xC1], 0), ([0xF5], 0), ([0xFE], 0), ([0xFF], 0),
            ([0xC2, 0x41], 1), ([0xC2, 0xC2], 1), ([0xE0, 0x80], 1), ([0xE0, 0x9F], 1), ([0xED, 0xA0], 1),
            ([0xED, 0xBF], 1), ([0xF0, 0x80], 1), ([0xF0, 0x8F], 1), ([0xF4, 0x90], 1), ([0xE1, 0x80, 0x41], 2),
            ([0xF1, 0x80, 0x80, 0xC0], 3), ([0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0xFF], 8),
        ] as [([UInt8], Int)])
    func `bad text is refused at its first bad byte`(bytes: [UInt8], index: Int) {
        #expect(refusedIndex(bytes) == index)
        #expect(!isValid(bytes))
    }

    @Test(arguments: [
        "", "plain ASCII, more than eight bytes", "관제 시스템", "κόσμε", "🚛🇰🇷", "\u{0}\u{7F}\u{80}\u{7FF}\u{800}",
    ])
    func `good text passes whole, byte by byte, and cut anywhere`(string: String) {
        let bytes = Array(string.utf8)
        #expect(isValid(bytes))
        #expect(refusedIndex(bytes) == nil)
        for cut in 0...bytes.count {
            var validator = UTF8Validator()
            let isValid =
                bytes[..<cut].withUnsafeBytes { validator.accept($0) }
                && bytes[cut...].withUnsafeBytes { validator.accept($0) }
            #expect(isValid && validator.isComplete)
        }
    }

    @Test func `an unfinished character is valid so far and not complete`() {
        for bytes in [[0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x9A]] as [[UInt8]] {
            #expect(refusedIndex(bytes) == nil)
            #expect(!isValid(bytes))
        }
    }

    @Test func `agrees with the standard library on every one, two and three byte sequence`() {
        for first in UInt8.min...UInt8.max {
            for second in stride(from: UInt8(0), through: 0xFF, by: 1) {
                let pair = [first, second]
                #expect(isValid(pair) == (String(validating: pair, as: UTF8.self) != nil), "\(pair)")
            }
        }
        for first in UInt8(0xE0)...0xEF {
            for second in UInt8(0x78)...0xC8 {
                for third in [0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xFF] as [UInt8] {
                    let bytes = [first, second, third]
                    #expect(isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
                }
            }
        }
    }

    @Test func `agrees with the standard library on seeded noise around the edges`() {
        var random = SeededGenerator(seed: 6455)
        let edges: [UInt8] = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0,
            0xF3, 0xF4, 0xF5, 0xFF,
        ]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...9, using: &random)).map { _ in edges.randomElement(using: &random) ?? 0
            }
            #expect(isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
        }
    }
}
