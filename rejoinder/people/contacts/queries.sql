-- name: insert_contacts :none
-- Make the contacts that are missing, in key order so that two batches never wait for each other in a circle.
INSERT INTO people.contact (person_id, business_id, id, owner_id, thread_id, opened_entry_point_id, opened_prefill_hash)
SELECT person_id, business_id, id, owner_id, thread_id, entry_point_id, decode(rpad(prefill_hash, 64, '0'), 'hex')
  FROM unnest(:person_ids::bigint[], :business_ids::bigint[], :ids::bigint[], :owner_ids::bigint[], :thread_ids::bigint[],
              :entry_point_ids::bigint[], :prefill_hashes::text[])
       AS opening (person_id, business_id, id, owner_id, thread_id, entry_point_id, prefill_hash)
 ORDER BY person_id, business_id
ON CONFLICT (person_id, business_id) DO NOTHING;

-- name: set_contact_doors :none
-- Which entry point a contact was opened through last, and the last four prefilled texts, newest first; the rows are locked by then.
UPDATE people.contact c SET opened_entry_point_id = door.entry_point_id,
       opened_prefill_hash = CASE
           WHEN door.prefill_hash IS NULL OR position(decode(door.prefill_hash, 'hex') IN c.opened_prefill_hash) > 0 THEN c.opened_prefill_hash
           ELSE substring(decode(door.prefill_hash, 'hex') || coalesce(c.opened_prefill_hash, decode(repeat('0', 48), 'hex')) FROM 1 FOR 32)
       END
  FROM unnest(:person_ids::bigint[], :business_ids::bigint[], :entry_point_ids::bigint[], :prefill_hashes::text[])
       AS door (person_id, business_id, entry_point_id, prefill_hash)
 WHERE c.person_id = door.person_id AND c.business_id = door.business_id
   AND (c.opened_entry_point_id IS DISTINCT FROM door.entry_point_id
        OR position(decode(door.prefill_hash, 'hex') IN coalesce(c.opened_prefill_hash, '')) = 0);

-- name: list_contacts_of_keys :many Contact
-- The contacts of these keys that there are.
SELECT c.person_id, c.business_id, c.id, c.owner_id, c.thread_id
  FROM unnest(:person_ids::bigint[], :business_ids::bigint[]) AS key (person_id, business_id)
  JOIN people.contact c ON c.person_id = key.person_id AND c.business_id = key.business_id;

-- name: lock_contacts :none
-- Wait for these rows in key order; decides nothing, so that a later statement sees what the wait was for.
SELECT FROM people.contact
 WHERE (person_id, business_id) IN (SELECT * FROM unnest(:person_ids::bigint[], :business_ids::bigint[]))
 ORDER BY person_id, business_id FOR UPDATE;

-- name: lock_free_contacts :many
-- The same, passing over rows that somebody holds: a chunk of deliveries never holds up chat.
SELECT person_id, business_id FROM people.contact
 WHERE (person_id, business_id) IN (SELECT * FROM unnest(:person_ids::bigint[], :business_ids::bigint[]))
 ORDER BY person_id, business_id FOR UPDATE SKIP LOCKED;

-- name: list_standings :many Standing
-- What decides whether either side may send.
SELECT c.person_id, c.business_id, c.id AS contact_id, c.owner_id, c.thread_id, c.version, c.opened_entry_point_id, c.opened_prefill_hash,
       c.first_wrote_at, c.last_heard_at, c.reply_window_ends_at, c.unanswered_count, c.unread_reply_count, c.ads_stopped_at, c.muted_until,
       c.blocked_at, c.blocked_by_business_at,
       EXISTS (SELECT 1 FROM people.team_member t WHERE t.person_id = c.person_id AND t.business_id = c.business_id) AS is_on_team
  FROM unnest(:person_ids::bigint[], :business_ids::bigint[]) AS key (person_id, business_id)
  JOIN people.contact c ON c.person_id = key.person_id AND c.business_id = key.business_id;

-- name: apply_folds :none
-- What a batch of messages does to its contacts, once per row. The first message that counts is never replaced.
UPDATE people.contact c SET
       last_service_at = greatest(c.last_service_at, f.service_at),
       last_heard_at = greatest(c.last_heard_at, f.heard_at),
       reply_window_ends_at = greatest(c.reply_window_ends_at, f.window_ends_at),
       waiting_since = coalesce(CASE WHEN NOT f.is_answered THEN c.waiting_since END, f.waiting_since),
       unanswered_count = CASE WHEN f.is_heard THEN 0 ELSE c.unanswered_count END + f.unanswered_count,
       unread_reply_count = c.unread_reply_count + f.unread_count,
       ads_unanswered_count = CASE WHEN f.last_at IS NULL THEN c.ads_unanswered_count ELSE 0 END,
       first_wrote_at = coalesce(c.first_wrote_at, f.first_at),
       first_wrote_kind = CASE WHEN c.first_wrote_at IS NULL THEN f.first_kind ELSE c.first_wrote_kind END,
       first_wrote_position = CASE WHEN c.first_wrote_at IS NULL THEN f.first_position ELSE c.first_wrote_position END,
       first_wrote_entry_point_id = CASE WHEN c.first_wrote_at IS NULL THEN f.first_door ELSE c.first_wrote_entry_point_id END,
       last_wrote_at = coalesce(f.last_at, c.last_wrote_at),
       last_wrote_kind = CASE WHEN f.last_at IS NULL THEN c.last_wrote_kind ELSE f.last_kind END,
       last_wrote_position = CASE WHEN f.last_at IS NULL THEN c.last_wrote_position ELSE f.last_position END,
       last_wrote_entry_point_id = CASE WHEN f.last_at IS NULL THEN c.last_wrote_entry_point_id ELSE f.last_door END,
       version = c.version + 1
  FROM unnest(:person_ids::bigint[], :business_ids::bigint[], :service_ats::timestamptz[], :heard_ats::timestamptz[],
              :window_ends_ats::timestamptz[], :are_answered::boolean[], :waiting_sinces::timestamptz[], :are_heard::boolean[],
              :unanswered_counts::int[], :unread_counts::int[],
              :first_ats::timestamptz[], :first_kinds::text[], :first_positions::bigint[], :first_doors::bigint[],
              :last_ats::timestamptz[], :last_kinds::text[], :last_positions::bigint[], :last_doors::bigint[])
       AS f (person_id, business_id, service_at, heard_at, window_ends_at, is_answered, waiting_since, is_heard, unanswered_count, unread_count,
             first_at, first_kind, first_position, first_door, last_at, last_kind, last_position, last_door)
 WHERE c.person_id = f.person_id AND c.business_id = f.business_id;

-- name: clear_unread_replies :none
-- The person has read what the business wrote. Rows are taken in key order, because nobody locked them before.
WITH locked AS (
    SELECT person_id, business_id FROM people.contact
     WHERE (person_id, business_id) IN (SELECT * FROM unnest(:person_ids::bigint[], :business_ids::bigint[])) AND unread_reply_count > 0
     ORDER BY person_id, business_id FOR UPDATE)
UPDATE people.contact c SET unread_reply_count = 0, version = c.version + 1
  FROM locked WHERE c.person_id = locked.person_id AND c.business_id = locked.business_id;

-- name: lower_unread_replies :none
-- One unread answer less, in a contact that the caller holds.
UPDATE people.contact SET unread_reply_count = unread_reply_count - 1, version = version + 1
 WHERE person_id = :person_id AND business_id = :business_id AND unread_reply_count > 0;
