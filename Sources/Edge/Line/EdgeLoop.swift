package import NIOCore
internal import NIOPosix

/// The one event loop of the edge: indicators, hub and timers all run on it.
package enum EdgeLoop {
    package static func start() -> any EventLoopGroup { MultiThreadedEventLoopGroup(numberOfThreads: 1) }
}
