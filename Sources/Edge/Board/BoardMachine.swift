/// What a board is told and when, without I/O: the newest picture only, so many frames a second and no more.
///
/// The owner says what is to be shown, that the connection is open or lost, what came, and that time has passed; it sends what comes
/// back and calls `elapse` at `deadline`. A board that is off delays nobody: what it would have been told is forgotten.
struct BoardMachine: Sendable {
    enum Output: Equatable, Sendable {
        case send([UInt8])
        /// The board does not say that it shows anything: the connection is made anew.
        case reconnect
        /// Refused several times in a row, or it works again.
        case alarm(Bool)
        /// A character of this picture is not in the board's alphabet.
        case unshowable([String])
    }

    /// Between two frames, whatever happens.
    static let interval = Duration.milliseconds(300)
    /// A board that lost its memory shows the picture again after so long.
    static let repeatInterval = Duration.seconds(30)
    static let answerTime = Duration.seconds(2)
    static let refusalCountMax = 3

    let cells: Int
    let lineCount: Int
    private let driver: any BoardDriver
    private var wanted: [String]?
    private var isConnected = false
    /// Frames of the picture that is going out; the first is next.
    private var going: [[UInt8]] = []
    /// The latest picture that began to go out.
    private var sent: [String]?
    private var sentAt: Duration?
    private var repeatAt: Duration?
    private var answerDue: Duration?
    private var refusalCount = 0
    private var isAlarmed = false
    private var heard: [UInt8] = []

    init(_ driver: any BoardDriver, lines: Int, cells: Int) {
        self.driver = driver
        lineCount = lines
        self.cells = cells
    }

    /// The picture that the board is to show from now on.
    mutating func show(_ lines: [String], at now: Duration) -> [Output] {
        let picture = (0..<lineCount).map { BoardText.fitted($0 < lines.count ? lines[$0] : "", cells: cells) }
        guard picture != wanted else { return [] }
        wanted = picture
        // Half of an older one is of no use to anybody.
        going = []
        let isWhole = driver.frames(picture).isWhole
        return (isWhole ? [] : [.unshowable(picture)]) + send(at: now)
    }

    mutating func connected(at now: Duration) -> [Output] {
        isConnected = true
        heard = []
        sent = nil
        going = []
        answerDue = nil
        return send(at: now)
    }

    mutating func lost() {
        isConnected = false
        going = []
        answerDue = nil
    }

    mutating func received(_ bytes: [UInt8], at now: Duration) -> [Output] {
        heard += bytes
        var outputs: [Output] = []
        for answer in driver.answers(in: &heard) {
            answerDue = nil
            switch answer {
            case .shown:
                refusalCount = 0
                if isAlarmed {
                    isAlarmed = false
                    outputs.append(.alarm(false))
                }
            case .refused:
                refusalCount += 1
                // The picture is not there: once more, at its time.
                going = []
                sent = nil
                if refusalCount >= Self.refusalCountMax, !isAlarmed {
                    isAlarmed = true
                    outputs.append(.alarm(true))
                }
            }
        }
        return outputs + send(at: now)
    }

    mutating func elapse(to now: Duration) -> [Output] {
        if let answerDue, now >= answerDue {
            self.answerDue = nil
            return [.reconnect]
        }
        if let repeatAt, now >= repeatAt { sent = nil }
        return send(at: now)
    }

    /// When `elapse` has something to do; nil while only the outside can cause anything.
    var deadline: Duration? {
        guard isConnected, wanted != nil else { return nil }
        if let answerDue { return answerDue }
        guard going.isEmpty, sent == wanted else { return (sentAt ?? .zero) + Self.interval }
        return repeatAt
    }

    private mutating func send(at now: Duration) -> [Output] {
        guard isConnected, let wanted, answerDue == nil, sentAt.map({ now >= $0 + Self.interval }) ?? true else {
            return []
        }
        if going.isEmpty {
            guard sent != wanted else { return [] }
            going = driver.frames(wanted).frames
            sent = wanted
        }
        let frame = going.removeFirst()
        sentAt = now
        repeatAt = now + Self.repeatInterval
        if driver.answersFrames { answerDue = now + Self.answerTime }
        return [.send(frame)]
    }
}
