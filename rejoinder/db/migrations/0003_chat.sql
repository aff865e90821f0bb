-- phase: before
-- Chat: threads of participants, their messages, mailboxes and receipts. Knows persons and businesses only as (kind, id).
CREATE SCHEMA chat;

-- home: the person of a business thread, the thread itself of a direct one. Every key of chat begins with it or leads to it.
CREATE TABLE chat.thread (
    home           bigint NOT NULL,
    id             bigint NOT NULL CHECK (id > 0),
    kind           text NOT NULL CHECK (kind IN ('direct', 'business')),
    last_position  bigint NOT NULL DEFAULT 0,
    last_change    bigint NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL,
    CONSTRAINT thread_key PRIMARY KEY (home, id)
);
COMMENT ON COLUMN chat.thread.last_position IS 'orders messages';
COMMENT ON COLUMN chat.thread.last_change IS 'orders knowledge: each message, edit, unsend, receipt and membership change takes the next number';

CREATE TABLE chat.participant (
    home                bigint NOT NULL,
    thread_id           bigint NOT NULL,
    kind                text NOT NULL CHECK (kind IN ('person', 'business')),
    id                  bigint NOT NULL,
    delivered_position  bigint NOT NULL DEFAULT 0,
    read_position       bigint NOT NULL DEFAULT 0,
    change              bigint NOT NULL DEFAULT 0,
    left_at             timestamptz,
    CONSTRAINT participant_key PRIMARY KEY (home, thread_id, kind, id),
    FOREIGN KEY (home, thread_id) REFERENCES chat.thread
);
CREATE INDEX participant_threads ON chat.participant (kind, id, thread_id) INCLUDE (home, left_at);

-- The one thread between two people, found whichever of them asks first.
CREATE TABLE chat.direct_thread (
    pair_low   bigint NOT NULL,
    pair_high  bigint NOT NULL,
    thread_id  bigint NOT NULL,
    CONSTRAINT direct_thread_pair PRIMARY KEY (pair_low, pair_high),
    CHECK (pair_low < pair_high)
);

CREATE TABLE chat.message (
    home          bigint NOT NULL,
    thread_id     bigint NOT NULL,
    position      bigint NOT NULL CHECK (position > 0),
    sender_kind   text NOT NULL CHECK (sender_kind IN ('person', 'business')),
    sender_id     bigint NOT NULL,
    agent_id      bigint,
    client_id     text NOT NULL CHECK (char_length(client_id) BETWEEN 1 AND 64),
    payload_hash  bytea NOT NULL CHECK (octet_length(payload_hash) = 16),
    body          jsonb NOT NULL,
    change        bigint NOT NULL,
    sent_at       timestamptz NOT NULL,
    edited_at     timestamptz,
    unsent_at     timestamptz,
    origin_ref    bigint,
    CONSTRAINT message_key PRIMARY KEY (home, thread_id, position),
    CONSTRAINT message_client_unique UNIQUE (home, sender_id, client_id, thread_id, sender_kind),
    FOREIGN KEY (home, thread_id) REFERENCES chat.thread
);
CREATE INDEX message_changes ON chat.message (home, thread_id, change);
COMMENT ON COLUMN chat.message.agent_id IS 'the person who typed for a business; null for its programs';
COMMENT ON COLUMN chat.message.origin_ref IS 'opaque reference of a sponsored message to what paid for it; null on service messages';

-- A person's list of threads. rank_at moves on service messages only; an advert never moves a thread up.
CREATE TABLE chat.mailbox (
    person_id      bigint NOT NULL,
    thread_id      bigint NOT NULL,
    home           bigint NOT NULL,
    folder         text NOT NULL CHECK (folder IN ('chats', 'requests', 'refused')),
    rank_at        timestamptz,
    sponsored_at   timestamptz,
    unread_count   integer NOT NULL DEFAULT 0 CHECK (unread_count >= 0),
    version        bigint NOT NULL,
    removed_at     timestamptz,
    CONSTRAINT mailbox_key PRIMARY KEY (person_id, thread_id)
);
CREATE INDEX mailbox_changes ON chat.mailbox (person_id, version);
CREATE INDEX mailbox_ranked ON chat.mailbox (person_id, folder, rank_at DESC) WHERE removed_at IS NULL;
CREATE INDEX mailbox_sponsored ON chat.mailbox (person_id, sponsored_at DESC) WHERE sponsored_at IS NOT NULL;
COMMENT ON COLUMN chat.mailbox.rank_at IS 'newest service message; null while the thread is empty and therefore not listed';
COMMENT ON COLUMN chat.mailbox.removed_at IS 'tombstone: devices that missed the hint learn of the removal';

CREATE TABLE chat.mailbox_counter (
    person_id  bigint PRIMARY KEY,
    version    bigint NOT NULL DEFAULT 0
);

-- Published to higher packages.
CREATE VIEW chat.thread_card AS SELECT home, id AS thread_id, kind, last_position, last_change, created_at FROM chat.thread;
CREATE VIEW chat.message_card AS
    SELECT home, thread_id, position, sender_kind, sender_id, agent_id, body, sent_at, edited_at, unsent_at, origin_ref FROM chat.message;
CREATE VIEW chat.participant_card AS
    SELECT home, thread_id, kind, id, delivered_position, read_position, left_at FROM chat.participant;
CREATE VIEW chat.mailbox_card AS SELECT person_id, thread_id, home, folder, rank_at, sponsored_at, unread_count FROM chat.mailbox WHERE removed_at IS NULL;

-- A thread as one of its participants sees it in a list. `preview_*` is the newest message that is no advert.
CREATE VIEW chat.seen_thread AS
    SELECT me.kind AS viewer_kind, me.id AS viewer_id, me.thread_id, me.home, t.kind, t.last_position, t.last_change,
           me.delivered_position, me.read_position, me.left_at,
           o.kind AS other_kind, o.id AS other_id, o.delivered_position AS other_delivered_position, o.read_position AS other_read_position,
           f.name AS other_name, f.hue AS other_hue, f.handle AS other_handle, f.is_verified AS other_is_verified,
           m.folder, m.rank_at, m.sponsored_at, m.unread_count, m.version, m.removed_at,
           p.position AS preview_position, p.body AS preview_body, p.sender_kind AS preview_sender_kind, p.sender_id AS preview_sender_id,
           p.sent_at AS preview_at
      FROM chat.participant me
      JOIN chat.thread t ON t.home = me.home AND t.id = me.thread_id
      JOIN chat.participant o ON o.home = me.home AND o.thread_id = me.thread_id AND (o.kind, o.id) <> (me.kind, me.id)
      LEFT JOIN people.face_card f ON f.kind = o.kind AND f.id = o.id
      LEFT JOIN chat.mailbox m ON me.kind = 'person' AND m.person_id = me.id AND m.thread_id = me.thread_id
      LEFT JOIN LATERAL (SELECT * FROM chat.message x
                          WHERE x.home = me.home AND x.thread_id = me.thread_id AND x.origin_ref IS NULL
                          ORDER BY x.position DESC LIMIT 1) p ON true;
