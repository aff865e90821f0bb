-- phase: before
-- People: who they are, how they sign in, and what protects them. Nothing here knows chat, businesses or ads beyond their ids.
CREATE SCHEMA people;

CREATE TABLE people.person (
    id          bigint PRIMARY KEY CHECK (id > 0),
    name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    language    text NOT NULL CHECK (char_length(language) BETWEEN 2 AND 35),
    hue         smallint NOT NULL CHECK (hue BETWEEN 0 AND 359),
    is_operator boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL
);
COMMENT ON TABLE people.person IS 'retention: until erasure';
COMMENT ON COLUMN people.person.hue IS 'colour of the drawn avatar, degrees';

-- The issuer 'password' has the e-mail address as subject; a host's token has its own issuer.
-- A row means proved: an address that somebody only typed stands in people.password, where it keeps nobody else out.
CREATE TABLE people.identity (
    issuer       text NOT NULL CHECK (char_length(issuer) BETWEEN 1 AND 200),
    subject      text NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 254),
    person_id    bigint NOT NULL REFERENCES people.person,
    verified_at  timestamptz NOT NULL,
    CONSTRAINT identity_key PRIMARY KEY (issuer, subject)
);
CREATE INDEX identity_of_person ON people.identity (person_id);
COMMENT ON TABLE people.identity IS 'retention: until erasure';

CREATE TABLE people.password (
    person_id   bigint PRIMARY KEY REFERENCES people.person,
    address     text NOT NULL CHECK (char_length(address) BETWEEN 3 AND 254),
    hash        text NOT NULL,
    changed_at  timestamptz NOT NULL
);
CREATE INDEX password_of_address ON people.password (address, changed_at DESC);
COMMENT ON TABLE people.password IS 'retention: until erasure';
COMMENT ON COLUMN people.password.address IS 'what the person signs in with, lower case; proved only when people.identity says so';

CREATE TABLE people.session (
    id            bigint PRIMARY KEY CHECK (id > 0),
    token_hash    bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    person_id     bigint NOT NULL REFERENCES people.person,
    kind          text NOT NULL CHECK (kind IN ('browser', 'program')),
    label         text NOT NULL CHECK (char_length(label) <= 120),
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    revoked_at    timestamptz,
    CONSTRAINT session_token_unique UNIQUE (token_hash)
);
CREATE INDEX session_of_person ON people.session (person_id, created_at DESC);
COMMENT ON TABLE people.session IS 'retention: 30 days after its end';
COMMENT ON COLUMN people.session.kind IS 'browser: http-only cookie; program: bearer token';

-- Codes sent by mail, single use; only their hash is kept.
CREATE TABLE people.mail_code (
    code_hash   bytea PRIMARY KEY CHECK (octet_length(code_hash) = 32),
    person_id   bigint NOT NULL REFERENCES people.person,
    purpose     text NOT NULL CHECK (purpose IN ('verify', 'reset')),
    subject     text NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE INDEX mail_code_of_person ON people.mail_code (person_id);
COMMENT ON TABLE people.mail_code IS 'retention: 1 day after its end';

-- Mail to send: written in the transaction that wants it, sent by the worker (or read in the demo's mailbox).
CREATE TABLE people.mail (
    id          bigint PRIMARY KEY CHECK (id > 0),
    number      bigint GENERATED ALWAYS AS IDENTITY,
    to_address  text NOT NULL,
    subject     text NOT NULL,
    body        text NOT NULL,
    created_at  timestamptz NOT NULL,
    try_at      timestamptz,
    sent_at     timestamptz,
    tries       integer NOT NULL DEFAULT 0,
    problem     text
);
CREATE INDEX mail_to_send ON people.mail (try_at) WHERE try_at IS NOT NULL;
CREATE INDEX mail_to ON people.mail (to_address, created_at DESC);
COMMENT ON TABLE people.mail IS 'retention: 7 days; the body, which may hold a code, only until it was sent';
COMMENT ON COLUMN people.mail.try_at IS 'when to send it (again); null once it was sent or given up';

-- Attempts to sign in or ask for codes, by key, in fixed windows: shared by all server processes.
CREATE TABLE people.attempt (
    key        text NOT NULL,
    window_at  timestamptz NOT NULL,
    count      integer NOT NULL CHECK (count > 0),
    PRIMARY KEY (key, window_at)
);
COMMENT ON TABLE people.attempt IS 'retention: 1 day';

-- One namespace for people and businesses. A handle once given redirects for ever and is never given to somebody else.
CREATE TABLE people.handle (
    handle       text PRIMARY KEY CHECK (handle ~ '^[a-z0-9][a-z0-9._-]{2,31}$'),
    holder_kind  text NOT NULL CHECK (holder_kind IN ('person', 'business')),
    holder_id    bigint NOT NULL,
    is_current   boolean NOT NULL,
    given_at     timestamptz NOT NULL
);
CREATE UNIQUE INDEX handle_current ON people.handle (holder_kind, holder_id) WHERE is_current;
COMMENT ON TABLE people.handle IS 'retention: kept, under a tombstone id after erasure, so that nobody else gets it';

-- Names that businesses show in chats, written by the business package, so that chat can name both sides without knowing it.
CREATE TABLE people.business_face (
    business_id  bigint PRIMARY KEY CHECK (business_id > 0),
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    hue          smallint NOT NULL CHECK (hue BETWEEN 0 AND 359),
    is_verified  boolean NOT NULL
);
COMMENT ON COLUMN people.business_face.is_verified IS 'a verified owner stands behind it';
COMMENT ON TABLE people.business_face IS 'retention: as long as the business';

-- Attention: everything about a person that decides whether any advert may reach them. Locked before each delivery.
CREATE TABLE people.attention (
    person_id             bigint PRIMARY KEY REFERENCES people.person,
    region                text NOT NULL CHECK (region ~ '^[A-Z]{2}$'),
    zone                  text NOT NULL CHECK (char_length(zone) <= 64),
    birth_year            integer CHECK (birth_year BETWEEN 1900 AND 2200),
    claimed_at            timestamptz,
    verified_at           timestamptz,
    ads_off_at            timestamptz,
    cap_day               smallint CHECK (cap_day BETWEEN 0 AND 50),
    cap_week              smallint CHECK (cap_week BETWEEN 0 AND 350),
    quiet_from_minute     smallint CHECK (quiet_from_minute BETWEEN 0 AND 1439),
    quiet_until_minute    smallint CHECK (quiet_until_minute BETWEEN 0 AND 1439),
    local_day             date,
    local_day_started_at  timestamptz,
    day_count             smallint NOT NULL DEFAULT 0 CHECK (day_count >= 0),
    iso_week              date,
    week_count            smallint NOT NULL DEFAULT 0 CHECK (week_count >= 0),
    counted_offset        smallint,
    last_delivered_at     timestamptz,
    version               bigint NOT NULL DEFAULT 1,
    CONSTRAINT attention_quiet_hours_whole CHECK ((quiet_from_minute IS NULL) = (quiet_until_minute IS NULL)),
    CONSTRAINT attention_counters_whole CHECK (
        (local_day IS NULL) = (local_day_started_at IS NULL) AND (local_day IS NULL) = (iso_week IS NULL)
        AND (local_day IS NULL) = (counted_offset IS NULL) AND (local_day IS NULL) = (last_delivered_at IS NULL))
);
COMMENT ON COLUMN people.attention.region IS 'strictest of declared, host claim and signals; ISO 3166 alpha-2';
COMMENT ON COLUMN people.attention.claimed_at IS 'null while the person is a guest';
COMMENT ON COLUMN people.attention.cap_day IS 'the person''s own cap; null means the policy''s; it can only lower';
COMMENT ON COLUMN people.attention.local_day IS 'calendar day of the person that day_count counts; only moves forward';
COMMENT ON COLUMN people.attention.local_day_started_at IS 'first counted delivery of local_day; the day moves only 20 h or more after it';
COMMENT ON COLUMN people.attention.iso_week IS 'Monday of the ISO week that week_count counts';
COMMENT ON COLUMN people.attention.counted_offset IS 'minutes east of UTC at the newest counted delivery; a change of zone never begins a day sooner than there';

-- Who acts for a business: adverts of their own business do not reach them. Written under the lock of their attention row.
CREATE TABLE people.team_member (
    person_id    bigint NOT NULL REFERENCES people.attention,
    business_id  bigint NOT NULL CHECK (business_id > 0),
    CONSTRAINT team_member_key PRIMARY KEY (person_id, business_id)
);
COMMENT ON TABLE people.team_member IS 'retention: until the person leaves the team';

-- Contact: person x business. Its id is what the business knows the person by (page-scoped id).
CREATE TABLE people.contact (
    person_id                   bigint NOT NULL REFERENCES people.person,
    business_id                 bigint NOT NULL,
    id                          bigint NOT NULL CHECK (id > 0),
    owner_id                    bigint NOT NULL,
    thread_id                   bigint NOT NULL,
    opened_entry_point_id       bigint,
    opened_prefill_hash         bytea CHECK (octet_length(opened_prefill_hash) = 32),
    first_wrote_at              timestamptz,
    first_wrote_kind            text CHECK (first_wrote_kind IN ('typed', 'form', 'tapped', 'host_order', 'imported')),
    first_wrote_position        bigint,
    first_wrote_entry_point_id  bigint,
    last_wrote_at               timestamptz,
    last_wrote_kind             text CHECK (last_wrote_kind IN ('typed', 'form', 'tapped', 'host_order', 'imported')),
    last_wrote_position         bigint,
    last_wrote_entry_point_id   bigint,
    last_heard_at               timestamptz,
    last_service_at             timestamptz,
    waiting_since               timestamptz,
    reply_window_ends_at        timestamptz,
    unanswered_count            smallint NOT NULL DEFAULT 0 CHECK (unanswered_count >= 0),
    unread_reply_count          integer NOT NULL DEFAULT 0 CHECK (unread_reply_count >= 0),
    ads_unanswered_count        smallint NOT NULL DEFAULT 0 CHECK (ads_unanswered_count >= 0),
    last_delivered_at           timestamptz,
    delivered_count             integer NOT NULL DEFAULT 0 CHECK (delivered_count >= 0),
    permission_basis            text CHECK (permission_basis IN ('soft', 'explicit')),
    permission_evidence         jsonb,
    permission_wording          text,
    permission_channel          text,
    permission_at               timestamptz,
    permission_withdrawn_at     timestamptz,
    ads_stopped_at              timestamptz,
    ads_paused_until            timestamptz,
    muted_until                 timestamptz,
    blocked_at                  timestamptz,
    blocked_by_business_at      timestamptz,
    reported_at                 timestamptz,
    less_at                     timestamptz,
    version                     bigint NOT NULL DEFAULT 1,
    CONSTRAINT contact_key PRIMARY KEY (person_id, business_id),
    CONSTRAINT contact_id_unique UNIQUE (id),
    CHECK ((first_wrote_at IS NULL) = (first_wrote_kind IS NULL) AND (last_wrote_at IS NULL) = (last_wrote_kind IS NULL))
);
CREATE INDEX contact_of_business ON people.contact (business_id, person_id);
CREATE INDEX contact_of_owner ON people.contact (person_id, owner_id);
COMMENT ON COLUMN people.contact.opened_prefill_hash IS 'of the text that the entry point put into the composer; sent unchanged it is a tap';
COMMENT ON COLUMN people.contact.first_wrote_at IS 'first message that counts towards eligibility (typed or form); kinds that do not count never set it';
COMMENT ON COLUMN people.contact.last_heard_at IS 'newest message or tap of the person, whether or not it counts';
COMMENT ON COLUMN people.contact.last_service_at IS 'newest non-advert message, either way; cooling-off counts from it';
COMMENT ON COLUMN people.contact.waiting_since IS 'the person wrote and has had no answer since';
COMMENT ON COLUMN people.contact.unanswered_count IS 'service messages of the business in a row since the person was last heard';
COMMENT ON COLUMN people.contact.ads_unanswered_count IS 'sponsored messages in a row since the person last wrote; taps do not renew it';
COMMENT ON COLUMN people.contact.ads_paused_until IS 'a stop phrase inside a sentence pauses adverts until the person has been asked';

-- Every change of what protects a person, by version: verify replays this, never timestamps.
CREATE TABLE people.protection_event (
    person_id          bigint NOT NULL,
    id                 bigint NOT NULL CHECK (id > 0),
    business_id        bigint,
    kind               text NOT NULL CHECK (kind IN (
        'stopped', 'stop_undone', 'ads_off', 'ads_on', 'blocked', 'unblocked', 'blocked_by_business', 'unblocked_by_business',
        'reported', 'muted', 'unmuted', 'less', 'paused', 'caps', 'quiet_hours', 'zone', 'region', 'birth_year', 'claimed', 'verified',
        'permission_given', 'permission_withdrawn', 'team_joined', 'team_left')),
    old                jsonb NOT NULL,
    new                jsonb NOT NULL,
    contact_version    bigint,
    attention_version  bigint,
    actor              text NOT NULL CHECK (actor IN ('person', 'business', 'operator', 'stop_word', 'system')),
    at                 timestamptz NOT NULL,
    CONSTRAINT protection_event_key PRIMARY KEY (person_id, id),
    CHECK ((contact_version IS NULL) <> (attention_version IS NULL)),
    CHECK ((contact_version IS NULL) = (business_id IS NULL))
);
CREATE UNIQUE INDEX protection_event_contact_version ON people.protection_event (person_id, business_id, contact_version) WHERE contact_version IS NOT NULL;
CREATE UNIQUE INDEX protection_event_attention_version ON people.protection_event (person_id, attention_version) WHERE attention_version IS NOT NULL;
COMMENT ON TABLE people.protection_event IS 'append-only; retention: kept, under a tombstone id after erasure';
COMMENT ON COLUMN people.protection_event.old IS 'the changed fields before; new holds the same fields after';
CREATE FUNCTION people.is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;
CREATE TRIGGER protection_event_append_only BEFORE UPDATE OR DELETE ON people.protection_event
    FOR EACH ROW EXECUTE FUNCTION people.is_append_only();

-- Person blocks person (a business is blocked on the contact).
CREATE TABLE people.person_block (
    person_id   bigint NOT NULL REFERENCES people.person,
    blocked_id  bigint NOT NULL REFERENCES people.person,
    at          timestamptz NOT NULL,
    PRIMARY KEY (person_id, blocked_id),
    CHECK (person_id <> blocked_id)
);
COMMENT ON TABLE people.person_block IS 'retention: until unblocked or erasure';

-- Published to higher packages.
CREATE VIEW people.person_card AS
    SELECT p.id AS person_id, p.name, p.hue, p.language, p.is_operator, p.created_at, a.claimed_at IS NULL AS is_guest, a.region, h.handle
      FROM people.person p JOIN people.attention a ON a.person_id = p.id
      LEFT JOIN people.handle h ON h.holder_kind = 'person' AND h.holder_id = p.id AND h.is_current;
CREATE VIEW people.face_card AS
    SELECT f.kind, f.id, f.name, f.hue, h.handle, f.is_verified
      FROM (SELECT 'person'::text AS kind, id, name, hue, false AS is_verified FROM people.person
            UNION ALL
            SELECT 'business', business_id, name, hue, is_verified FROM people.business_face) f
      LEFT JOIN people.handle h ON h.holder_kind = f.kind AND h.holder_id = f.id AND h.is_current;
COMMENT ON VIEW people.face_card IS 'what anybody in a thread may see of the other side; kind is person or business';
CREATE VIEW people.contact_card AS
    SELECT person_id, business_id, id AS contact_id, owner_id, thread_id, first_wrote_at, last_wrote_at, last_wrote_kind, last_heard_at,
           waiting_since, reply_window_ends_at, unanswered_count, ads_stopped_at, blocked_at, blocked_by_business_at,
           EXISTS (SELECT 1 FROM people.team_member t WHERE t.person_id = c.person_id AND t.business_id = c.business_id) AS is_on_team,
           last_wrote_entry_point_id, opened_entry_point_id, version
      FROM people.contact c;
CREATE VIEW people.person_block_card AS SELECT person_id, blocked_id FROM people.person_block;
CREATE VIEW people.age_card AS SELECT person_id, birth_year FROM people.attention;
COMMENT ON VIEW people.age_card IS 'so that adult strangers cannot write to minors';
