-- name: read_append_facts :many
-- What is true of each draft's thread, in the order of the drafts; run after the locks, so its snapshot is fresh.
-- `+ 0` keeps Postgres from looking for a repeat by (home, thread): it multiplies the odds of both, though a thread lies in one home,
-- expects less than one message, and reads the whole thread. 32 drafts into threads of 534 messages took 5.5 ms, and take 0.6 ms.
SELECT t.last_position, t.last_change, me.left_at IS NOT NULL AS has_left,
       CASE WHEN d.kind = 'person' AND d.other_kind = 'business' THEN (SELECT language FROM people.person_card p WHERE p.person_id = d.id) END AS language,
       mine.folder, theirs.folder AS other_folder,
       CASE t.kind WHEN 'direct'
            THEN EXISTS (SELECT 1 FROM people.person_block_card b
                          WHERE (b.person_id = d.other_id AND b.blocked_id = d.id) OR (b.person_id = d.id AND b.blocked_id = d.other_id))
            ELSE EXISTS (SELECT 1 FROM people.contact_card c
                          WHERE c.person_id = d.home AND c.business_id = CASE d.kind WHEN 'person' THEN d.other_id ELSE d.id END
                            AND (c.blocked_at IS NOT NULL OR c.blocked_by_business_at IS NOT NULL)) END AS is_blocked,
       CASE WHEN theirs.folder = 'requests' THEN (SELECT birth_year FROM people.age_card a WHERE a.person_id = d.id) END AS birth_year,
       CASE WHEN theirs.folder = 'requests' THEN (SELECT birth_year FROM people.age_card a WHERE a.person_id = d.other_id) END AS other_birth_year,
       x.position AS known_position, x.change AS known_change, x.sent_at AS known_sent_at, x.payload_hash AS known_hash
  FROM ROWS FROM (json_to_recordset(:seats::json) AS (home bigint, thread_id bigint, kind text, id bigint, other_kind text, other_id bigint, client_id text))
       WITH ORDINALITY AS d (home, thread_id, kind, id, other_kind, other_id, client_id, n)
  JOIN chat.thread t ON t.home = d.home AND t.id = d.thread_id
  JOIN chat.participant me ON me.home = d.home AND me.thread_id = d.thread_id AND me.kind = d.kind AND me.id = d.id
  LEFT JOIN chat.mailbox mine ON d.kind = 'person' AND mine.person_id = d.id AND mine.thread_id = d.thread_id
  LEFT JOIN chat.mailbox theirs ON d.other_kind = 'person' AND theirs.person_id = d.other_id AND theirs.thread_id = d.thread_id
  LEFT JOIN chat.message x ON x.home = d.home AND x.thread_id + 0 = d.thread_id AND x.sender_kind = d.kind AND x.sender_id = d.id AND x.client_id = d.client_id
 ORDER BY d.n;

-- name: append_messages :none
-- Write messages and move their threads' counters, all of them locked and numbered by the caller. Rows come as JSON:
-- asyncpg looks at every element of every array, which was a third of what a message cost the server.
WITH moved AS (
    UPDATE chat.thread t SET last_position = k.last_position, last_change = k.last_change
      FROM json_to_recordset(:ends::json) AS k (home bigint, thread_id bigint, last_position bigint, last_change bigint)
     WHERE t.home = k.home AND t.id = k.thread_id)
INSERT INTO chat.message (home, thread_id, position, sender_kind, sender_id, agent_id, client_id, payload_hash, body, change, sent_at, origin_ref)
SELECT home, thread_id, position, sender_kind, sender_id, agent_id, client_id, payload_hash, body, change, sent_at, origin_ref
  FROM json_to_recordset(:messages::json)
       AS m (home bigint, thread_id bigint, position bigint, sender_kind text, sender_id bigint, agent_id bigint, client_id text,
             payload_hash bytea, body jsonb, change bigint, sent_at timestamptz, origin_ref bigint);

-- name: read_thread_ends :many
-- The last position and change of locked threads.
SELECT t.home, t.id AS thread_id, t.last_position, t.last_change FROM chat.thread t
  JOIN unnest(:homes::bigint[], :thread_ids::bigint[]) AS k (home, thread_id) ON t.home = k.home AND t.id = k.thread_id;

-- name: find_stored_message :maybe
-- A message, and how far the side across from the viewer read.
SELECT x.position, x.sender_kind, x.sender_id, x.agent_id, x.client_id, x.body, x.change, x.sent_at, x.edited_at,
       o.read_position AS other_read_position
  FROM chat.message x
  JOIN chat.participant o ON o.home = x.home AND o.thread_id = x.thread_id AND o.kind = :other_kind AND o.id = :other_id
 WHERE x.home = :home AND x.thread_id = :thread_id AND x.position = :position;

-- name: change_messages :none
-- Replace bodies in locked threads; the threads' last change follows.
WITH changed AS (
    UPDATE chat.message x
       SET body = k.body::jsonb, change = k.change, edited_at = k.edited_at, unsent_at = k.unsent_at
      FROM unnest(:homes::bigint[], :thread_ids::bigint[], :positions::bigint[], :bodies::text[], :changes::bigint[],
                  :edited_ats::timestamptz[], :unsent_ats::timestamptz[])
           AS k (home, thread_id, position, body, change, edited_at, unsent_at)
     WHERE x.home = k.home AND x.thread_id = k.thread_id AND x.position = k.position
    RETURNING x.home, x.thread_id, x.change)
UPDATE chat.thread t SET last_change = c.change
  FROM (SELECT home, thread_id, max(change) AS change FROM changed GROUP BY home, thread_id) c
 WHERE t.home = c.home AND t.id = c.thread_id;

-- name: list_sponsored_messages :many
-- Adverts to withdraw, of locked threads, with the threads' last change; those already gone are left out.
SELECT x.home, x.thread_id, x.position, x.sender_kind, x.sender_id, x.agent_id, x.client_id, x.body, x.change, x.sent_at, x.edited_at,
       t.last_change
  FROM unnest(:homes::bigint[], :thread_ids::bigint[], :positions::bigint[]) AS k (home, thread_id, position)
  JOIN chat.message x ON x.home = k.home AND x.thread_id = k.thread_id AND x.position = k.position
  JOIN chat.thread t ON t.home = x.home AND t.id = x.thread_id
 WHERE x.origin_ref IS NOT NULL AND x.unsent_at IS NULL
 ORDER BY x.home, x.thread_id, x.position;

-- name: list_messages_before :many
-- A page of a thread, newest first; without its adverts for the business.
SELECT position, sender_kind, sender_id, agent_id, client_id, body, change, sent_at, edited_at FROM chat.message
 WHERE home = :home AND thread_id = :thread_id AND (:before::bigint IS NULL OR position < :before)
   AND (:with_adverts::boolean OR origin_ref IS NULL)
 ORDER BY position DESC LIMIT :row_count;

-- name: list_messages_changed :many
-- What became of a thread's messages since a change, in the order of knowledge; without its adverts for the business.
SELECT position, sender_kind, sender_id, agent_id, client_id, body, change, sent_at, edited_at FROM chat.message
 WHERE home = :home AND thread_id = :thread_id AND change > :since AND (:with_adverts::boolean OR origin_ref IS NULL)
 ORDER BY change LIMIT :row_count;

-- name: find_business_name :value
-- How a business calls itself, for the confirmation of a stop word.
SELECT name FROM people.face_card WHERE kind = 'business' AND id = :business_id;

-- name: list_changes_of_threads :many
-- Messages of several threads, each since a change of its own: what another process committed.
SELECT k.home, k.thread_id, x.position, x.sender_kind, x.sender_id, x.agent_id, x.client_id, x.body, x.change, x.sent_at, x.edited_at
  FROM unnest(:homes::bigint[], :thread_ids::bigint[], :from_changes::bigint[], :to_changes::bigint[]) AS k (home, thread_id, from_change, to_change)
  JOIN chat.message x ON x.home = k.home AND x.thread_id = k.thread_id AND x.change > k.from_change AND x.change <= k.to_change
 ORDER BY x.home, x.thread_id, x.change;
