internal import Logging
internal import NIOCore

extension EdgeAgent {
    /// A cut that is over by then is not worth a word on the board.
    private static let boardPatience = TimeAmount.seconds(10)

    /// What the status page says of the board.
    struct BoardState: Sendable {
        var isConnected = false
        var isRefusing = false
    }

    /// Nothing of the scale waits for it.
    func startBoard() {
        guard let settings = configuration.board else { return }
        let machine = BoardMachine(settings.driver.make, lines: settings.rows, cells: settings.cells)
        let board = BoardConnection(host: settings.host, port: settings.port, machine: machine, on: loop) {
            [weak self, loop] event in
            loop.assumeIsolated().execute { self?.assumeIsolated { $0.heard(event) } }
        }
        self.board = board
        board.start()
        // What it showed before is not known to be so.
        board.show(BoardLines.unknown(cells: settings.cells))
    }

    func showQueue(_ queue: QueuePicture?) {
        guard let settings = configuration.board else { return }
        guard let queue else { return blankSoon(settings) }
        blanking?.cancel()
        blanking = nil
        board?.show(BoardLines.of(queue, rows: settings.rows, cells: settings.cells))
    }

    /// Every attempt that fails says so: it counts from the first.
    private func blankSoon(_ settings: EdgeConfiguration.Board) {
        guard blanking == nil else { return }
        blanking = loop.assumeIsolated().scheduleTask(in: Self.boardPatience) {
            self.assumeIsolated { $0.board?.show(BoardLines.unknown(cells: settings.cells)) }
        }
    }

    func stopBoard() {
        blanking?.cancel()
        board?.stop()
    }

    private func heard(_ event: BoardConnection.Event) {
        switch event {
        case .connected:
            boardState.isConnected = true
            logger.notice(.boardConnected)
        case .lost(let reason, let retry):
            // Of the attempts that follow each fails alike.
            if boardState.isConnected || !hasTriedBoard {
                logger.notice(.boardLost, ["reason": reason, "retry": retry])
            }
            boardState.isConnected = false
        case .alarm(let isOn):
            boardState.isRefusing = isOn
            logger.notice(isOn ? .boardRefuses : .boardShows)
        case .unshowable(let lines):
            logger.notice(.boardUnshowable, ["lines": lines.joined(separator: " / ")])
        }
        hasTriedBoard = true
    }
}
