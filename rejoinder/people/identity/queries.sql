-- name: insert_people :none
-- A batch of persons; everything else about them refers to these rows.
INSERT INTO people.person (id, name, language, hue, is_operator, created_at)
SELECT id, name, language, hue, is_operator, :at
  FROM unnest(:ids::bigint[], :names::text[], :languages::text[], :hues::smallint[], :are_operators::boolean[])
       AS draft (id, name, language, hue, is_operator);

-- name: insert_attentions :none
-- Each person's attention, at version 1; changes go through protections.
INSERT INTO people.attention (person_id, region, zone, birth_year, claimed_at, verified_at)
SELECT person_id, region, zone, birth_year, CASE WHEN is_claimed THEN :at::timestamptz END, CASE WHEN is_verified THEN :at::timestamptz END
  FROM unnest(:person_ids::bigint[], :regions::text[], :zones::text[], :birth_years::int[], :are_claimed::boolean[], :are_verified::boolean[])
       AS draft (person_id, region, zone, birth_year, is_claimed, is_verified);

-- name: insert_passwords :none
-- What persons sign in with; a person who has a password already keeps it, so the count of rows tells.
INSERT INTO people.password (person_id, address, hash, changed_at)
SELECT person_id, address, hash, :at
  FROM unnest(:person_ids::bigint[], :addresses::text[], :hashes::text[]) AS draft (person_id, address, hash)
ON CONFLICT (person_id) DO NOTHING;

-- name: insert_identities :none
-- Subjects proved to be these persons'; one that is taken is left with its holder, so the count of rows tells.
INSERT INTO people.identity (issuer, subject, person_id, verified_at)
SELECT :issuer, subject, person_id, :at
  FROM unnest(:person_ids::bigint[], :subjects::text[]) AS draft (person_id, subject)
ON CONFLICT (issuer, subject) DO NOTHING;

-- name: find_identity :value
-- Whose a proved subject is.
SELECT person_id FROM people.identity WHERE issuer = :issuer AND subject = :subject;

-- name: find_me :maybe Me
-- A person as they see themself.
SELECT p.id, p.name, h.handle, p.hue, w.address AS email, i.person_id IS NOT NULL AS email_verified, a.claimed_at IS NULL AS is_guest,
       p.is_operator, a.region, a.zone, p.language, a.birth_year
  FROM people.person p JOIN people.attention a ON a.person_id = p.id
  LEFT JOIN people.password w ON w.person_id = p.id
  LEFT JOIN people.identity i ON i.issuer = 'password' AND i.subject = w.address AND i.person_id = p.id
  LEFT JOIN people.handle h ON h.holder_kind = 'person' AND h.holder_id = p.id AND h.is_current
 WHERE p.id = :person_id;

-- name: set_profile :none
-- What a person calls themself and reads in; null leaves it.
UPDATE people.person SET name = coalesce(:name::text, name), language = coalesce(:language::text, language) WHERE id = :person_id;

-- name: make_operator :none
-- Give a person the operator's rights.
UPDATE people.person SET is_operator = true WHERE id = :person_id;

-- name: list_logins :many Login
-- Whose password an address may be: the person it is proved to be, and the newest who only typed it.
(SELECT w.person_id, w.hash FROM people.identity i JOIN people.password w ON w.person_id = i.person_id AND w.address = i.subject
  WHERE i.issuer = 'password' AND i.subject = :address)
UNION ALL
(SELECT w.person_id, w.hash FROM people.password w
  WHERE w.address = :address AND NOT EXISTS (
        SELECT 1 FROM people.identity i WHERE i.issuer = 'password' AND i.subject = w.address AND i.person_id = w.person_id)
  ORDER BY w.changed_at DESC LIMIT 1);

-- name: list_own_login :many Login
-- A person's own password, to check the old one before a new one is set.
SELECT person_id, hash FROM people.password WHERE person_id = :person_id;

-- name: set_password :none
-- A new password for the same address.
UPDATE people.password SET hash = :hash, changed_at = :at WHERE person_id = :person_id;

-- name: set_address :none
-- Correct an address that was never proved.
UPDATE people.password SET address = :address WHERE person_id = :person_id;

-- name: insert_session :none
-- A new log-in.
INSERT INTO people.session (id, token_hash, person_id, kind, label, created_at, expires_at, last_seen_at)
VALUES (:id, :token_hash, :person_id, :kind, :label, :at, :expires_at, :at);

-- name: find_session :maybe SessionCheck
-- What a token stands for, asked on every request: two index look-ups.
SELECT s.id AS session_id, s.kind, s.person_id, s.last_seen_at, a.claimed_at IS NULL AS is_guest, p.is_operator
  FROM people.session s JOIN people.person p ON p.id = s.person_id JOIN people.attention a ON a.person_id = s.person_id
 WHERE s.token_hash = :token_hash AND s.revoked_at IS NULL AND s.expires_at > :at;

-- name: touch_session :none
-- Note that it is in use; whoever comes second within the hour changes nothing.
UPDATE people.session SET last_seen_at = :at, expires_at = :expires_at WHERE id = :session_id AND last_seen_at < :before;

-- name: list_sessions :many Session
-- A person's log-ins that work, newest first.
SELECT id, kind, label, created_at, last_seen_at FROM people.session
 WHERE person_id = :person_id AND revoked_at IS NULL AND expires_at > :at ORDER BY created_at DESC, id LIMIT :row_count;

-- name: list_ended_sessions :many
-- Which of these work no longer; asked by the live channel for all its sockets at once.
SELECT asked.id FROM unnest(:session_ids::bigint[]) AS asked (id) LEFT JOIN people.session s ON s.id = asked.id
 WHERE s.id IS NULL OR s.revoked_at IS NOT NULL OR s.expires_at <= :at;

-- name: revoke_session :none
-- End one log-in of this person.
UPDATE people.session SET revoked_at = :at WHERE id = :session_id AND person_id = :person_id AND revoked_at IS NULL;

-- name: revoke_other_sessions :none
-- End all log-ins of this person but one (0: all).
UPDATE people.session SET revoked_at = :at WHERE person_id = :person_id AND id <> :except_id AND revoked_at IS NULL;

-- name: insert_mail_code :none
-- A code that was written into a mail.
INSERT INTO people.mail_code (code_hash, person_id, purpose, subject, expires_at)
VALUES (:code_hash, :person_id, :purpose, :subject, :expires_at);

-- name: void_mail_codes :none
-- A newer code makes the older ones useless.
UPDATE people.mail_code SET used_at = :at WHERE person_id = :person_id AND purpose = :purpose AND used_at IS NULL;

-- name: find_mail_code :maybe Code
-- A code that is still good.
SELECT c.person_id, c.subject, p.name FROM people.mail_code c JOIN people.person p ON p.id = c.person_id
 WHERE c.code_hash = :code_hash AND c.purpose = :purpose AND c.used_at IS NULL AND c.expires_at > :at;

-- name: insert_mails :none
-- Mails to send, in the transaction that wants them.
INSERT INTO people.mail (id, to_address, subject, body, created_at, try_at)
SELECT id, to_address, subject, body, :at, :at
  FROM unnest(:ids::bigint[], :to_addresses::text[], :subjects::text[], :bodies::text[]) AS letter (id, to_address, subject, body);

-- name: take_mails :many Mail
-- Mails that are due, leased to this worker until `retry_at`: if it dies, another sends them then.
UPDATE people.mail SET tries = tries + 1, try_at = :retry_at
 WHERE id IN (SELECT id FROM people.mail WHERE try_at <= :at ORDER BY try_at LIMIT :row_count FOR UPDATE SKIP LOCKED)
RETURNING id, to_address, subject, body, created_at, tries;

-- name: note_mail_sent :none
-- Sent: what it said is nobody's business any more.
UPDATE people.mail SET sent_at = :at, try_at = NULL, problem = NULL, body = '' WHERE id = :mail_id;

-- name: note_mail_failed :none
-- Not sent: when to try again, or null to give up.
UPDATE people.mail SET try_at = :try_at, problem = :problem WHERE id = :mail_id;

-- name: list_mail_to :many Mail
-- The in-app mailbox of a test installation.
SELECT id, to_address, subject, body, created_at, tries FROM people.mail
 WHERE to_address = :to_address ORDER BY created_at DESC, number DESC LIMIT :row_count;

-- name: count_attempts :many
-- One more under each key; the count tells whether it was too many.
INSERT INTO people.attempt (key, window_at, count)
SELECT key, window_at, 1 FROM unnest(:keys::text[], :window_ats::timestamptz[]) AS one (key, window_at) ORDER BY key
ON CONFLICT (key, window_at) DO UPDATE SET count = attempt.count + 1
RETURNING key, count;

-- name: lock_holder :none
-- One change of a holder's names, address, codes and handles at a time.
SELECT pg_advisory_xact_lock(hashtextextended(:holder_kind::text || :holder_id::bigint, 0));

-- name: count_handles :value
-- How many handles this holder has used.
SELECT count(*) FROM people.handle WHERE holder_kind = :holder_kind AND holder_id = :holder_id AND handle <> :handle;

-- name: retire_handle :none
-- The holder's current handle becomes an old one that redirects.
UPDATE people.handle SET is_current = false WHERE holder_kind = :holder_kind AND holder_id = :holder_id AND is_current;

-- name: insert_handle :none
-- Take a handle, or take up one's own old one again; nothing happens to somebody else's, so the count of rows tells.
INSERT INTO people.handle (handle, holder_kind, holder_id, is_current, given_at) VALUES (:handle, :holder_kind, :holder_id, true, :at)
ON CONFLICT (handle) DO UPDATE SET is_current = true
 WHERE handle.holder_kind = excluded.holder_kind AND handle.holder_id = excluded.holder_id;

-- name: find_holder :maybe Holder
-- Who holds this handle, now or once.
SELECT f.kind, f.id, f.name, f.handle FROM people.handle h JOIN people.face_card f ON f.kind = h.holder_kind AND f.id = h.holder_id
 WHERE h.handle = :handle;

-- name: publish_business_faces :none
-- How businesses look in chats from now on.
INSERT INTO people.business_face (business_id, name, hue, is_verified)
SELECT * FROM unnest(:business_ids::bigint[], :names::text[], :hues::smallint[], :are_verified::boolean[])
ON CONFLICT (business_id) DO UPDATE SET name = excluded.name, hue = excluded.hue, is_verified = excluded.is_verified;

-- name: is_zone_known :value
-- Whether there are offsets for this zone.
SELECT EXISTS (SELECT 1 FROM db.zone_offset WHERE zone = :zone);

-- name: forget_attempts :none
-- Retention: a day.
DELETE FROM people.attempt WHERE window_at < :before;

-- name: forget_mails :none
-- Retention: a week.
DELETE FROM people.mail WHERE created_at < :before AND try_at IS NULL;

-- name: forget_mail_codes :none
-- Retention: until nobody can use them.
DELETE FROM people.mail_code WHERE expires_at < :before;

-- name: forget_sessions :none
-- Retention: 30 days after a session's end.
DELETE FROM people.session WHERE expires_at < :before OR revoked_at < :before;
