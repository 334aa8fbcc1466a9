/// Says in one line where a JSON text is not what was expected.
package struct JSONProblem: CustomStringConvertible {
    package let description: String

    package init(_ error: any Error) {
        guard let error = error as? DecodingError else {
            description = "\(error)"
            return
        }
        let (context, expected): (DecodingError.Context, String) =
            switch error {
            case .typeMismatch(let type, let context): (context, "expected \(Self.name(type))")
            case .valueNotFound(let type, let context): (context, "expected \(Self.name(type)), found null")
            case .keyNotFound(let key, let context): (context, "\"\(key.stringValue)\" is missing")
            case .dataCorrupted(let context): (context, context.debugDescription)
            @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "\(error)")
            }
        let path = context.codingPath.reduce(into: "") { path, key in
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        description = path.isEmpty ? expected : "at \(path): \(expected)"
    }

    /// A type in words that an operator knows.
    private static func name(_ type: any Any.Type) -> String {
        switch type {
        case is any BinaryInteger.Type: "a whole number"
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        case is [String: Any].Type: "one JSON object"
        case is [Any].Type: "a list"
        default: "\(type)"
        }
    }
}
