-- Generated from the migrations by `make schema`; for reading only.

CREATE SCHEMA chat;

CREATE TABLE chat.direct_thread (
    pair_low bigint NOT NULL,
    pair_high bigint NOT NULL,
    thread_id bigint NOT NULL,
    CONSTRAINT direct_thread_check CHECK ((pair_low < pair_high))
);

CREATE TABLE chat.mailbox (
    person_id bigint NOT NULL,
    thread_id bigint NOT NULL,
    home bigint NOT NULL,
    folder text NOT NULL,
    rank_at timestamp with time zone,
    sponsored_at timestamp with time zone,
    unread_count integer DEFAULT 0 NOT NULL,
    version bigint NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT mailbox_folder_check CHECK ((folder = ANY (ARRAY['chats'::text, 'requests'::text, 'refused'::text]))),
    CONSTRAINT mailbox_unread_count_check CHECK ((unread_count >= 0))
);

COMMENT ON COLUMN chat.mailbox.rank_at IS 'newest service message; null while the thread is empty and therefore not listed';

COMMENT ON COLUMN chat.mailbox.removed_at IS 'tombstone: devices that missed the hint learn of the removal';

CREATE VIEW chat.mailbox_card AS
 SELECT person_id,
    thread_id,
    home,
    folder,
    rank_at,
    sponsored_at,
    unread_count
   FROM chat.mailbox
  WHERE (removed_at IS NULL);

CREATE TABLE chat.mailbox_counter (
    person_id bigint NOT NULL,
    version bigint DEFAULT 0 NOT NULL
);

CREATE TABLE chat.message (
    home bigint NOT NULL,
    thread_id bigint NOT NULL,
    "position" bigint NOT NULL,
    sender_kind text NOT NULL,
    sender_id bigint NOT NULL,
    agent_id bigint,
    client_id text NOT NULL,
    payload_hash bytea NOT NULL,
    body jsonb NOT NULL,
    change bigint NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    edited_at timestamp with time zone,
    unsent_at timestamp with time zone,
    origin_ref bigint,
    CONSTRAINT message_client_id_check CHECK (((char_length(client_id) >= 1) AND (char_length(client_id) <= 64))),
    CONSTRAINT message_payload_hash_check CHECK ((octet_length(payload_hash) = 16)),
    CONSTRAINT message_position_check CHECK (("position" > 0)),
    CONSTRAINT message_sender_kind_check CHECK ((sender_kind = ANY (ARRAY['person'::text, 'business'::text])))
);

COMMENT ON COLUMN chat.message.agent_id IS 'the person who typed for a business; null for its programs';

COMMENT ON COLUMN chat.message.origin_ref IS 'opaque reference of a sponsored message to what paid for it; null on service messages';

CREATE VIEW chat.message_card AS
 SELECT home,
    thread_id,
    "position",
    sender_kind,
    sender_id,
    agent_id,
    body,
    sent_at,
    edited_at,
    unsent_at,
    origin_ref
   FROM chat.message;

CREATE TABLE chat.participant (
    home bigint NOT NULL,
    thread_id bigint NOT NULL,
    kind text NOT NULL,
    id bigint NOT NULL,
    delivered_position bigint DEFAULT 0 NOT NULL,
    read_position bigint DEFAULT 0 NOT NULL,
    change bigint DEFAULT 0 NOT NULL,
    left_at timestamp with time zone,
    CONSTRAINT participant_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'business'::text])))
);

CREATE VIEW chat.participant_card AS
 SELECT home,
    thread_id,
    kind,
    id,
    delivered_position,
    read_position,
    left_at
   FROM chat.participant;

CREATE TABLE chat.thread (
    home bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    last_position bigint DEFAULT 0 NOT NULL,
    last_change bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT thread_id_check CHECK ((id > 0)),
    CONSTRAINT thread_kind_check CHECK ((kind = ANY (ARRAY['direct'::text, 'business'::text])))
);

COMMENT ON COLUMN chat.thread.last_position IS 'orders messages';

COMMENT ON COLUMN chat.thread.last_change IS 'orders knowledge: each message, edit, unsend, receipt and membership change takes the next number';

CREATE VIEW chat.seen_thread AS
 SELECT me.kind AS viewer_kind,
    me.id AS viewer_id,
    me.thread_id,
    me.home,
    t.kind,
    t.last_position,
    t.last_change,
    me.delivered_position,
    me.read_position,
    me.left_at,
    o.kind AS other_kind,
    o.id AS other_id,
    o.delivered_position AS other_delivered_position,
    o.read_position AS other_read_position,
    f.name AS other_name,
    f.hue AS other_hue,
    f.handle AS other_handle,
    f.is_verified AS other_is_verified,
    m.folder,
    m.rank_at,
    m.sponsored_at,
    m.unread_count,
    m.version,
    m.removed_at,
    p."position" AS preview_position,
    p.body AS preview_body,
    p.sender_kind AS preview_sender_kind,
    p.sender_id AS preview_sender_id,
    p.sent_at AS preview_at
   FROM (((((chat.participant me
     JOIN chat.thread t ON (((t.home = me.home) AND (t.id = me.thread_id))))
     JOIN chat.participant o ON (((o.home = me.home) AND (o.thread_id = me.thread_id) AND ((o.kind <> me.kind) OR (o.id <> me.id)))))
     LEFT JOIN people.face_card f ON (((f.kind = o.kind) AND (f.id = o.id))))
     LEFT JOIN chat.mailbox m ON (((me.kind = 'person'::text) AND (m.person_id = me.id) AND (m.thread_id = me.thread_id))))
     LEFT JOIN LATERAL ( SELECT x.home,
            x.thread_id,
            x."position",
            x.sender_kind,
            x.sender_id,
            x.agent_id,
            x.client_id,
            x.payload_hash,
            x.body,
            x.change,
            x.sent_at,
            x.edited_at,
            x.unsent_at,
            x.origin_ref
           FROM chat.message x
          WHERE ((x.home = me.home) AND (x.thread_id = me.thread_id) AND (x.origin_ref IS NULL))
          ORDER BY x."position" DESC
         LIMIT 1) p ON (true));

CREATE VIEW chat.thread_card AS
 SELECT home,
    id AS thread_id,
    kind,
    last_position,
    last_change,
    created_at
   FROM chat.thread;

ALTER TABLE ONLY chat.direct_thread
    ADD CONSTRAINT direct_thread_pair PRIMARY KEY (pair_low, pair_high);

ALTER TABLE ONLY chat.mailbox_counter
    ADD CONSTRAINT mailbox_counter_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY chat.mailbox
    ADD CONSTRAINT mailbox_key PRIMARY KEY (person_id, thread_id);

ALTER TABLE ONLY chat.message
    ADD CONSTRAINT message_client_unique UNIQUE (home, sender_id, client_id, thread_id, sender_kind);

ALTER TABLE ONLY chat.message
    ADD CONSTRAINT message_key PRIMARY KEY (home, thread_id, "position");

ALTER TABLE ONLY chat.participant
    ADD CONSTRAINT participant_key PRIMARY KEY (home, thread_id, kind, id);

ALTER TABLE ONLY chat.thread
    ADD CONSTRAINT thread_key PRIMARY KEY (home, id);

CREATE INDEX mailbox_changes ON chat.mailbox USING btree (person_id, version);

CREATE INDEX mailbox_ranked ON chat.mailbox USING btree (person_id, folder, rank_at DESC) WHERE (removed_at IS NULL);

CREATE INDEX mailbox_sponsored ON chat.mailbox USING btree (person_id, sponsored_at DESC) WHERE (sponsored_at IS NOT NULL);

CREATE INDEX message_changes ON chat.message USING btree (home, thread_id, change);

CREATE INDEX participant_threads ON chat.participant USING btree (kind, id, thread_id) INCLUDE (home, left_at);

ALTER TABLE ONLY chat.message
    ADD CONSTRAINT message_home_thread_id_fkey FOREIGN KEY (home, thread_id) REFERENCES chat.thread(home, id);

ALTER TABLE ONLY chat.participant
    ADD CONSTRAINT participant_home_thread_id_fkey FOREIGN KEY (home, thread_id) REFERENCES chat.thread(home, id);
