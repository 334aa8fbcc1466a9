import ArgumentParser
import Glibc

/// A password from a person or a pipe.
enum PasswordInput {
    /// Asks, without showing what is typed, when a person sits there; else reads one line.
    static func read() throws -> String {
        let isTyped = isatty(STDIN_FILENO) == 1
        var before = termios()
        if isTyped {
            tcgetattr(STDIN_FILENO, &before)
            var silent = before
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSANOW, &silent)
            print("Password: ", terminator: "")
            fflush(nil)
        }
        defer {
            if isTyped {
                tcsetattr(STDIN_FILENO, TCSANOW, &before)
                print()
            }
        }
        guard let line = readLine(strippingNewline: true), !line.isEmpty else {
            throw ValidationError("No password came on standard input.")
        }
        // What is not UTF-8 has been replaced by now, and nobody could type that again.
        guard !line.unicodeScalars.contains("\u{FFFD}") else {
            throw ValidationError("The password is not UTF-8. Set the terminal to UTF-8.")
        }
        return line
    }
}
