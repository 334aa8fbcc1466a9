import CZlib

/// RFC 7692 §7.2.2 as naively as zlib allows: a new stream for every message, which is given what it may look back on
/// as its dictionary, and takes one byte in and one byte out at a time. What `Inflater` must agree with.
struct ReferenceInflate {
    enum Result: Hashable {
        case message([UInt8])
        case tooLarge
        case invalid
    }

    private let windowBits: Int
    private let keepsContext: Bool
    /// What was inflated since the last block that said it was the last.
    private var history: [UInt8] = []

    init(windowBits: Int, keepsContext: Bool) {
        self.windowBits = max(9, windowBits)
        self.keepsContext = keepsContext
    }

    mutating func read(_ payload: [UInt8], byteCountMax: Int) -> Result {
        if !keepsContext { history = [] }
        let input = payload + [0x00, 0x00, 0xFF, 0xFF]
        var index = 0
        var output: [UInt8] = []
        while true {
            let end = stream(input, &index, into: &output, byteCountMax)
            switch end {
            case .last where index == payload.count || index == input.count: return .message(output)
            case .last: continue
            case .block: return .message(output)
            case .tooLarge: return .tooLarge
            case .invalid: return .invalid
            }
        }
    }

    private enum End {
        /// After the block that says it is the last.
        case last
        /// After another block, where the input ended, too.
        case block
        case tooLarge
        case invalid
    }

    /// One stream, up to its last block or the end of the input.
    private mutating func stream(
        _ input: [UInt8], _ index: inout Int, into output: inout [UInt8], _ byteCountMax: Int
    ) -> End {
        // zlib remembers where its stream stands, so it must not move.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2)
        stream.initialize(to: z_stream())
        guard gwanje_inflate_init(stream, -Int32(windowBits)) == Z_OK else { fatalError("zlib has no memory") }
        defer {
            inflateEnd(stream)
            stream.deallocate()
            bytes.deallocate()
        }
        let dictionary = Array(history.suffix(1 << windowBits))
        inflateSetDictionary(stream, dictionary, UInt32(dictionary.count))
        var isAfterBlock = false
        while index < input.count {
            bytes[0] = input[index]
            index += 1
            stream.pointee.next_in = bytes.baseAddress
            stream.pointee.avail_in = 1
            repeat {
                stream.pointee.next_out = bytes.baseAddress?.advanced(by: 1)
                stream.pointee.avail_out = 1
                let result = inflate(stream, Z_SYNC_FLUSH)
                if stream.pointee.avail_out == 0 {
                    output.append(bytes[1])
                    history.append(bytes[1])
                    if output.count > byteCountMax { return .tooLarge }
                }
                switch result {
                case Z_OK: isAfterBlock = stream.pointee.data_type & 128 != 0
                // Nothing moved, but zlib no longer says where it stands.
                case Z_BUF_ERROR: continue
                case Z_STREAM_END:
                    history = []
                    return .last
                default: return .invalid
                }
            } while stream.pointee.avail_out == 0
        }
        return isAfterBlock ? .block : .invalid
    }
}
