import Actors
import ArgumentParser
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

    /// What opens the names in a database.
    ///
    /// - Parameter isMade: whether a data directory without a key gets one, if nobody's name is in the database.
    func personKeys(of database: HubDatabase, isMade: Bool) throws -> PersonKeys {
        try database.personKeys(
            master: try SecretFile.personKey(of: database, in: ServeOptions.absolute(data), isMade: isMade))
    }

    /// The database of the hub that runs on `--data`, or started for as long as the body runs. Blocks.
    func withDatabase<Result>(_ body: (HubDatabase) throws -> Result) throws -> Result {
        func use(_ conninfo: String) throws -> Result {
            let database = HubDatabase(conninfo: conninfo)
            try database.requireSchema()
            return try body(database)
        }
        do {
            if let url = ServeOptions.environment("DATABASE_URL") { return try use(url) }
            let cluster = ClusterConfiguration(directory: ServeOptions.absolute(data))
            return try PrivateCluster.visit(cluster) { try use($0.conninfo) }
        } catch is HubDatabase.InUse {
            throw HubProcess.Failure("A hub is running on this database. Stop it first.")
        } catch let error as MigrationError {
            throw HubProcess.Failure("\(error)")
        } catch let error as ClusterError {
            throw HubProcess.Failure("\(error)")
        } catch let error as PostgresError {
            throw HubProcess.Failure("The database cannot be used: \(error)")
        }
    }
}
