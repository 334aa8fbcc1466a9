#if canImport(Glibc)
    internal import Glibc
#endif

/// How a deck shows a truck that comes and goes. Floating point, as the world is; what is shown is whole divisions.
struct DeckCurve: Sendable {
    static let driveOn = Duration.seconds(4)
    static let swing = Duration.seconds(2)
    static let driveOff = Duration.seconds(3)

    let divisionGrams: Int64

    /// Axle by axle onto the deck, then a swing that dies down; in motion all the time.
    ///
    /// - Parameter time: since the first axle, up to `driveOn` and `swing` together.
    func climb(_ grams: Int64, _ time: Duration) -> DeckSimulator.Shown {
        let part = smooth(time / Self.driveOn)
        let swung = max(0, (time - Self.driveOn) / Self.swing)
        let amplitude = 0.03 * part * (1 - swung)
        let sway = amplitude * sin(time / .milliseconds(120))
        return shown(Double(grams) * (part + sway))
    }

    /// - Parameter time: since it began to leave, up to `driveOff`.
    func leave(_ grams: Int64, _ time: Duration) -> DeckSimulator.Shown {
        shown(Double(grams) * (1 - smooth(time / Self.driveOff)))
    }

    func rounded(_ grams: Double) -> Int64 { Int64((grams / Double(divisionGrams)).rounded()) * divisionGrams }

    private func shown(_ grams: Double) -> DeckSimulator.Shown {
        DeckSimulator.Shown(grams: rounded(grams), status: .motion)
    }

    private func smooth(_ part: Double) -> Double {
        let part = min(max(part, 0), 1)
        return part * part * (3 - 2 * part)
    }
}
