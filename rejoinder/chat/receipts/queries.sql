-- name: read_reaches :many
-- How far each participant got before, in the order of the marks; run after the locks. Adverts and what is unsent are never unread,
-- and no mark rests on an advert: it would tell the business who got it, and who looked.
SELECT coalesce(n.position, 0) AS last_position, t.last_change, me.delivered_position, me.read_position, me.left_at IS NOT NULL AS has_left,
       m.folder, m.unread_count AS mailbox_unread,
       CASE WHEN m.unread_count > 0 AND k.read > 0 THEN
            (SELECT count(*) FROM chat.message x
              WHERE x.home = k.home AND x.thread_id = k.thread_id AND x.position > greatest(me.read_position, k.read)
                AND (x.sender_kind, x.sender_id) <> (k.kind, k.id) AND x.origin_ref IS NULL AND x.unsent_at IS NULL)
            ELSE coalesce(m.unread_count, 0) END AS unread_left
  FROM unnest(:homes::bigint[], :thread_ids::bigint[], :kinds::text[], :ids::bigint[], :delivered::bigint[], :reads::bigint[])
       WITH ORDINALITY AS k (home, thread_id, kind, id, delivered, read, n)
  JOIN chat.thread t ON t.home = k.home AND t.id = k.thread_id
  JOIN chat.participant me ON me.home = k.home AND me.thread_id = k.thread_id AND me.kind = k.kind AND me.id = k.id
  LEFT JOIN chat.mailbox m ON k.kind = 'person' AND m.person_id = k.id AND m.thread_id = k.thread_id
  LEFT JOIN LATERAL (SELECT x.position FROM chat.message x
                      WHERE x.home = k.home AND x.thread_id = k.thread_id AND x.position <= greatest(k.delivered, k.read) AND x.origin_ref IS NULL
                      ORDER BY x.position DESC LIMIT 1) n ON true
 ORDER BY k.n;

-- name: move_marks :none
-- Write marks of participants in locked threads; each thread's last change follows.
WITH moved AS (
    UPDATE chat.participant p SET delivered_position = k.delivered, read_position = k.read, change = k.change
      FROM unnest(:homes::bigint[], :thread_ids::bigint[], :kinds::text[], :ids::bigint[], :delivered::bigint[], :reads::bigint[], :changes::bigint[])
           AS k (home, thread_id, kind, id, delivered, read, change)
     WHERE p.home = k.home AND p.thread_id = k.thread_id AND p.kind = k.kind AND p.id = k.id
    RETURNING p.home, p.thread_id, p.change)
UPDATE chat.thread t SET last_change = m.change
  FROM (SELECT home, thread_id, max(change) AS change FROM moved GROUP BY home, thread_id) m
 WHERE t.home = m.home AND t.id = m.thread_id;

-- name: list_marks_of_threads :many
-- The marks of several threads, of participants who moved within a span of changes: what another process committed.
SELECT p.home, p.thread_id, p.kind, p.id, p.delivered_position, p.read_position
  FROM unnest(:homes::bigint[], :thread_ids::bigint[], :from_changes::bigint[], :to_changes::bigint[]) AS k (home, thread_id, from_change, to_change)
  JOIN chat.participant p ON p.home = k.home AND p.thread_id = k.thread_id AND p.change > k.from_change AND p.change <= k.to_change;
