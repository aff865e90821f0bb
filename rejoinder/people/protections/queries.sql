-- name: lock_attention :none
-- Wait for these people's rows in key order; decides nothing, so that a later statement sees what the wait was for.
SELECT FROM people.attention WHERE person_id = ANY(:person_ids::bigint[]) ORDER BY person_id FOR UPDATE;

-- name: list_facts :many Facts
-- Everything a decision looks at, one row per key in the order of the keys; people and contacts that are missing come out empty.
SELECT key.person_id, key.business_id, coalesce(a.version, 0) AS attention_version, coalesce(a.region, 'ZZ') AS region, z.offset_minutes,
       a.birth_year, a.claimed_at, a.verified_at, a.ads_off_at, a.cap_day, a.cap_week, a.quiet_from_minute, a.quiet_until_minute,
       a.local_day, a.local_day_started_at, coalesce(a.day_count, 0) AS day_count, a.iso_week, coalesce(a.week_count, 0) AS week_count,
       a.counted_offset, a.last_delivered_at, t.person_id IS NOT NULL AS is_on_team, c.version AS contact_version, c.owner_id, c.thread_id,
       c.first_wrote_at, c.first_wrote_kind, c.first_wrote_position, c.last_wrote_at, c.last_wrote_kind, c.last_wrote_entry_point_id,
       c.last_heard_at, c.last_service_at, c.waiting_since, coalesce(c.unread_reply_count, 0) AS unread_reply_count,
       o.last_delivered_at AS owner_last_delivered_at, coalesce(o.ads_unanswered_count, 0) AS owner_ads_unanswered_count,
       c.permission_basis, c.permission_withdrawn_at, c.ads_stopped_at, c.ads_paused_until, c.muted_until, c.less_at,
       c.blocked_at, c.blocked_by_business_at, c.reported_at
  FROM unnest(:person_ids::bigint[], :business_ids::bigint[]) WITH ORDINALITY AS key (person_id, business_id, n)
  LEFT JOIN people.attention a ON a.person_id = key.person_id
  LEFT JOIN people.contact c ON c.person_id = key.person_id AND c.business_id = key.business_id
  LEFT JOIN people.team_member t ON t.person_id = key.person_id AND t.business_id = key.business_id
  LEFT JOIN LATERAL (
       SELECT max(s.last_delivered_at) AS last_delivered_at, sum(s.ads_unanswered_count)::int AS ads_unanswered_count
         FROM people.contact s WHERE s.person_id = c.person_id AND s.owner_id = c.owner_id) o ON true
  LEFT JOIN LATERAL (
       SELECT offset_minutes FROM db.zone_offset WHERE zone = a.zone AND from_at <= :at ORDER BY from_at DESC LIMIT 1) z ON true
 ORDER BY key.n;

-- name: count_deliveries_of_people :none
-- One more advert for each person; a new day or week begins where the decision said so.
UPDATE people.attention a SET
       local_day = d.local_day,
       local_day_started_at = CASE WHEN a.local_day = d.local_day THEN a.local_day_started_at ELSE d.at END,
       day_count = CASE WHEN a.local_day = d.local_day THEN a.day_count + 1 ELSE 1 END,
       iso_week = d.iso_week,
       week_count = CASE WHEN a.iso_week = d.iso_week THEN a.week_count + 1 ELSE 1 END,
       counted_offset = d.offset_minutes,
       last_delivered_at = d.at
  FROM unnest(:person_ids::bigint[], :local_days::date[], :iso_weeks::date[], :offsets_minutes::int[], :ats::timestamptz[])
       AS d (person_id, local_day, iso_week, offset_minutes, at)
 WHERE a.person_id = d.person_id;

-- name: count_deliveries_of_contacts :none
-- One more unanswered advert for each contact.
UPDATE people.contact c SET last_delivered_at = d.at, delivered_count = c.delivered_count + 1, ads_unanswered_count = c.ads_unanswered_count + 1
  FROM unnest(:person_ids::bigint[], :business_ids::bigint[], :ats::timestamptz[]) AS d (person_id, business_id, at)
 WHERE c.person_id = d.person_id AND c.business_id = d.business_id;

-- name: find_contact_protections :maybe
-- What protects a person from one business, with the version it has; the row is locked by then.
SELECT version, ads_stopped_at, ads_paused_until, muted_until, less_at, blocked_at, blocked_by_business_at, reported_at, permission_basis,
       permission_evidence, permission_wording, permission_channel, permission_at, permission_withdrawn_at
  FROM people.contact WHERE person_id = :person_id AND business_id = :business_id;

-- name: save_contact_protections :none
-- Put them back changed, as the next version.
UPDATE people.contact SET ads_stopped_at = :ads_stopped_at, ads_paused_until = :ads_paused_until, muted_until = :muted_until, less_at = :less_at,
       blocked_at = :blocked_at, blocked_by_business_at = :blocked_by_business_at, reported_at = :reported_at,
       permission_basis = :permission_basis, permission_evidence = :permission_evidence, permission_wording = :permission_wording,
       permission_channel = :permission_channel, permission_at = :permission_at, permission_withdrawn_at = :permission_withdrawn_at,
       version = :version
 WHERE person_id = :person_id AND business_id = :business_id;

-- name: find_attention_protections :maybe
-- What protects a person from everybody, with the version it has; the row is locked by then.
SELECT version, region, zone, birth_year, claimed_at, verified_at, ads_off_at, cap_day, cap_week, quiet_from_minute, quiet_until_minute,
       ARRAY(SELECT t.business_id FROM people.team_member t WHERE t.person_id = a.person_id ORDER BY t.business_id) AS team_business_ids
  FROM people.attention a WHERE person_id = :person_id;

-- name: save_attention_protections :none
-- Put them back changed, as the next version.
UPDATE people.attention SET region = :region, zone = :zone, birth_year = :birth_year, claimed_at = :claimed_at, verified_at = :verified_at,
       ads_off_at = :ads_off_at, cap_day = :cap_day, cap_week = :cap_week, quiet_from_minute = :quiet_from_minute,
       quiet_until_minute = :quiet_until_minute, version = :version
 WHERE person_id = :person_id;

-- name: insert_team_mark :none
-- A person acts for a business from now on.
INSERT INTO people.team_member (person_id, business_id) VALUES (:person_id, :business_id) ON CONFLICT DO NOTHING;

-- name: delete_team_mark :none
-- A person acts for a business no longer.
DELETE FROM people.team_member WHERE person_id = :person_id AND business_id = :business_id;

-- name: insert_protection_event :none
-- The change, in the transaction of the change.
INSERT INTO people.protection_event (person_id, id, business_id, kind, old, new, contact_version, attention_version, actor, at)
VALUES (:person_id, :id, :business_id, :kind, :old, :new, :contact_version, :attention_version, :actor, :at);

-- name: list_protection_events :many ProtectionEvent
-- The history of what protects a person: from one business, or from everybody where that is null.
SELECT person_id, id, business_id, kind, old, new, contact_version, attention_version, actor, at FROM people.protection_event
 WHERE person_id = :person_id AND business_id IS NOT DISTINCT FROM :business_id::bigint
 ORDER BY coalesce(contact_version, attention_version);

-- name: insert_person_block :none
-- One person blocks another.
INSERT INTO people.person_block (person_id, blocked_id, at) SELECT :person_id, id, :at FROM people.person WHERE id = :blocked_id
ON CONFLICT (person_id, blocked_id) DO NOTHING;

-- name: delete_person_block :none
-- And lets them write again.
DELETE FROM people.person_block WHERE person_id = :person_id AND blocked_id = :blocked_id;

-- name: is_person :value
-- Whether there is such a person.
SELECT EXISTS (SELECT 1 FROM people.person WHERE id = :person_id);

-- name: list_person_blocks :many
-- Which of these pairs are a block of the second by the first.
SELECT b.person_id, b.blocked_id FROM unnest(:person_ids::bigint[], :blocked_ids::bigint[]) AS pair (person_id, blocked_id)
  JOIN people.person_block b ON b.person_id = pair.person_id AND b.blocked_id = pair.blocked_id;

-- name: list_birth_years :many
-- Birth years of people who gave one.
SELECT person_id, birth_year FROM people.attention WHERE person_id = ANY(:person_ids::bigint[]) AND birth_year IS NOT NULL;

-- name: list_contact_cards :many ContactCard
-- Who may message a person and why, newest first, after a cursor or from the start.
SELECT * FROM (
    SELECT c.business_id, c.id AS contact_id, c.thread_id, f.name, f.hue, f.handle, f.is_verified,
           coalesce(greatest(c.last_service_at, c.last_delivered_at), to_timestamp(0)) AS newest_at, c.reply_window_ends_at, c.first_wrote_at, c.first_wrote_kind,
           c.last_wrote_at, c.last_delivered_at, c.delivered_count, c.ads_stopped_at, c.ads_paused_until, c.muted_until, c.less_at, c.blocked_at
      FROM people.contact c LEFT JOIN people.face_card f ON f.kind = 'business' AND f.id = c.business_id
     WHERE c.person_id = :person_id AND (:business_id::bigint IS NULL OR c.business_id = :business_id)) card
 WHERE :before_at::timestamptz IS NULL OR (newest_at, contact_id) < (:before_at, :before_id::bigint)
 ORDER BY newest_at DESC, contact_id DESC LIMIT :row_count;
