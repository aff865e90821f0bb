-- name: append_events :none
-- Append a batch of facts to the outbox in the order given.
INSERT INTO db.outbox (topic, payload, at)
SELECT topic, payload::jsonb, :at
  FROM unnest(:topics::text[], :payloads::text[]) WITH ORDINALITY AS fact (topic, payload, n)
 ORDER BY n;

-- name: lock_outbox_cursor :maybe Cursor
-- Where a consumer stands; locked so that one worker at a time moves it.
SELECT xid::text AS xid, id FROM db.outbox_cursor WHERE consumer = :consumer FOR UPDATE SKIP LOCKED;

-- name: insert_outbox_cursor :none
-- A consumer that is new here starts at the beginning.
INSERT INTO db.outbox_cursor (consumer, xid, id) VALUES (:consumer, '0', 0) ON CONFLICT (consumer) DO NOTHING;

-- name: list_outbox_after :many OutboxRow
-- Rows after a cursor and below every open transaction: by id alone one in five was missed under load.
SELECT xid::text AS xid, id, topic, payload, at FROM db.outbox
 WHERE (xid, id) > (:xid::text::xid8, :id::bigint) AND xid < pg_snapshot_xmin(pg_current_snapshot())
   AND topic = ANY(:topics::text[])
 ORDER BY xid, id LIMIT :row_count;

-- name: find_outbox_end :maybe Cursor
-- The newest row below every open transaction, whatever its topic.
SELECT xid::text AS xid, id FROM db.outbox WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid DESC, id DESC LIMIT 1;

-- name: move_outbox_cursor :none
-- In the transaction of the effect: both or neither.
UPDATE db.outbox_cursor SET xid = :xid::text::xid8, id = :id WHERE consumer = :consumer;

-- name: park_event :none
-- Keep an event that a consumer could not digest.
INSERT INTO db.outbox_parked (consumer, xid, id, topic, payload, problem, parked_at)
VALUES (:consumer, :xid::text::xid8, :id, :topic, :payload, :problem, :at) ON CONFLICT DO NOTHING;

-- name: outbox_lag :many Lag
-- How many rows each consumer has still to read, and how many it parked.
SELECT c.consumer, (SELECT count(*) FROM db.outbox o WHERE (o.xid, o.id) > (c.xid, c.id)) AS waiting_count,
       (SELECT count(*) FROM db.outbox_parked p WHERE p.consumer = c.consumer) AS parked_count
  FROM db.outbox_cursor c ORDER BY c.consumer;

-- name: trim_outbox :none
-- Forget facts that every consumer has read and that are older than a week.
DELETE FROM db.outbox o WHERE o.at < :before
   AND NOT EXISTS (SELECT 1 FROM db.outbox_cursor c WHERE (c.xid, c.id) < (o.xid, o.id));

-- name: find_installation :maybe Installation
-- Which installation this database is.
SELECT epoch, is_test, name, secret, created_at FROM db.installation;

-- name: insert_installation :none
-- Once, at creation.
INSERT INTO db.installation (epoch, is_test, name, secret, created_at) VALUES (:epoch, :is_test, :name, :secret, :at)
ON CONFLICT (is_only) DO NOTHING;

-- name: replace_zone_offsets :none
-- Refresh the reference table from zoneinfo.
INSERT INTO db.zone_offset (zone, from_at, offset_minutes)
SELECT * FROM unnest(:zones::text[], :from_ats::timestamptz[], :offsets_minutes::int[])
ON CONFLICT (zone, from_at) DO UPDATE SET offset_minutes = excluded.offset_minutes;

-- name: list_unsafe_settings :many
-- Settings under which an acknowledged commit may be lost.
SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name;

-- name: list_migration_names :many
-- What has been applied here.
SELECT name FROM db.migration ORDER BY name;
