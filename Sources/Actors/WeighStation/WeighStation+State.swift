extension WeighStation {
    /// The truck that may be weighed here now. The edge marks its weights with `id`.
    package struct Binding: Codable, Sendable, Hashable {
        package let id: String
        package let visit: String
        package let number: Int
        package let plate: Plate
        package let vehicle: String
        package let driver: String?
        package let company: String?
        package let companyName: String?
        package let item: String?
        package let itemName: String?
        package let order: String?
        package let pass: Int
        package let at: Instant

        init(_ entry: WaitQueue.Entry, named name: String, at: Instant) {
            id = name
            visit = entry.id
            number = entry.number
            plate = entry.plate
            vehicle = entry.vehicle
            driver = entry.driver
            company = entry.company
            companyName = entry.companyName
            item = entry.item
            itemName = entry.itemName
            order = entry.order
            pass = entry.pass
            self.at = at
        }
    }

    package struct Pause: Codable, Sendable, Hashable {
        package let by: Personal
        package let reason: String
        package let at: Instant
    }

    package struct Fault: Codable, Sendable, Hashable {
        package let code: String
        package let at: Instant
    }

    package struct Weighed: Codable, Sendable, Hashable {
        package let grams: Int64
        package let pass: Int
        package let at: Instant
    }

    package struct Last: Codable, Sendable, Hashable {
        package let grams: Int64
        package let plate: Plate
        package let pass: Int
        package let at: Instant
    }

    /// A settled weight that belongs to no truck as far as the hub can tell. Staff decide.
    package struct Unmatched: Codable, Sendable, Hashable {
        package enum Reason: String, Codable, Sendable {
            case noBinding, otherBinding, zeroInterlock, paused, divisionMismatch, unknownStation, numberReused
        }

        package let id: String
        package let reason: Reason
        package let grams: Int64
        /// When the indicator showed it, by the edge's clock corrected with its measured offset.
        package let at: Instant
        package let receivedAt: Instant
        package let source: WeighRegister.Source
    }

    package struct State: Codable, Sendable, Hashable {
        package enum Status: String, Codable, Sendable {
            case idle = "IDLE"
            case weighing = "WEIGHING"
            case error = "ERROR"
        }

        package var binding: Binding?
        /// The bound truck is on the deck.
        package var arrived = false
        /// The bound truck has its weight.
        package var weighed: Weighed?
        /// The deck must be empty once before another weight counts.
        package var awaitingZero = false
        package var paused: Pause?
        package var fault: Fault?
        /// Nil as long as no edge has ever spoken for this station.
        package var linked: Bool?
        package var last: Last?
        package var unmatched: [Unmatched] = []
        package var weighingCount = 0

        /// Older ones can only be found in the records. A week without a network is 3,500 weights, on all stations together.
        static let unmatchedCountMax = 2000
        /// The newest that a picture shows.
        static let shownUnmatchedCountMax = 100

        package var status: Status {
            if fault != nil || linked == false { return .error }
            return binding == nil ? .idle : .weighing
        }

        /// Whether trucks may be called here.
        var isOpen: Bool { paused == nil && fault == nil && linked != false }
    }
}
