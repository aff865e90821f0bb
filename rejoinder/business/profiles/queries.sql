-- name: insert_owner :none
-- An owner waits for the operator.
INSERT INTO business.owner (id, name, address, country, contact_email, register_number, state, registered_by, created_at)
VALUES (:id, :name, :address, :country, :contact_email, :register_number, 'waiting', :person_id, :at);

-- name: lock_person_owners :none
-- One registration of a person at a time, so that the limit counts right.
SELECT pg_advisory_xact_lock(hashtextextended('owners of ' || :person_id::bigint, 0));

-- name: lock_owner :none
-- Decides nothing: whoever comes second waits.
SELECT 1 FROM business.owner WHERE id = :owner_id FOR UPDATE;

-- name: find_owner :maybe Owner
-- One owner.
SELECT id, name, address, country, contact_email, register_number, state, decision_reason, decided_at, tier, quality, registered_by, created_at
  FROM business.owner WHERE id = :owner_id;

-- name: list_owners_of_person :many Owner
-- What a person registered; bounded by OWNERS_PER_PERSON_MAX.
SELECT id, name, address, country, contact_email, register_number, state, decision_reason, decided_at, tier, quality, registered_by, created_at
  FROM business.owner WHERE registered_by = :person_id ORDER BY created_at, id;

-- name: list_owners_in_state :many Owner
-- The operator's queue, oldest first.
SELECT id, name, address, country, contact_email, register_number, state, decision_reason, decided_at, tier, quality, registered_by, created_at
  FROM business.owner WHERE state = :state AND (created_at, id) > (:after_at::timestamptz, :after_id::bigint)
 ORDER BY created_at, id LIMIT :row_count;

-- name: set_owner_details :none
-- New details: the operator looks again.
UPDATE business.owner SET name = :name, address = :address, country = :country, contact_email = :contact_email,
       register_number = :register_number, state = 'waiting', decision_reason = NULL, decided_by = NULL, decided_at = NULL
 WHERE id = :owner_id;

-- name: set_owner_decision :none
-- The operator's word.
UPDATE business.owner SET state = :state, decision_reason = :reason, decided_by = :operator_id, decided_at = :at WHERE id = :owner_id;

-- name: count_businesses_of_owner :value
-- For the limit.
SELECT count(*) FROM business.business WHERE owner_id = :owner_id;

-- name: insert_business :none
-- A business with its first profile.
INSERT INTO business.business (id, owner_id, name, about, hue, greeting, get_started, quick_replies, created_at)
VALUES (:id, :owner_id, :name, :about, :hue, :greeting, :get_started, :quick_replies, :at);

-- name: lock_business :none
-- Decides nothing: one change of profile or team at a time.
SELECT 1 FROM business.business WHERE id = :business_id FOR UPDATE;

-- name: find_profile :maybe Profile
-- A business with what its owner is.
SELECT b.id, b.owner_id, b.name, b.about, b.hue, b.greeting, b.get_started, b.quick_replies, b.version, c.handle,
       c.owner_name, c.country AS owner_country, c.owner_state
  FROM business.business b JOIN business.business_card c ON c.business_id = b.id
 WHERE b.id = :business_id;

-- name: list_profiles_of_owner :many Profile
-- An owner's businesses; bounded by BUSINESSES_PER_OWNER_MAX.
SELECT b.id, b.owner_id, b.name, b.about, b.hue, b.greeting, b.get_started, b.quick_replies, b.version, c.handle,
       c.owner_name, c.country AS owner_country, c.owner_state
  FROM business.business b JOIN business.business_card c ON c.business_id = b.id
 WHERE b.owner_id = :owner_id ORDER BY b.id;

-- name: set_profile_of_business :none
-- The whole profile, with the next version.
UPDATE business.business SET name = :name, about = :about, hue = :hue, greeting = :greeting, get_started = :get_started,
       quick_replies = :quick_replies, version = version + 1
 WHERE id = :business_id;

-- name: insert_team_member :none
-- Somebody takes a role; taking it twice changes nothing.
INSERT INTO business.team_member (business_id, person_id, role, joined_at) VALUES (:business_id, :person_id, :role, :at)
ON CONFLICT (business_id, person_id, role) DO NOTHING;

-- name: delete_team_member :none
-- Somebody lays a role down (null: all of them).
DELETE FROM business.team_member
 WHERE business_id = :business_id AND person_id = :person_id AND (:role::text IS NULL OR role = :role);

-- name: list_roles :many
-- What a person is to a business.
SELECT role FROM business.team_member WHERE business_id = :business_id AND person_id = :person_id ORDER BY role;

-- name: list_team_keys :many
-- Which of these (person, business) are on the team; asked while contacts are opened.
SELECT DISTINCT t.person_id, t.business_id
  FROM unnest(:person_ids::bigint[], :business_ids::bigint[]) AS asked (person_id, business_id)
  JOIN business.team_member t ON t.business_id = asked.business_id AND t.person_id = asked.person_id;

-- name: count_owners_of_business :value
-- How many hold the owner's role.
SELECT count(*) FROM business.team_member WHERE business_id = :business_id AND role = 'owner';

-- name: list_memberships :many Membership
-- The businesses a person works for, by name.
SELECT b.id, b.name, b.hue, c.handle, b.owner_id, c.owner_state, array_agg(t.role ORDER BY t.role) AS roles
  FROM business.team_member t JOIN business.business b ON b.id = t.business_id JOIN business.business_card c ON c.business_id = b.id
 WHERE t.person_id = :person_id
 GROUP BY b.id, b.name, b.hue, c.handle, b.owner_id, c.owner_state ORDER BY b.name, b.id LIMIT :row_count;

-- name: list_members :many Member
-- A team with names, longest there first.
SELECT t.person_id, f.name, f.hue, array_agg(t.role ORDER BY t.role) AS roles, min(t.joined_at) AS joined_at
  FROM business.team_member t JOIN people.face_card f ON f.kind = 'person' AND f.id = t.person_id
 WHERE t.business_id = :business_id
 GROUP BY t.person_id, f.name, f.hue ORDER BY min(t.joined_at), t.person_id LIMIT :row_count;
