import Testing

/// The behaviours that were promised, through the socket (rows of the list in `docs/`), and what hostile or unlucky peers do.
/// Each test has a hub, a port and a database of its own.
@Suite(.timeLimit(.minutes(5))) enum Acceptance {}
