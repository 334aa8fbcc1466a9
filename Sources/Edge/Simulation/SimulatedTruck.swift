/// A truck whose weights follow from its plate and pass: the same call always weighs the same.
package struct SimulatedTruck: Equatable, Sendable {
    package let binding: String
    package let grams: Int64

    /// Pass 1 comes loaded with 20–40 t, pass 2 empty: the expected tare where the hub knows one, else 8–16 t.
    package init(_ binding: Binding, divisionGrams: Int64) {
        let hash = Self.hash(binding.plate ?? binding.id)
        let tare = binding.expectedTareGrams ?? 8_000_000 + Int64(hash % 8_000_001)
        let loaded = max(20_000_000 + Int64((hash >> 24) % 20_000_001), tare + 5_000_000)
        let exact = binding.pass == 2 ? tare : loaded
        self.binding = binding.id
        grams = (exact + divisionGrams / 2) / divisionGrams * divisionGrams
    }

    /// FNV-1a, 64 bits: the same on every machine, unlike `Hasher`. The last step spreads short texts.
    private static func hash(_ text: String) -> UInt64 {
        let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        return (hash ^ (hash >> 29)) &* 0xBF58_476D_1CE4_E5B9
    }
}
