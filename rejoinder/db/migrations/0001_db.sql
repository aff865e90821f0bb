-- phase: before
-- The ground everything stands on: which installation this is, the outbox, time zones without "now()".
CREATE SCHEMA IF NOT EXISTS db;

-- One row. A restore draws a new epoch, so that clients and cursors know that they must start over.
CREATE TABLE db.installation (
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    epoch       bigint NOT NULL CHECK (epoch > 0),
    is_test     boolean NOT NULL,
    name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    secret      bytea NOT NULL CHECK (octet_length(secret) = 32),
    created_at  timestamptz NOT NULL
);
COMMENT ON COLUMN db.installation.is_test IS 'set at creation only; where true the clock may be moved and test money exists';
COMMENT ON COLUMN db.installation.secret IS 'key for signed tokens, holdout shares and suppression hashes';

-- Committed facts for consumers that may lag. Read in (xid, id) order below the snapshot's xmin: ids alone miss rows of open transactions.
CREATE TABLE db.outbox (
    id       bigint GENERATED ALWAYS AS IDENTITY,
    xid      xid8 NOT NULL DEFAULT pg_current_xact_id(),
    topic    text NOT NULL,
    payload  jsonb NOT NULL,
    at       timestamptz NOT NULL,
    CONSTRAINT outbox_key PRIMARY KEY (xid, id)
);

CREATE TABLE db.outbox_cursor (
    consumer  text PRIMARY KEY,
    xid       xid8 NOT NULL,
    id        bigint NOT NULL
);

-- Events a consumer could not digest: kept, counted, shown to the operator; the consumer goes on.
CREATE TABLE db.outbox_parked (
    consumer   text NOT NULL,
    xid        xid8 NOT NULL,
    id         bigint NOT NULL,
    topic      text NOT NULL,
    payload    jsonb NOT NULL,
    problem    text NOT NULL,
    parked_at  timestamptz NOT NULL,
    PRIMARY KEY (consumer, xid, id)
);

-- Offsets from zoneinfo, refreshed by `rejoinder db migrate`: a rule may never depend on the server's own zone files.
CREATE TABLE db.zone_offset (
    zone            text NOT NULL,
    from_at         timestamptz NOT NULL,
    offset_minutes  integer NOT NULL CHECK (offset_minutes BETWEEN -960 AND 960),
    PRIMARY KEY (zone, from_at)
);
