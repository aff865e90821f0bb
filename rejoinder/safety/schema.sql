-- Generated from the migrations by `make schema`; for reading only.

CREATE SCHEMA safety;

CREATE FUNCTION safety.is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;

CREATE TABLE safety.audit_entry (
    id bigint NOT NULL,
    actor_id bigint NOT NULL,
    verb text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT audit_entry_id_check CHECK ((id > 0))
);

COMMENT ON TABLE safety.audit_entry IS 'append-only; retention: kept';

CREATE TABLE safety.report (
    id bigint NOT NULL,
    reporter_id bigint NOT NULL,
    about_kind text NOT NULL,
    about_id bigint NOT NULL,
    home bigint,
    thread_id bigint,
    positions bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    handed_over jsonb DEFAULT '[]'::jsonb NOT NULL,
    reason text NOT NULL,
    note text,
    state text NOT NULL,
    decided_by bigint,
    decided_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT report_about_kind_check CHECK ((about_kind = ANY (ARRAY['person'::text, 'business'::text, 'ad'::text]))),
    CONSTRAINT report_id_check CHECK ((id > 0)),
    CONSTRAINT report_note_check CHECK ((char_length(note) <= 1000)),
    CONSTRAINT report_reason_check CHECK ((reason = ANY (ARRAY['spam'::text, 'scam'::text, 'hateful'::text, 'not_allowed'::text, 'other'::text]))),
    CONSTRAINT report_state_check CHECK ((state = ANY (ARRAY['open'::text, 'upheld'::text, 'dismissed'::text])))
);

COMMENT ON TABLE safety.report IS 'retention: 2 years after the decision';

COMMENT ON COLUMN safety.report.about_id IS 'a person, a business, or for an ad the delivery that was reported';

COMMENT ON COLUMN safety.report.handed_over IS 'copies of exactly the messages the reporter chose; the operator reads nothing else';

ALTER TABLE ONLY safety.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY safety.report
    ADD CONSTRAINT report_pkey PRIMARY KEY (id);

CREATE INDEX audit_entry_newest ON safety.audit_entry USING btree (at DESC, id DESC);

CREATE INDEX report_open ON safety.report USING btree (created_at, id) WHERE (state = 'open'::text);

CREATE TRIGGER audit_entry_immutable BEFORE DELETE OR UPDATE ON safety.audit_entry FOR EACH ROW EXECUTE FUNCTION safety.is_append_only();
