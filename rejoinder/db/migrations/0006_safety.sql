-- phase: before
-- Safety: what people hand to the operator, what the operator decided, and a log of both.
CREATE SCHEMA safety;

CREATE TABLE safety.report (
    id            bigint PRIMARY KEY CHECK (id > 0),
    reporter_id   bigint NOT NULL,
    about_kind    text NOT NULL CHECK (about_kind IN ('person', 'business', 'ad')),
    about_id      bigint NOT NULL,
    home          bigint,
    thread_id     bigint,
    positions     bigint[] NOT NULL DEFAULT '{}',
    handed_over   jsonb NOT NULL DEFAULT '[]',
    reason        text NOT NULL CHECK (reason IN ('spam', 'scam', 'hateful', 'not_allowed', 'other')),
    note          text CHECK (char_length(note) <= 1000),
    state         text NOT NULL CHECK (state IN ('open', 'upheld', 'dismissed')),
    decided_by    bigint,
    decided_at    timestamptz,
    created_at    timestamptz NOT NULL
);
CREATE INDEX report_open ON safety.report (created_at, id) WHERE state = 'open';
COMMENT ON COLUMN safety.report.about_id IS 'a person, a business, or for an ad the delivery that was reported';
COMMENT ON COLUMN safety.report.handed_over IS 'copies of exactly the messages the reporter chose; the operator reads nothing else';

CREATE TABLE safety.audit_entry (
    id       bigint PRIMARY KEY CHECK (id > 0),
    actor_id bigint NOT NULL,
    verb     text NOT NULL,
    subject  text NOT NULL,
    detail   jsonb NOT NULL,
    at       timestamptz NOT NULL
);
COMMENT ON TABLE safety.report IS 'retention: 2 years after the decision';
COMMENT ON TABLE safety.audit_entry IS 'append-only; retention: kept';
CREATE FUNCTION safety.is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;
CREATE TRIGGER audit_entry_immutable BEFORE UPDATE OR DELETE ON safety.audit_entry FOR EACH ROW EXECUTE FUNCTION safety.is_append_only();
CREATE INDEX audit_entry_newest ON safety.audit_entry (at DESC, id DESC);
