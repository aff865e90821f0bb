-- phase: before
-- Business: owners, their businesses and teams, the doors that open threads, the shared inbox.
CREATE SCHEMA business;

CREATE TABLE business.owner (
    id                bigint PRIMARY KEY CHECK (id > 0),
    name              text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    address           text NOT NULL CHECK (char_length(address) BETWEEN 1 AND 400),
    country           text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    contact_email     text NOT NULL CHECK (char_length(contact_email) BETWEEN 3 AND 254),
    register_number   text CHECK (char_length(register_number) <= 80),
    state             text NOT NULL CHECK (state IN ('waiting', 'verified', 'refused', 'suspended')),
    decision_reason   text CHECK (char_length(decision_reason) <= 500),
    decided_by        bigint,
    decided_at        timestamptz,
    tier              smallint NOT NULL DEFAULT 1 CHECK (tier BETWEEN 0 AND 5),
    quality           text NOT NULL DEFAULT 'unknown' CHECK (quality IN ('unknown', 'good', 'medium', 'poor')),
    registered_by     bigint NOT NULL,
    created_at        timestamptz NOT NULL
);
CREATE INDEX owner_of_person ON business.owner (registered_by);
CREATE INDEX owner_in_queue ON business.owner (state, created_at, id);
COMMENT ON TABLE business.owner IS 'retention: as long as deliveries and the ledger name it';
COMMENT ON COLUMN business.owner.tier IS 'how many distinct people its adverts may reach in 24 h';
COMMENT ON COLUMN business.owner.registered_by IS 'the person who speaks for the owner towards the operator';

CREATE TABLE business.business (
    id            bigint PRIMARY KEY CHECK (id > 0),
    owner_id      bigint NOT NULL REFERENCES business.owner,
    name          text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    about         text NOT NULL DEFAULT '' CHECK (char_length(about) <= 400),
    hue           smallint NOT NULL CHECK (hue BETWEEN 0 AND 359),
    greeting      text NOT NULL DEFAULT '' CHECK (char_length(greeting) <= 400),
    get_started   jsonb,
    quick_replies jsonb NOT NULL DEFAULT '[]',
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL
);
CREATE INDEX business_of_owner ON business.business (owner_id);
COMMENT ON COLUMN business.business.greeting IS 'profile text shown in the empty thread, not a message';
COMMENT ON COLUMN business.business.get_started IS '{title, payload} of the button in the empty thread, or null';
COMMENT ON COLUMN business.business.quick_replies IS '[{title, payload}] offered in the empty thread';

CREATE TABLE business.team_member (
    business_id  bigint NOT NULL REFERENCES business.business,
    person_id    bigint NOT NULL,
    role         text NOT NULL CHECK (role IN ('owner', 'agent', 'advertiser')),
    joined_at    timestamptz NOT NULL,
    PRIMARY KEY (business_id, person_id, role)
);
CREATE INDEX team_of_person ON business.team_member (person_id);

CREATE TABLE business.invitation (
    id           bigint PRIMARY KEY CHECK (id > 0),
    token_hash   bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    business_id  bigint NOT NULL REFERENCES business.business,
    email        text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    role         text NOT NULL CHECK (role IN ('agent', 'advertiser')),
    invited_by   bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    accepted_by  bigint,
    accepted_at  timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX invitation_of_business ON business.invitation (business_id, created_at);
COMMENT ON TABLE business.invitation IS 'sent by mail; only the hash of its token is kept; retention: 90 days after it ended';

-- Programs of a business (bots): a bearer token that speaks as the business, never as a person.
CREATE TABLE business.api_token (
    id            bigint PRIMARY KEY CHECK (id > 0),
    token_hash    bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    business_id   bigint NOT NULL REFERENCES business.business,
    label         text NOT NULL CHECK (char_length(label) BETWEEN 1 AND 80),
    created_by    bigint NOT NULL,
    created_at    timestamptz NOT NULL,
    revoked_at    timestamptz
);
CREATE INDEX api_token_of_business ON business.api_token (business_id, created_at);

-- A door that opens a thread: link, QR code. Its code is permanent; what it says may change.
CREATE TABLE business.entry_point (
    id            bigint PRIMARY KEY CHECK (id > 0),
    code          text NOT NULL CHECK (code ~ '^[0-9a-hjkmnp-tv-z]{8}$'),
    business_id   bigint NOT NULL REFERENCES business.business,
    kind          text NOT NULL CHECK (kind IN ('handle', 'link', 'qr', 'widget', 'unit')),
    label         text NOT NULL CHECK (char_length(label) BETWEEN 1 AND 80),
    ref           text CHECK (char_length(ref) <= 2083),
    prefill       text CHECK (char_length(prefill) <= 400),
    is_active     boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL,
    CONSTRAINT entry_point_code_unique UNIQUE (code)
);
CREATE INDEX entry_point_of_business ON business.entry_point (business_id, created_at);
CREATE UNIQUE INDEX entry_point_handle ON business.entry_point (business_id) WHERE kind = 'handle';

-- The shared inbox: a projection of chat by one consumer, homed and numbered at the business. Everything but assigned_to and the two
-- positions is read afresh from published views at each event, so order and repeats of events do not matter.
CREATE TABLE business.inbox_item (
    business_id     bigint NOT NULL,
    thread_id       bigint NOT NULL,
    home            bigint NOT NULL,
    person_id       bigint NOT NULL,
    contact_id      bigint NOT NULL,
    state           text NOT NULL CHECK (state IN ('open', 'done')),
    assigned_to     bigint,
    done_position   bigint NOT NULL DEFAULT 0,
    case_position   bigint NOT NULL DEFAULT 0,
    last_position   bigint NOT NULL,
    preview         text NOT NULL,
    preview_type    text NOT NULL,
    preview_from    text NOT NULL CHECK (preview_from IN ('person', 'business')),
    last_at         timestamptz NOT NULL,
    unread_count    integer NOT NULL CHECK (unread_count >= 0),
    waiting_since   timestamptz,
    entry_point_id  bigint,
    origin_ref      bigint,
    offer_headline  text,
    campaign_id     bigint,
    number          bigint NOT NULL,
    CHECK ((origin_ref IS NULL) = (offer_headline IS NULL)),
    CONSTRAINT inbox_item_key PRIMARY KEY (business_id, thread_id)
);
CREATE UNIQUE INDEX inbox_item_changes ON business.inbox_item (business_id, number);
CREATE INDEX inbox_item_ranked ON business.inbox_item (business_id, state, last_at DESC, thread_id DESC);
CREATE INDEX inbox_item_waiting ON business.inbox_item (business_id, waiting_since, thread_id) WHERE waiting_since IS NOT NULL AND state = 'open';
COMMENT ON COLUMN business.inbox_item.done_position IS 'an agent has dealt with everything up to here; a later message of the person opens the item again';
COMMENT ON COLUMN business.inbox_item.case_position IS 'the case shown begins after this position: where the one before it was done';
COMMENT ON COLUMN business.inbox_item.last_position IS 'newest message that is no advert; adverts move nothing here';
COMMENT ON COLUMN business.inbox_item.origin_ref IS 'of the newest sponsored message that the person answered in this case; opaque here';
COMMENT ON COLUMN business.inbox_item.campaign_id IS 'the campaign behind origin_ref, once ads has told';
COMMENT ON COLUMN business.inbox_item.number IS 'orders changes; the console catches up with what is above the number it knows';

-- Which campaign paid for a sponsored message that was answered; ads tells it by an event.
CREATE TABLE business.answered_offer (
    business_id  bigint NOT NULL,
    origin_ref   bigint NOT NULL,
    campaign_id  bigint NOT NULL,
    PRIMARY KEY (business_id, origin_ref)
);

CREATE TABLE business.inbox_counter (
    business_id  bigint PRIMARY KEY,
    number       bigint NOT NULL DEFAULT 0
);

CREATE TABLE business.saved_reply (
    id           bigint PRIMARY KEY CHECK (id > 0),
    business_id  bigint NOT NULL REFERENCES business.business,
    title        text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 60),
    text         text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 4000),
    created_by   bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT saved_reply_title_unique UNIQUE (business_id, title)
);

-- An item as agents see it: with the person's name, who has it, and the door they came through.
CREATE VIEW business.seen_item AS
    SELECT i.business_id, i.thread_id, i.contact_id, p.name AS person_name, p.hue AS person_hue, p.is_guest AS person_is_guest,
           i.state, i.assigned_to, a.name AS assigned_name, i.preview, i.preview_type, i.preview_from, i.last_at, i.unread_count,
           i.waiting_since, e.code AS entry_point_code, e.label AS entry_point_label,
           i.origin_ref, i.offer_headline, i.campaign_id, i.number
      FROM business.inbox_item i
      JOIN people.person_card p ON p.person_id = i.person_id
      LEFT JOIN people.person_card a ON a.person_id = i.assigned_to
      LEFT JOIN business.entry_point e ON e.id = i.entry_point_id;

-- Published to higher packages.
CREATE VIEW business.business_card AS
    SELECT b.id AS business_id, b.owner_id, b.name, b.hue, o.name AS owner_name, o.address AS owner_address, o.country, o.state AS owner_state, o.tier, h.handle
      FROM business.business b JOIN business.owner o ON o.id = b.owner_id
      LEFT JOIN people.handle h ON h.holder_kind = 'business' AND h.holder_id = b.id AND h.is_current;
CREATE VIEW business.team_card AS SELECT business_id, person_id, role FROM business.team_member;
