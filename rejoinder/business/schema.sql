-- Generated from the migrations by `make schema`; for reading only.

CREATE SCHEMA business;

CREATE TABLE business.business (
    id bigint NOT NULL,
    owner_id bigint NOT NULL,
    name text NOT NULL,
    about text DEFAULT ''::text NOT NULL,
    hue smallint NOT NULL,
    greeting text DEFAULT ''::text NOT NULL,
    get_started jsonb,
    quick_replies jsonb DEFAULT '[]'::jsonb NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT business_about_check CHECK ((char_length(about) <= 400)),
    CONSTRAINT business_greeting_check CHECK ((char_length(greeting) <= 400)),
    CONSTRAINT business_hue_check CHECK (((hue >= 0) AND (hue <= 359))),
    CONSTRAINT business_id_check CHECK ((id > 0)),
    CONSTRAINT business_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 60)))
);

COMMENT ON COLUMN business.business.greeting IS 'profile text shown in the empty thread, not a message';

COMMENT ON COLUMN business.business.get_started IS '{title, payload} of the button in the empty thread, or null';

COMMENT ON COLUMN business.business.quick_replies IS '[{title, payload}] offered in the empty thread';

CREATE TABLE business.owner (
    id bigint NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    country text NOT NULL,
    contact_email text NOT NULL,
    register_number text,
    state text NOT NULL,
    decision_reason text,
    decided_by bigint,
    decided_at timestamp with time zone,
    tier smallint DEFAULT 1 NOT NULL,
    quality text DEFAULT 'unknown'::text NOT NULL,
    registered_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT owner_address_check CHECK (((char_length(address) >= 1) AND (char_length(address) <= 400))),
    CONSTRAINT owner_contact_email_check CHECK (((char_length(contact_email) >= 3) AND (char_length(contact_email) <= 254))),
    CONSTRAINT owner_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT owner_decision_reason_check CHECK ((char_length(decision_reason) <= 500)),
    CONSTRAINT owner_id_check CHECK ((id > 0)),
    CONSTRAINT owner_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 120))),
    CONSTRAINT owner_quality_check CHECK ((quality = ANY (ARRAY['unknown'::text, 'good'::text, 'medium'::text, 'poor'::text]))),
    CONSTRAINT owner_register_number_check CHECK ((char_length(register_number) <= 80)),
    CONSTRAINT owner_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'verified'::text, 'refused'::text, 'suspended'::text]))),
    CONSTRAINT owner_tier_check CHECK (((tier >= 0) AND (tier <= 5)))
);

COMMENT ON TABLE business.owner IS 'retention: as long as deliveries and the ledger name it';

COMMENT ON COLUMN business.owner.tier IS 'how many distinct people its adverts may reach in 24 h';

COMMENT ON COLUMN business.owner.registered_by IS 'the person who speaks for the owner towards the operator';

CREATE VIEW business.business_card AS
 SELECT b.id AS business_id,
    b.owner_id,
    b.name,
    b.hue,
    o.name AS owner_name,
    o.address AS owner_address,
    o.country,
    o.state AS owner_state,
    o.tier,
    h.handle
   FROM ((business.business b
     JOIN business.owner o ON ((o.id = b.owner_id)))
     LEFT JOIN people.handle h ON (((h.holder_kind = 'business'::text) AND (h.holder_id = b.id) AND h.is_current)));

CREATE TABLE business.answered_offer (
    business_id bigint NOT NULL,
    origin_ref bigint NOT NULL,
    campaign_id bigint NOT NULL
);

CREATE TABLE business.api_token (
    id bigint NOT NULL,
    token_hash bytea NOT NULL,
    business_id bigint NOT NULL,
    label text NOT NULL,
    created_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT api_token_id_check CHECK ((id > 0)),
    CONSTRAINT api_token_label_check CHECK (((char_length(label) >= 1) AND (char_length(label) <= 80))),
    CONSTRAINT api_token_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE business.entry_point (
    id bigint NOT NULL,
    code text NOT NULL,
    business_id bigint NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    ref text,
    prefill text,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT entry_point_code_check CHECK ((code ~ '^[0-9a-hjkmnp-tv-z]{8}$'::text)),
    CONSTRAINT entry_point_id_check CHECK ((id > 0)),
    CONSTRAINT entry_point_kind_check CHECK ((kind = ANY (ARRAY['handle'::text, 'link'::text, 'qr'::text, 'widget'::text, 'unit'::text]))),
    CONSTRAINT entry_point_label_check CHECK (((char_length(label) >= 1) AND (char_length(label) <= 80))),
    CONSTRAINT entry_point_prefill_check CHECK ((char_length(prefill) <= 400)),
    CONSTRAINT entry_point_ref_check CHECK ((char_length(ref) <= 2083))
);

CREATE TABLE business.inbox_counter (
    business_id bigint NOT NULL,
    number bigint DEFAULT 0 NOT NULL
);

CREATE TABLE business.inbox_item (
    business_id bigint NOT NULL,
    thread_id bigint NOT NULL,
    home bigint NOT NULL,
    person_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    state text NOT NULL,
    assigned_to bigint,
    done_position bigint DEFAULT 0 NOT NULL,
    case_position bigint DEFAULT 0 NOT NULL,
    last_position bigint NOT NULL,
    preview text NOT NULL,
    preview_type text NOT NULL,
    preview_from text NOT NULL,
    last_at timestamp with time zone NOT NULL,
    unread_count integer NOT NULL,
    waiting_since timestamp with time zone,
    entry_point_id bigint,
    origin_ref bigint,
    offer_headline text,
    campaign_id bigint,
    number bigint NOT NULL,
    CONSTRAINT inbox_item_check CHECK (((origin_ref IS NULL) = (offer_headline IS NULL))),
    CONSTRAINT inbox_item_preview_from_check CHECK ((preview_from = ANY (ARRAY['person'::text, 'business'::text]))),
    CONSTRAINT inbox_item_state_check CHECK ((state = ANY (ARRAY['open'::text, 'done'::text]))),
    CONSTRAINT inbox_item_unread_count_check CHECK ((unread_count >= 0))
);

COMMENT ON COLUMN business.inbox_item.done_position IS 'an agent has dealt with everything up to here; a later message of the person opens the item again';

COMMENT ON COLUMN business.inbox_item.case_position IS 'the case shown begins after this position: where the one before it was done';

COMMENT ON COLUMN business.inbox_item.last_position IS 'newest message that is no advert; adverts move nothing here';

COMMENT ON COLUMN business.inbox_item.origin_ref IS 'of the newest sponsored message that the person answered in this case; opaque here';

COMMENT ON COLUMN business.inbox_item.campaign_id IS 'the campaign behind origin_ref, once ads has told';

COMMENT ON COLUMN business.inbox_item.number IS 'orders changes; the console catches up with what is above the number it knows';

CREATE TABLE business.invitation (
    id bigint NOT NULL,
    token_hash bytea NOT NULL,
    business_id bigint NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    invited_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_by bigint,
    accepted_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT invitation_email_check CHECK (((char_length(email) >= 3) AND (char_length(email) <= 254))),
    CONSTRAINT invitation_id_check CHECK ((id > 0)),
    CONSTRAINT invitation_role_check CHECK ((role = ANY (ARRAY['agent'::text, 'advertiser'::text]))),
    CONSTRAINT invitation_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

COMMENT ON TABLE business.invitation IS 'sent by mail; only the hash of its token is kept; retention: 90 days after it ended';

CREATE TABLE business.saved_reply (
    id bigint NOT NULL,
    business_id bigint NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    created_by bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT saved_reply_id_check CHECK ((id > 0)),
    CONSTRAINT saved_reply_text_check CHECK (((char_length(text) >= 1) AND (char_length(text) <= 4000))),
    CONSTRAINT saved_reply_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 60)))
);

CREATE VIEW business.seen_item AS
 SELECT i.business_id,
    i.thread_id,
    i.contact_id,
    p.name AS person_name,
    p.hue AS person_hue,
    p.is_guest AS person_is_guest,
    i.state,
    i.assigned_to,
    a.name AS assigned_name,
    i.preview,
    i.preview_type,
    i.preview_from,
    i.last_at,
    i.unread_count,
    i.waiting_since,
    e.code AS entry_point_code,
    e.label AS entry_point_label,
    i.origin_ref,
    i.offer_headline,
    i.campaign_id,
    i.number
   FROM (((business.inbox_item i
     JOIN people.person_card p ON ((p.person_id = i.person_id)))
     LEFT JOIN people.person_card a ON ((a.person_id = i.assigned_to)))
     LEFT JOIN business.entry_point e ON ((e.id = i.entry_point_id)));

CREATE TABLE business.team_member (
    business_id bigint NOT NULL,
    person_id bigint NOT NULL,
    role text NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    CONSTRAINT team_member_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'agent'::text, 'advertiser'::text])))
);

CREATE VIEW business.team_card AS
 SELECT business_id,
    person_id,
    role
   FROM business.team_member;

ALTER TABLE ONLY business.answered_offer
    ADD CONSTRAINT answered_offer_pkey PRIMARY KEY (business_id, origin_ref);

ALTER TABLE ONLY business.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);

ALTER TABLE ONLY business.api_token
    ADD CONSTRAINT api_token_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY business.business
    ADD CONSTRAINT business_pkey PRIMARY KEY (id);

ALTER TABLE ONLY business.entry_point
    ADD CONSTRAINT entry_point_code_unique UNIQUE (code);

ALTER TABLE ONLY business.entry_point
    ADD CONSTRAINT entry_point_pkey PRIMARY KEY (id);

ALTER TABLE ONLY business.inbox_counter
    ADD CONSTRAINT inbox_counter_pkey PRIMARY KEY (business_id);

ALTER TABLE ONLY business.inbox_item
    ADD CONSTRAINT inbox_item_key PRIMARY KEY (business_id, thread_id);

ALTER TABLE ONLY business.invitation
    ADD CONSTRAINT invitation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY business.invitation
    ADD CONSTRAINT invitation_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY business.owner
    ADD CONSTRAINT owner_pkey PRIMARY KEY (id);

ALTER TABLE ONLY business.saved_reply
    ADD CONSTRAINT saved_reply_pkey PRIMARY KEY (id);

ALTER TABLE ONLY business.saved_reply
    ADD CONSTRAINT saved_reply_title_unique UNIQUE (business_id, title);

ALTER TABLE ONLY business.team_member
    ADD CONSTRAINT team_member_pkey PRIMARY KEY (business_id, person_id, role);

CREATE INDEX api_token_of_business ON business.api_token USING btree (business_id, created_at);

CREATE INDEX business_of_owner ON business.business USING btree (owner_id);

CREATE UNIQUE INDEX entry_point_handle ON business.entry_point USING btree (business_id) WHERE (kind = 'handle'::text);

CREATE INDEX entry_point_of_business ON business.entry_point USING btree (business_id, created_at);

CREATE UNIQUE INDEX inbox_item_changes ON business.inbox_item USING btree (business_id, number);

CREATE INDEX inbox_item_ranked ON business.inbox_item USING btree (business_id, state, last_at DESC, thread_id DESC);

CREATE INDEX inbox_item_waiting ON business.inbox_item USING btree (business_id, waiting_since, thread_id) WHERE ((waiting_since IS NOT NULL) AND (state = 'open'::text));

CREATE INDEX invitation_of_business ON business.invitation USING btree (business_id, created_at);

CREATE INDEX owner_in_queue ON business.owner USING btree (state, created_at, id);

CREATE INDEX owner_of_person ON business.owner USING btree (registered_by);

CREATE INDEX team_of_person ON business.team_member USING btree (person_id);

ALTER TABLE ONLY business.api_token
    ADD CONSTRAINT api_token_business_id_fkey FOREIGN KEY (business_id) REFERENCES business.business(id);

ALTER TABLE ONLY business.business
    ADD CONSTRAINT business_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES business.owner(id);

ALTER TABLE ONLY business.entry_point
    ADD CONSTRAINT entry_point_business_id_fkey FOREIGN KEY (business_id) REFERENCES business.business(id);

ALTER TABLE ONLY business.invitation
    ADD CONSTRAINT invitation_business_id_fkey FOREIGN KEY (business_id) REFERENCES business.business(id);

ALTER TABLE ONLY business.saved_reply
    ADD CONSTRAINT saved_reply_business_id_fkey FOREIGN KEY (business_id) REFERENCES business.business(id);

ALTER TABLE ONLY business.team_member
    ADD CONSTRAINT team_member_business_id_fkey FOREIGN KEY (business_id) REFERENCES business.business(id);
