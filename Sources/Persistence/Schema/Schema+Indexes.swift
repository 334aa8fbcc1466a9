extension Schema {
    /// Lists go by the business day; the upkeep looks for what was settled long ago.
    static let indexes = """
        CREATE INDEX idx_record_business_date ON weigh_record (site, business_date, weighed_at DESC);
        CREATE INDEX outbox_settled ON outbox (created_at) WHERE outcome IS NOT NULL;
        """
}
