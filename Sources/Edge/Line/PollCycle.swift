/// Asks the indicators of one line in turn. Only the one that was asked last speaks, so what comes is its answer.
struct PollCycle: Sendable {
    /// Station and what it is asked with.
    struct Question: Sendable {
        let topic: String
        let command: [UInt8]
    }

    let questions: [Question]
    /// Between two questions; longer than any answer takes.
    let interval: Duration
    private var index = 0
    private var hasAsked = false

    /// - Precondition: there is a question.
    init(_ questions: [Question], interval: Duration) {
        precondition(!questions.isEmpty, "nobody is asked")
        self.questions = questions
        self.interval = interval
    }

    /// Who was asked last.
    var current: Question { questions[index] }

    /// The next question, the first one after the last.
    mutating func next() -> Question {
        index = hasAsked ? (index + 1) % questions.count : 0
        hasAsked = true
        return current
    }

    /// The line was opened: from the beginning.
    mutating func restart() { hasAsked = false }
}
