-- name: find_places :many
-- Where these seats' threads live and who is across. Nothing of it ever changes; membership is read under the lock.
SELECT me.kind, me.id, me.thread_id, me.home, o.kind AS other_kind, o.id AS other_id
  FROM unnest(:kinds::text[], :ids::bigint[], :thread_ids::bigint[]) AS seat (kind, id, thread_id)
  JOIN chat.participant me ON me.kind = seat.kind AND me.id = seat.id AND me.thread_id = seat.thread_id
  JOIN chat.participant o ON o.home = me.home AND o.thread_id = me.thread_id AND (o.kind, o.id) <> (me.kind, me.id);

-- name: lock_threads :many
-- Take threads in key order; decides nothing.
SELECT t.home, t.id AS thread_id FROM chat.thread t
  JOIN unnest(:homes::bigint[], :thread_ids::bigint[]) AS k (home, thread_id) ON t.home = k.home AND t.id = k.thread_id
 ORDER BY t.home, t.id FOR NO KEY UPDATE OF t;

-- name: lock_free_threads :many
-- The same, passing over those that somebody holds: a long chunk of deliveries never holds up chat.
SELECT t.home, t.id AS thread_id FROM chat.thread t
  JOIN unnest(:homes::bigint[], :thread_ids::bigint[]) AS k (home, thread_id) ON t.home = k.home AND t.id = k.thread_id
 ORDER BY t.home, t.id FOR NO KEY UPDATE OF t SKIP LOCKED;

-- name: move_mailboxes :many
-- Take mailbox counters in key order, move them, and apply what changed in the mailboxes, each with a version of its own;
-- `later` counts the moves of the same person after this one. Whoever holds a counter owns that person's mailboxes until
-- commit, and every row here lies in a thread that the caller holds: nothing that is joined can change under a wait. `numbered`
-- stands by itself because Postgres, expecting one mailbox, would compare every move with every counter: 500 moves took 30 ms, not 7.
WITH k AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:moves::json)
        AS k (person_id bigint, thread_id bigint, unread_added int, unread_left int, rank_at timestamptz, sponsored_at timestamptz,
              folder text, removed_at timestamptz, later bigint)),
held AS (
    SELECT c.person_id, n.added FROM chat.mailbox_counter c
      JOIN (SELECT person_id, count(*) AS added FROM k GROUP BY person_id) n ON c.person_id = n.person_id
     ORDER BY c.person_id FOR NO KEY UPDATE OF c),
counted AS (
    UPDATE chat.mailbox_counter c SET version = c.version + held.added FROM held WHERE c.person_id = held.person_id
    RETURNING c.person_id, c.version),
numbered AS MATERIALIZED (SELECT k.*, counted.version - k.later AS version FROM k JOIN counted ON counted.person_id = k.person_id)
UPDATE chat.mailbox m
   SET version = n.version,
       unread_count = greatest(0, coalesce(n.unread_left, m.unread_count + n.unread_added)),
       rank_at = greatest(m.rank_at, n.rank_at),
       sponsored_at = greatest(m.sponsored_at, n.sponsored_at),
       folder = coalesce(n.folder, m.folder),
       removed_at = CASE WHEN n.folder IS NULL THEN m.removed_at ELSE n.removed_at END
  FROM numbered n
 WHERE m.person_id = n.person_id AND m.thread_id = n.thread_id
RETURNING m.person_id, m.thread_id, m.version;

-- name: insert_threads :none
-- New threads; those that are there stay as they are.
INSERT INTO chat.thread (home, id, kind, created_at)
SELECT home, thread_id, :kind, :at FROM unnest(:homes::bigint[], :thread_ids::bigint[]) AS k (home, thread_id)
 ORDER BY home, thread_id ON CONFLICT DO NOTHING;

-- name: insert_participants :none
-- Who is in new threads.
INSERT INTO chat.participant (home, thread_id, kind, id)
SELECT home, thread_id, kind, id
  FROM unnest(:homes::bigint[], :thread_ids::bigint[], :kinds::text[], :ids::bigint[]) AS k (home, thread_id, kind, id)
 ORDER BY home, thread_id, kind, id ON CONFLICT DO NOTHING;

-- name: insert_mailbox_counters :none
-- A person's counter begins with their first thread.
INSERT INTO chat.mailbox_counter (person_id)
SELECT person_id FROM unnest(:person_ids::bigint[]) AS k (person_id) ORDER BY person_id ON CONFLICT DO NOTHING;

-- name: insert_mailboxes :many
-- Mailbox rows of new threads, unranked; returns those that were not there.
INSERT INTO chat.mailbox (person_id, thread_id, home, folder, version)
SELECT person_id, thread_id, home, folder, 0
  FROM unnest(:person_ids::bigint[], :thread_ids::bigint[], :homes::bigint[], :folders::text[]) AS k (person_id, thread_id, home, folder)
 ORDER BY person_id, thread_id ON CONFLICT DO NOTHING
RETURNING person_id, thread_id;

-- name: insert_direct_thread :value
-- Claim a pair; waits for whoever claims it at the same time. Null when the pair has its thread already.
INSERT INTO chat.direct_thread (pair_low, pair_high, thread_id) VALUES (:pair_low, :pair_high, :thread_id)
ON CONFLICT DO NOTHING RETURNING thread_id;

-- name: find_direct_thread :value
-- The thread of a pair.
SELECT thread_id FROM chat.direct_thread WHERE pair_low = :pair_low AND pair_high = :pair_high;

-- name: read_first_contact :one FirstContact
-- Whether the other person exists, either blocked the other, and how old both are.
SELECT EXISTS (SELECT 1 FROM people.face_card WHERE kind = 'person' AND id = :other_id) AS other_exists,
       EXISTS (SELECT 1 FROM people.person_block_card
                WHERE (person_id, blocked_id) IN ((:other_id::bigint, :person_id::bigint), (:person_id::bigint, :other_id::bigint))) AS is_blocked,
       (SELECT birth_year FROM people.age_card WHERE person_id = :person_id) AS birth_year,
       (SELECT birth_year FROM people.age_card WHERE person_id = :other_id) AS other_birth_year;

-- name: find_folder :value
-- Where a thread lies in a person's mailbox.
SELECT folder FROM chat.mailbox WHERE person_id = :person_id AND thread_id = :thread_id;

-- name: find_mailbox_version :value
-- How far a person's mailbox is; null before the first thread.
SELECT version FROM chat.mailbox_counter WHERE person_id = :person_id;

-- name: list_mailbox_versions :many
-- How far these people's mailboxes are.
SELECT person_id, version FROM chat.mailbox_counter WHERE person_id = ANY(:person_ids::bigint[]);

-- name: find_seen_thread :maybe SeenThread
-- One thread as a participant sees it; refused and left ones too, for the caller to judge.
SELECT thread_id, home, kind, last_position, last_change, delivered_position, read_position,
       other_kind, other_id, other_delivered_position, other_read_position, other_name, other_hue, other_handle, other_is_verified,
       folder, rank_at, sponsored_at, unread_count, version, removed_at,
       preview_position, preview_body, preview_sender_kind, preview_sender_id, preview_at
  FROM chat.seen_thread WHERE viewer_kind = :kind AND viewer_id = :id AND thread_id = :thread_id AND left_at IS NULL;

-- name: list_seen_threads_changed :many SeenThread
-- Threads whose mailbox row is newer than a version, oldest change first; tombstones included.
SELECT thread_id, home, kind, last_position, last_change, delivered_position, read_position,
       other_kind, other_id, other_delivered_position, other_read_position, other_name, other_hue, other_handle, other_is_verified,
       folder, rank_at, sponsored_at, unread_count, version, removed_at,
       preview_position, preview_body, preview_sender_kind, preview_sender_id, preview_at
  FROM chat.seen_thread WHERE viewer_kind = 'person' AND viewer_id = :person_id AND version > :since
 ORDER BY version LIMIT :row_count;

-- name: list_seen_threads_ranked :many SeenThread
-- A folder from its newest service message down; empty threads are not listed.
SELECT thread_id, home, kind, last_position, last_change, delivered_position, read_position,
       other_kind, other_id, other_delivered_position, other_read_position, other_name, other_hue, other_handle, other_is_verified,
       folder, rank_at, sponsored_at, unread_count, version, removed_at,
       preview_position, preview_body, preview_sender_kind, preview_sender_id, preview_at
  FROM chat.seen_thread
 WHERE viewer_kind = 'person' AND viewer_id = :person_id AND folder = ANY(:folders::text[]) AND removed_at IS NULL AND rank_at IS NOT NULL
   AND (:before_at::timestamptz IS NULL OR (rank_at, thread_id) < (:before_at, :before_id::bigint))
 ORDER BY rank_at DESC, thread_id DESC LIMIT :row_count;
