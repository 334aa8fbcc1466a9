extension Schema {
    /// A key for each person, itself sealed by the key in the hub's data directory: what is stored about somebody can be read as long as
    /// the row is there. Who was erased gets no other. A sealed text is longer than what it says.
    static let personal = """
        CREATE TABLE person_key (
            site text NOT NULL, person text NOT NULL, key bytea NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (site, person));
        CREATE TABLE erased_person (
            site text NOT NULL, person text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (site, person));
        -- The planner's statistics are copies that outlive what they were taken of.
        ALTER TABLE person_key ALTER key SET STATISTICS 0;
        ALTER TABLE driver ALTER name SET STATISTICS 0, ALTER name TYPE varchar(100);
        ALTER TABLE app_user ALTER name SET STATISTICS 0, ALTER name TYPE varchar(100);
        ALTER TABLE company ALTER contact TYPE text, ALTER address TYPE text;
        """
}
