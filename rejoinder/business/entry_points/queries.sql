-- name: insert_entry_point :none
-- A door; the one of a handle is made when it is first used, by whoever comes first.
INSERT INTO business.entry_point (id, code, business_id, kind, label, ref, prefill, created_at)
VALUES (:id, :code, :business_id, :kind, :label, :ref, :prefill, :at)
ON CONFLICT (business_id) WHERE kind = 'handle' DO NOTHING;

-- name: find_handle_point :maybe EntryPoint
-- The door that a business's handle is.
SELECT id, code, business_id, kind, label, ref, prefill, is_active, created_at
  FROM business.entry_point WHERE business_id = :business_id AND kind = 'handle';

-- name: find_entry_point :maybe EntryPoint
-- A door by what is printed on it.
SELECT id, code, business_id, kind, label, ref, prefill, is_active, created_at FROM business.entry_point WHERE code = :code;

-- name: lock_entry_point :none
-- Decides nothing: one change at a time.
SELECT 1 FROM business.entry_point WHERE business_id = :business_id AND id = :id FOR UPDATE;

-- name: find_own_entry_point :maybe EntryPoint
-- A business's door by its id.
SELECT id, code, business_id, kind, label, ref, prefill, is_active, created_at
  FROM business.entry_point WHERE business_id = :business_id AND id = :id;

-- name: set_entry_point :none
-- What a door says; code and kind stay.
UPDATE business.entry_point SET label = :label, ref = :ref, prefill = :prefill, is_active = :is_active WHERE id = :id;

-- name: count_entry_points :value
-- For the limit.
SELECT count(*) FROM business.entry_point WHERE business_id = :business_id;

-- name: list_entry_points :many EntryPoint
-- A business's doors, newest first.
SELECT id, code, business_id, kind, label, ref, prefill, is_active, created_at FROM business.entry_point
 WHERE business_id = :business_id
   AND (:before_at::timestamptz IS NULL OR (created_at, id) < (:before_at, :before_id::bigint))
 ORDER BY created_at DESC, id DESC LIMIT :row_count;

-- name: list_owners_of_businesses :many
-- Whose businesses these are; a contact carries its owner.
SELECT business_id, owner_id FROM business.business_card WHERE business_id = ANY(:business_ids::bigint[]);
