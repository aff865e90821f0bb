-- Generated from the migrations by `make schema`; for reading only.

CREATE SCHEMA people;

CREATE FUNCTION people.is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;

CREATE TABLE people.handle (
    handle text NOT NULL,
    holder_kind text NOT NULL,
    holder_id bigint NOT NULL,
    is_current boolean NOT NULL,
    given_at timestamp with time zone NOT NULL,
    CONSTRAINT handle_handle_check CHECK ((handle ~ '^[a-z0-9][a-z0-9._-]{2,31}$'::text)),
    CONSTRAINT handle_holder_kind_check CHECK ((holder_kind = ANY (ARRAY['person'::text, 'business'::text])))
);

COMMENT ON TABLE people.handle IS 'retention: kept, under a tombstone id after erasure, so that nobody else gets it';

CREATE TABLE people.attention (
    person_id bigint NOT NULL,
    region text NOT NULL,
    zone text NOT NULL,
    birth_year integer,
    claimed_at timestamp with time zone,
    verified_at timestamp with time zone,
    ads_off_at timestamp with time zone,
    cap_day smallint,
    cap_week smallint,
    quiet_from_minute smallint,
    quiet_until_minute smallint,
    local_day date,
    local_day_started_at timestamp with time zone,
    day_count smallint DEFAULT 0 NOT NULL,
    iso_week date,
    week_count smallint DEFAULT 0 NOT NULL,
    counted_offset smallint,
    last_delivered_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT attention_birth_year_check CHECK (((birth_year >= 1900) AND (birth_year <= 2200))),
    CONSTRAINT attention_cap_day_check CHECK (((cap_day >= 0) AND (cap_day <= 50))),
    CONSTRAINT attention_cap_week_check CHECK (((cap_week >= 0) AND (cap_week <= 350))),
    CONSTRAINT attention_counters_whole CHECK ((((local_day IS NULL) = (local_day_started_at IS NULL)) AND ((local_day IS NULL) = (iso_week IS NULL)) AND ((local_day IS NULL) = (counted_offset IS NULL)) AND ((local_day IS NULL) = (last_delivered_at IS NULL)))),
    CONSTRAINT attention_day_count_check CHECK ((day_count >= 0)),
    CONSTRAINT attention_quiet_from_minute_check CHECK (((quiet_from_minute >= 0) AND (quiet_from_minute <= 1439))),
    CONSTRAINT attention_quiet_hours_whole CHECK (((quiet_from_minute IS NULL) = (quiet_until_minute IS NULL))),
    CONSTRAINT attention_quiet_until_minute_check CHECK (((quiet_until_minute >= 0) AND (quiet_until_minute <= 1439))),
    CONSTRAINT attention_region_check CHECK ((region ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT attention_week_count_check CHECK ((week_count >= 0)),
    CONSTRAINT attention_zone_check CHECK ((char_length(zone) <= 64))
);

COMMENT ON COLUMN people.attention.region IS 'strictest of declared, host claim and signals; ISO 3166 alpha-2';

COMMENT ON COLUMN people.attention.claimed_at IS 'null while the person is a guest';

COMMENT ON COLUMN people.attention.cap_day IS 'the person''s own cap; null means the policy''s; it can only lower';

COMMENT ON COLUMN people.attention.local_day IS 'calendar day of the person that day_count counts; only moves forward';

COMMENT ON COLUMN people.attention.local_day_started_at IS 'first counted delivery of local_day; the day moves only 20 h or more after it';

COMMENT ON COLUMN people.attention.iso_week IS 'Monday of the ISO week that week_count counts';

COMMENT ON COLUMN people.attention.counted_offset IS 'minutes east of UTC at the newest counted delivery; a change of zone never begins a day sooner than there';

CREATE TABLE people.person (
    id bigint NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    hue smallint NOT NULL,
    is_operator boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT person_hue_check CHECK (((hue >= 0) AND (hue <= 359))),
    CONSTRAINT person_id_check CHECK ((id > 0)),
    CONSTRAINT person_language_check CHECK (((char_length(language) >= 2) AND (char_length(language) <= 35))),
    CONSTRAINT person_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 60)))
);

COMMENT ON TABLE people.person IS 'retention: until erasure';

COMMENT ON COLUMN people.person.hue IS 'colour of the drawn avatar, degrees';

CREATE VIEW people.person_card AS
 SELECT p.id AS person_id,
    p.name,
    p.hue,
    p.language,
    p.is_operator,
    p.created_at,
    (a.claimed_at IS NULL) AS is_guest,
    a.region,
    h.handle
   FROM ((people.person p
     JOIN people.attention a ON ((a.person_id = p.id)))
     LEFT JOIN people.handle h ON (((h.holder_kind = 'person'::text) AND (h.holder_id = p.id) AND h.is_current)));

CREATE TABLE people.business_face (
    business_id bigint NOT NULL,
    name text NOT NULL,
    hue smallint NOT NULL,
    is_verified boolean NOT NULL,
    CONSTRAINT business_face_business_id_check CHECK ((business_id > 0)),
    CONSTRAINT business_face_hue_check CHECK (((hue >= 0) AND (hue <= 359))),
    CONSTRAINT business_face_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 60)))
);

COMMENT ON TABLE people.business_face IS 'retention: as long as the business';

COMMENT ON COLUMN people.business_face.is_verified IS 'a verified owner stands behind it';

CREATE VIEW people.face_card AS
 SELECT f.kind,
    f.id,
    f.name,
    f.hue,
    h.handle,
    f.is_verified
   FROM (( SELECT 'person'::text AS kind,
            person.id,
            person.name,
            person.hue,
            false AS is_verified
           FROM people.person
        UNION ALL
         SELECT 'business'::text,
            business_face.business_id,
            business_face.name,
            business_face.hue,
            business_face.is_verified
           FROM people.business_face) f
     LEFT JOIN people.handle h ON (((h.holder_kind = f.kind) AND (h.holder_id = f.id) AND h.is_current)));

COMMENT ON VIEW people.face_card IS 'what anybody in a thread may see of the other side; kind is person or business';

CREATE VIEW people.age_card AS
 SELECT person_id,
    birth_year
   FROM people.attention;

COMMENT ON VIEW people.age_card IS 'so that adult strangers cannot write to minors';

CREATE TABLE people.attempt (
    key text NOT NULL,
    window_at timestamp with time zone NOT NULL,
    count integer NOT NULL,
    CONSTRAINT attempt_count_check CHECK ((count > 0))
);

COMMENT ON TABLE people.attempt IS 'retention: 1 day';

CREATE TABLE people.contact (
    person_id bigint NOT NULL,
    business_id bigint NOT NULL,
    id bigint NOT NULL,
    owner_id bigint NOT NULL,
    thread_id bigint NOT NULL,
    opened_entry_point_id bigint,
    opened_prefill_hash bytea,
    first_wrote_at timestamp with time zone,
    first_wrote_kind text,
    first_wrote_position bigint,
    first_wrote_entry_point_id bigint,
    last_wrote_at timestamp with time zone,
    last_wrote_kind text,
    last_wrote_position bigint,
    last_wrote_entry_point_id bigint,
    last_heard_at timestamp with time zone,
    last_service_at timestamp with time zone,
    waiting_since timestamp with time zone,
    reply_window_ends_at timestamp with time zone,
    unanswered_count smallint DEFAULT 0 NOT NULL,
    unread_reply_count integer DEFAULT 0 NOT NULL,
    ads_unanswered_count smallint DEFAULT 0 NOT NULL,
    last_delivered_at timestamp with time zone,
    delivered_count integer DEFAULT 0 NOT NULL,
    permission_basis text,
    permission_evidence jsonb,
    permission_wording text,
    permission_channel text,
    permission_at timestamp with time zone,
    permission_withdrawn_at timestamp with time zone,
    ads_stopped_at timestamp with time zone,
    ads_paused_until timestamp with time zone,
    muted_until timestamp with time zone,
    blocked_at timestamp with time zone,
    blocked_by_business_at timestamp with time zone,
    reported_at timestamp with time zone,
    less_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT contact_ads_unanswered_count_check CHECK ((ads_unanswered_count >= 0)),
    CONSTRAINT contact_check CHECK ((((first_wrote_at IS NULL) = (first_wrote_kind IS NULL)) AND ((last_wrote_at IS NULL) = (last_wrote_kind IS NULL)))),
    CONSTRAINT contact_delivered_count_check CHECK ((delivered_count >= 0)),
    CONSTRAINT contact_first_wrote_kind_check CHECK ((first_wrote_kind = ANY (ARRAY['typed'::text, 'form'::text, 'tapped'::text, 'host_order'::text, 'imported'::text]))),
    CONSTRAINT contact_id_check CHECK ((id > 0)),
    CONSTRAINT contact_last_wrote_kind_check CHECK ((last_wrote_kind = ANY (ARRAY['typed'::text, 'form'::text, 'tapped'::text, 'host_order'::text, 'imported'::text]))),
    CONSTRAINT contact_opened_prefill_hash_check CHECK ((octet_length(opened_prefill_hash) = 32)),
    CONSTRAINT contact_permission_basis_check CHECK ((permission_basis = ANY (ARRAY['soft'::text, 'explicit'::text]))),
    CONSTRAINT contact_unanswered_count_check CHECK ((unanswered_count >= 0)),
    CONSTRAINT contact_unread_reply_count_check CHECK ((unread_reply_count >= 0))
);

COMMENT ON COLUMN people.contact.opened_prefill_hash IS 'of the text that the entry point put into the composer; sent unchanged it is a tap';

COMMENT ON COLUMN people.contact.first_wrote_at IS 'first message that counts towards eligibility (typed or form); kinds that do not count never set it';

COMMENT ON COLUMN people.contact.last_heard_at IS 'newest message or tap of the person, whether or not it counts';

COMMENT ON COLUMN people.contact.last_service_at IS 'newest non-advert message, either way; cooling-off counts from it';

COMMENT ON COLUMN people.contact.waiting_since IS 'the person wrote and has had no answer since';

COMMENT ON COLUMN people.contact.unanswered_count IS 'service messages of the business in a row since the person was last heard';

COMMENT ON COLUMN people.contact.ads_unanswered_count IS 'sponsored messages in a row since the person last wrote; taps do not renew it';

COMMENT ON COLUMN people.contact.ads_paused_until IS 'a stop phrase inside a sentence pauses adverts until the person has been asked';

CREATE TABLE people.team_member (
    person_id bigint NOT NULL,
    business_id bigint NOT NULL,
    CONSTRAINT team_member_business_id_check CHECK ((business_id > 0))
);

COMMENT ON TABLE people.team_member IS 'retention: until the person leaves the team';

CREATE VIEW people.contact_card AS
 SELECT person_id,
    business_id,
    id AS contact_id,
    owner_id,
    thread_id,
    first_wrote_at,
    last_wrote_at,
    last_wrote_kind,
    last_heard_at,
    waiting_since,
    reply_window_ends_at,
    unanswered_count,
    ads_stopped_at,
    blocked_at,
    blocked_by_business_at,
    (EXISTS ( SELECT 1
           FROM people.team_member t
          WHERE ((t.person_id = c.person_id) AND (t.business_id = c.business_id)))) AS is_on_team,
    last_wrote_entry_point_id,
    opened_entry_point_id,
    version
   FROM people.contact c;

CREATE TABLE people.identity (
    issuer text NOT NULL,
    subject text NOT NULL,
    person_id bigint NOT NULL,
    verified_at timestamp with time zone NOT NULL,
    CONSTRAINT identity_issuer_check CHECK (((char_length(issuer) >= 1) AND (char_length(issuer) <= 200))),
    CONSTRAINT identity_subject_check CHECK (((char_length(subject) >= 1) AND (char_length(subject) <= 254)))
);

COMMENT ON TABLE people.identity IS 'retention: until erasure';

CREATE TABLE people.mail (
    id bigint NOT NULL,
    number bigint NOT NULL,
    to_address text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    try_at timestamp with time zone,
    sent_at timestamp with time zone,
    tries integer DEFAULT 0 NOT NULL,
    problem text,
    CONSTRAINT mail_id_check CHECK ((id > 0))
);

COMMENT ON TABLE people.mail IS 'retention: 7 days; the body, which may hold a code, only until it was sent';

COMMENT ON COLUMN people.mail.try_at IS 'when to send it (again); null once it was sent or given up';

CREATE TABLE people.mail_code (
    code_hash bytea NOT NULL,
    person_id bigint NOT NULL,
    purpose text NOT NULL,
    subject text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT mail_code_code_hash_check CHECK ((octet_length(code_hash) = 32)),
    CONSTRAINT mail_code_purpose_check CHECK ((purpose = ANY (ARRAY['verify'::text, 'reset'::text])))
);

COMMENT ON TABLE people.mail_code IS 'retention: 1 day after its end';

ALTER TABLE people.mail ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME people.mail_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE people.password (
    person_id bigint NOT NULL,
    address text NOT NULL,
    hash text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT password_address_check CHECK (((char_length(address) >= 3) AND (char_length(address) <= 254)))
);

COMMENT ON TABLE people.password IS 'retention: until erasure';

COMMENT ON COLUMN people.password.address IS 'what the person signs in with, lower case; proved only when people.identity says so';

CREATE TABLE people.person_block (
    person_id bigint NOT NULL,
    blocked_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT person_block_check CHECK ((person_id <> blocked_id))
);

COMMENT ON TABLE people.person_block IS 'retention: until unblocked or erasure';

CREATE VIEW people.person_block_card AS
 SELECT person_id,
    blocked_id
   FROM people.person_block;

CREATE TABLE people.protection_event (
    person_id bigint NOT NULL,
    id bigint NOT NULL,
    business_id bigint,
    kind text NOT NULL,
    old jsonb NOT NULL,
    new jsonb NOT NULL,
    contact_version bigint,
    attention_version bigint,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT protection_event_actor_check CHECK ((actor = ANY (ARRAY['person'::text, 'business'::text, 'operator'::text, 'stop_word'::text, 'system'::text]))),
    CONSTRAINT protection_event_check CHECK (((contact_version IS NULL) <> (attention_version IS NULL))),
    CONSTRAINT protection_event_check1 CHECK (((contact_version IS NULL) = (business_id IS NULL))),
    CONSTRAINT protection_event_id_check CHECK ((id > 0)),
    CONSTRAINT protection_event_kind_check CHECK ((kind = ANY (ARRAY['stopped'::text, 'stop_undone'::text, 'ads_off'::text, 'ads_on'::text, 'blocked'::text, 'unblocked'::text, 'blocked_by_business'::text, 'unblocked_by_business'::text, 'reported'::text, 'muted'::text, 'unmuted'::text, 'less'::text, 'paused'::text, 'caps'::text, 'quiet_hours'::text, 'zone'::text, 'region'::text, 'birth_year'::text, 'claimed'::text, 'verified'::text, 'permission_given'::text, 'permission_withdrawn'::text, 'team_joined'::text, 'team_left'::text])))
);

COMMENT ON TABLE people.protection_event IS 'append-only; retention: kept, under a tombstone id after erasure';

COMMENT ON COLUMN people.protection_event.old IS 'the changed fields before; new holds the same fields after';

CREATE TABLE people.session (
    id bigint NOT NULL,
    token_hash bytea NOT NULL,
    person_id bigint NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT session_id_check CHECK ((id > 0)),
    CONSTRAINT session_kind_check CHECK ((kind = ANY (ARRAY['browser'::text, 'program'::text]))),
    CONSTRAINT session_label_check CHECK ((char_length(label) <= 120)),
    CONSTRAINT session_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

COMMENT ON TABLE people.session IS 'retention: 30 days after its end';

COMMENT ON COLUMN people.session.kind IS 'browser: http-only cookie; program: bearer token';

ALTER TABLE ONLY people.attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (key, window_at);

ALTER TABLE ONLY people.attention
    ADD CONSTRAINT attention_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY people.business_face
    ADD CONSTRAINT business_face_pkey PRIMARY KEY (business_id);

ALTER TABLE ONLY people.contact
    ADD CONSTRAINT contact_id_unique UNIQUE (id);

ALTER TABLE ONLY people.contact
    ADD CONSTRAINT contact_key PRIMARY KEY (person_id, business_id);

ALTER TABLE ONLY people.handle
    ADD CONSTRAINT handle_pkey PRIMARY KEY (handle);

ALTER TABLE ONLY people.identity
    ADD CONSTRAINT identity_key PRIMARY KEY (issuer, subject);

ALTER TABLE ONLY people.mail_code
    ADD CONSTRAINT mail_code_pkey PRIMARY KEY (code_hash);

ALTER TABLE ONLY people.mail
    ADD CONSTRAINT mail_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.password
    ADD CONSTRAINT password_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY people.person_block
    ADD CONSTRAINT person_block_pkey PRIMARY KEY (person_id, blocked_id);

ALTER TABLE ONLY people.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.protection_event
    ADD CONSTRAINT protection_event_key PRIMARY KEY (person_id, id);

ALTER TABLE ONLY people.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY people.session
    ADD CONSTRAINT session_token_unique UNIQUE (token_hash);

ALTER TABLE ONLY people.team_member
    ADD CONSTRAINT team_member_key PRIMARY KEY (person_id, business_id);

CREATE INDEX contact_of_business ON people.contact USING btree (business_id, person_id);

CREATE INDEX contact_of_owner ON people.contact USING btree (person_id, owner_id);

CREATE UNIQUE INDEX handle_current ON people.handle USING btree (holder_kind, holder_id) WHERE is_current;

CREATE INDEX identity_of_person ON people.identity USING btree (person_id);

CREATE INDEX mail_code_of_person ON people.mail_code USING btree (person_id);

CREATE INDEX mail_to ON people.mail USING btree (to_address, created_at DESC);

CREATE INDEX mail_to_send ON people.mail USING btree (try_at) WHERE (try_at IS NOT NULL);

CREATE INDEX password_of_address ON people.password USING btree (address, changed_at DESC);

CREATE UNIQUE INDEX protection_event_attention_version ON people.protection_event USING btree (person_id, attention_version) WHERE (attention_version IS NOT NULL);

CREATE UNIQUE INDEX protection_event_contact_version ON people.protection_event USING btree (person_id, business_id, contact_version) WHERE (contact_version IS NOT NULL);

CREATE INDEX session_of_person ON people.session USING btree (person_id, created_at DESC);

CREATE TRIGGER protection_event_append_only BEFORE DELETE OR UPDATE ON people.protection_event FOR EACH ROW EXECUTE FUNCTION people.is_append_only();

ALTER TABLE ONLY people.attention
    ADD CONSTRAINT attention_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id);

ALTER TABLE ONLY people.contact
    ADD CONSTRAINT contact_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id);

ALTER TABLE ONLY people.identity
    ADD CONSTRAINT identity_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id);

ALTER TABLE ONLY people.mail_code
    ADD CONSTRAINT mail_code_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id);

ALTER TABLE ONLY people.password
    ADD CONSTRAINT password_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id);

ALTER TABLE ONLY people.person_block
    ADD CONSTRAINT person_block_blocked_id_fkey FOREIGN KEY (blocked_id) REFERENCES people.person(id);

ALTER TABLE ONLY people.person_block
    ADD CONSTRAINT person_block_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id);

ALTER TABLE ONLY people.session
    ADD CONSTRAINT session_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.person(id);

ALTER TABLE ONLY people.team_member
    ADD CONSTRAINT team_member_person_id_fkey FOREIGN KEY (person_id) REFERENCES people.attention(person_id);
