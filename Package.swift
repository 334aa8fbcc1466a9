// swift-tools-version: 6.2
import PackageDescription

/// One list for every target: Swift 6 mode, warnings are errors, imports say what they expose.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

let package = Package(
    name: "gwanje",
    products: [
        .executable(name: "hub", targets: ["Hub"]),
        .executable(name: "edge", targets: ["Edge"]),
        .executable(name: "loadtest", targets: ["loadtest"]),
        .executable(name: "simulate", targets: ["Simulation"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev", "libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),

        .target(name: "Wire", dependencies: [nioCore, crypto, "CZlib"], swiftSettings: strict),
        .target(name: "Actors", dependencies: [deque], swiftSettings: strict),
        .target(name: "Sessions", dependencies: ["Wire", "Actors", nioCore], swiftSettings: strict),
        .target(
            name: "Persistence", dependencies: ["Actors", "CPostgres", crypto], swiftSettings: strict),
        .executableTarget(
            name: "Hub",
            dependencies: [
                "Wire", "Actors", "Sessions", "Persistence", "CCrypt",
                nioCore, nioPosix, nioHTTP1, nioSSL, crypto, logging, arguments,
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "Edge",
            dependencies: [
                "Wire", nioCore, nioPosix, nioHTTP1, nioSSL, logging, arguments,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "loadtest",
            dependencies: [
                "Wire", "Actors", "Persistence", "CEpoll", nioCore, nioPosix, nioHTTP1, logging, arguments,
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], path: "loadtest", exclude: ["CEpoll", "Yardstick", "Peers/Programs"], swiftSettings: strict),
        .target(name: "CEpoll", path: "loadtest/CEpoll"),
        .executableTarget(name: "yardstick", path: "loadtest/Yardstick"),
        .executableTarget(
            name: "Simulation", dependencies: ["Wire", "Actors", "Sessions", nioCore, arguments],
            path: "Tests/Simulation", swiftSettings: strict),

        .target(
            name: "FuzzTargets", dependencies: ["Wire", "Actors", "CZlib", nioCore], path: "Tests/Fuzz/Targets",
            swiftSettings: strict),

        .testTarget(name: "WireTests", dependencies: ["Wire", nioCore], swiftSettings: strict),
        .testTarget(name: "ActorsTests", dependencies: ["Actors"], swiftSettings: strict),
        .testTarget(
            name: "SessionsTests", dependencies: ["Sessions", "Wire", "Actors", nioCore], swiftSettings: strict),
        .testTarget(
            name: "PersistenceTests", dependencies: ["Persistence", "Actors"], swiftSettings: strict),
        .testTarget(
            name: "HubTests",
            dependencies: [
                "Hub", "Edge", "Wire", "Actors", "Sessions", "Persistence",
                nioCore, nioPosix, nioHTTP1, nioSSL, crypto, logging,
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .testTarget(name: "EdgeTests", dependencies: ["Edge", "Wire", nioCore, nioPosix], swiftSettings: strict),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// libFuzzer brings `main` along: this executable can only be linked with `--sanitize fuzzer` (Tests/Fuzz/run).
if Context.environment["GWANJE_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Driver", swiftSettings: strict))
}
