import Actors
import ArgumentParser
import FoundationEssentials
import Persistence

/// For commands that look at a hub's history: beside a hub that runs, or alone.
struct DatabaseOptions: ParsableArguments {
    @Option(help: "Directory of the hub's own data. With DATABASE_URL the database is that one.")
    var data = "var/hub"

    @Option(help: "Directory of the seals; by default seals in --data.")
    var seals: String?

    var sealDirectory: SealDirectory {
        let directory = ServeOptions.absolute(data)
        return SealDirectory(
            path: seals.map(ServeOptions.absolute) ?? directory + "/seals", keyPath: directory + "/seal.key")
    }

    /// The database of the hub that runs on `--data`, or started for as long as the body runs. Blocks.
    func withDatabase<Result>(_ body: (HubDatabase) throws -> Result) throws -> Result {
        let directory = ServeOptions.absolute(data)
        let url = ServeOptions.environment("DATABASE_URL")
        guard url != nil || FileManager.default.fileExists(atPath: directory + "/pgdata") else {
            throw HubProcess.Failure("\(directory) holds no data of a hub. Give its directory with --data.")
        }
        let cluster = ClusterConfiguration(directory: directory)
        do {
            if url == nil, let running = try PrivateCluster.find(cluster) {
                return try body(HubDatabase(conninfo: running))
            }
            let database = Database(databaseURL: url, cluster: cluster)
            let conninfo = try database.start()
            defer { try? database.stop() }
            return try body(HubDatabase(conninfo: conninfo))
        } catch is HubDatabase.InUse {
            throw HubProcess.Failure("A hub is running on this database. Stop it first.")
        } catch let error as ClusterError {
            throw HubProcess.Failure("\(error)")
        } catch let error as PostgresError {
            throw HubProcess.Failure("The database cannot be used: \(error)")
        }
    }
}
