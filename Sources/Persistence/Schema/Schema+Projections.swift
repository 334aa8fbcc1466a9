extension Schema {
    /// The tables of seed 001 §3.2 and of seed 000, as the reading side uses them.
    ///
    /// Where they differ from the seed: every table carries `site`, and `ref`, our own identifier, which is text and unique within
    /// a site; references between tables are by `ref`, because a rebuild writes tables in any order. Weights keep three decimals so
    /// that grams survive. `slip_number` is only known at completion, so a weigh record is born complete.
    static let projections = """
        CREATE TABLE master_record (
            site text NOT NULL, class text NOT NULL, ref text NOT NULL, fields json NOT NULL,
            is_active boolean NOT NULL, updated_at timestamptz NOT NULL, PRIMARY KEY (site, class, ref));

        CREATE TABLE company (
            id bigserial PRIMARY KEY, site text NOT NULL, ref text NOT NULL, name varchar(100) NOT NULL,
            business_no varchar(20), contact varchar(50), address varchar(200), is_active boolean NOT NULL DEFAULT true,
            updated_at timestamptz NOT NULL DEFAULT now(), created_at timestamptz NOT NULL DEFAULT now(),
            UNIQUE (site, ref));
        CREATE TABLE vehicle (
            id bigserial PRIMARY KEY, site text NOT NULL, ref text NOT NULL, plate_number varchar(20) NOT NULL,
            vehicle_type varchar(50), tare_weight numeric(12,3), max_load numeric(12,3), company_ref text,
            is_active boolean NOT NULL DEFAULT true,
            updated_at timestamptz NOT NULL DEFAULT now(), created_at timestamptz NOT NULL DEFAULT now(),
            UNIQUE (site, ref));
        CREATE INDEX idx_vehicle_plate ON vehicle (plate_number);
        CREATE TABLE driver (
            id bigserial PRIMARY KEY, site text NOT NULL, ref text NOT NULL, name varchar(50) NOT NULL,
            company_ref text, has_app boolean NOT NULL DEFAULT false, is_active boolean NOT NULL DEFAULT true,
            updated_at timestamptz NOT NULL DEFAULT now(), created_at timestamptz NOT NULL DEFAULT now(),
            UNIQUE (site, ref));
        CREATE INDEX idx_driver_name ON driver (name);
        CREATE INDEX idx_driver_company ON driver (site, company_ref);
        CREATE TABLE app_user (
            id bigserial PRIMARY KEY, site text NOT NULL, ref text NOT NULL, login_id varchar(50) NOT NULL,
            name varchar(50) NOT NULL, role varchar(20) NOT NULL DEFAULT 'DRIVER', driver_ref text,
            is_active boolean NOT NULL DEFAULT true,
            updated_at timestamptz NOT NULL DEFAULT now(), created_at timestamptz NOT NULL DEFAULT now(),
            UNIQUE (site, ref));
        CREATE INDEX idx_user_login ON app_user (login_id);
        CREATE TABLE weigh_station (
            id bigserial PRIMARY KEY, site text NOT NULL, ref text NOT NULL,
            status varchar(20) NOT NULL DEFAULT 'IDLE', plate_number varchar(20), is_paused boolean NOT NULL,
            last_weight numeric(12,3), unmatched_count integer NOT NULL, last_heartbeat timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (site, ref));
        CREATE TABLE unmatched_weight (
            site text NOT NULL, station text NOT NULL, ref text NOT NULL, weight numeric(12,3) NOT NULL,
            reason text NOT NULL, source text NOT NULL, weighed_at timestamptz NOT NULL, received_at timestamptz NOT NULL,
            outcome text, resolved_by text, PRIMARY KEY (site, ref));
        CREATE TABLE wait_queue (
            id bigserial PRIMARY KEY, site text NOT NULL, ref text NOT NULL, queue_number integer NOT NULL,
            vehicle_ref text NOT NULL, plate_number varchar(20) NOT NULL, driver_ref text, station_ref text,
            pass integer NOT NULL, status varchar(20) NOT NULL DEFAULT 'WAITING', calls integer NOT NULL,
            checked_in_at timestamptz NOT NULL, called_at timestamptz, completed_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (site, ref));
        CREATE INDEX idx_queue_status ON wait_queue (site, status, checked_in_at);
        CREATE INDEX idx_queue_driver ON wait_queue (site, driver_ref);
        CREATE TABLE weigh_record (
            id bigserial PRIMARY KEY, site text NOT NULL, slip_number varchar(20) NOT NULL, business_date date NOT NULL,
            visit text NOT NULL, vehicle_ref text NOT NULL, plate_number varchar(20) NOT NULL, driver_ref text,
            company_ref text, company_name text, item_ref text, item_name text, order_ref text, station_ref text,
            gross_weight numeric(12,3) NOT NULL, tare_weight numeric(12,3) NOT NULL, net_weight numeric(12,3) NOT NULL,
            tare_source varchar(10) NOT NULL, is_manual boolean NOT NULL, weighed_at timestamptz NOT NULL,
            status varchar(20) NOT NULL, version integer NOT NULL, reprints integer NOT NULL, ticket json NOT NULL,
            erp_sent boolean NOT NULL DEFAULT false, erp_sent_at timestamptz, erp_response jsonb,
            created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (site, slip_number));
        CREATE INDEX idx_record_date ON weigh_record (site, weighed_at);
        CREATE INDEX idx_record_vehicle ON weigh_record (site, vehicle_ref);
        CREATE INDEX idx_record_driver ON weigh_record (site, driver_ref, weighed_at);
        CREATE INDEX idx_record_erp ON weigh_record (erp_sent, weighed_at);
        CREATE TABLE delivery_order (
            site text NOT NULL, order_no text NOT NULL, type varchar(20) NOT NULL, status varchar(20) NOT NULL,
            department text, warehouse text, customer text, address text, item_ref text, eta timestamptz,
            driver_name text, driver_contact text, plate_number text, create_time timestamptz, depart_time timestamptz,
            complete_time timestamptz, cancelled_at timestamptz, visit text, slip_number text,
            locked_by text, locked_at timestamptz, lock_type varchar(10), lock_expires_at timestamptz,
            PRIMARY KEY (site, order_no));
        CREATE INDEX idx_order_eta ON delivery_order (site, eta);
        """
}
