-- Generated from the migrations by `make schema`; for reading only.

CREATE SCHEMA db;

CREATE TABLE db.installation (
    is_only boolean DEFAULT true NOT NULL,
    epoch bigint NOT NULL,
    is_test boolean NOT NULL,
    name text NOT NULL,
    secret bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT installation_epoch_check CHECK ((epoch > 0)),
    CONSTRAINT installation_is_only_check CHECK (is_only),
    CONSTRAINT installation_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 60))),
    CONSTRAINT installation_secret_check CHECK ((octet_length(secret) = 32))
);

COMMENT ON COLUMN db.installation.is_test IS 'set at creation only; where true the clock may be moved and test money exists';

COMMENT ON COLUMN db.installation.secret IS 'key for signed tokens, holdout shares and suppression hashes';

CREATE TABLE db.migration (
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone NOT NULL
);

CREATE TABLE db.outbox (
    id bigint NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    topic text NOT NULL,
    payload jsonb NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE db.outbox_cursor (
    consumer text NOT NULL,
    xid xid8 NOT NULL,
    id bigint NOT NULL
);

ALTER TABLE db.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME db.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE db.outbox_parked (
    consumer text NOT NULL,
    xid xid8 NOT NULL,
    id bigint NOT NULL,
    topic text NOT NULL,
    payload jsonb NOT NULL,
    problem text NOT NULL,
    parked_at timestamp with time zone NOT NULL
);

CREATE TABLE db.zone_offset (
    zone text NOT NULL,
    from_at timestamp with time zone NOT NULL,
    offset_minutes integer NOT NULL,
    CONSTRAINT zone_offset_offset_minutes_check CHECK (((offset_minutes >= '-960'::integer) AND (offset_minutes <= 960)))
);

ALTER TABLE ONLY db.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY db.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (name);

ALTER TABLE ONLY db.outbox_cursor
    ADD CONSTRAINT outbox_cursor_pkey PRIMARY KEY (consumer);

ALTER TABLE ONLY db.outbox
    ADD CONSTRAINT outbox_key PRIMARY KEY (xid, id);

ALTER TABLE ONLY db.outbox_parked
    ADD CONSTRAINT outbox_parked_pkey PRIMARY KEY (consumer, xid, id);

ALTER TABLE ONLY db.zone_offset
    ADD CONSTRAINT zone_offset_pkey PRIMARY KEY (zone, from_at);
