-- name: insert_invitation :none
-- An invitation whose token goes by mail.
INSERT INTO business.invitation (id, token_hash, business_id, email, role, invited_by, created_at, expires_at)
VALUES (:id, :token_hash, :business_id, :email, :role, :invited_by, :at, :expires_at);

-- name: revoke_invitations_to :none
-- A newer invitation of the same address to the same role makes the older ones useless.
UPDATE business.invitation SET revoked_at = :at
 WHERE business_id = :business_id AND email = :email AND role = :role AND accepted_by IS NULL AND revoked_at IS NULL;

-- name: count_open_invitations :value
-- For the limit.
SELECT count(*) FROM business.invitation
 WHERE business_id = :business_id AND accepted_by IS NULL AND revoked_at IS NULL AND expires_at > :at;

-- name: list_open_invitations :many Invitation
-- Invitations that can still be accepted, newest first; bounded by INVITATIONS_OPEN_MAX.
SELECT id, business_id, email, role, invited_by, created_at, expires_at, accepted_by, revoked_at FROM business.invitation
 WHERE business_id = :business_id AND accepted_by IS NULL AND revoked_at IS NULL AND expires_at > :at ORDER BY created_at DESC, id;

-- name: lock_invitation :none
-- Decides nothing: whoever comes second with the same token waits, and then finds it used.
SELECT 1 FROM business.invitation WHERE token_hash = :token_hash FOR UPDATE;

-- name: find_invitation :maybe Invitation
-- By the token from the mail.
SELECT id, business_id, email, role, invited_by, created_at, expires_at, accepted_by, revoked_at
  FROM business.invitation WHERE token_hash = :token_hash;

-- name: set_invitation_accepted :none
-- Used up.
UPDATE business.invitation SET accepted_by = :person_id, accepted_at = :at WHERE id = :id AND accepted_by IS NULL;

-- name: revoke_invitation :none
-- Take one back that nobody used.
UPDATE business.invitation SET revoked_at = :at
 WHERE id = :id AND business_id = :business_id AND accepted_by IS NULL AND revoked_at IS NULL;

-- name: insert_api_token :none
-- A program's token; only its hash is kept.
INSERT INTO business.api_token (id, token_hash, business_id, label, created_by, created_at)
VALUES (:id, :token_hash, :business_id, :label, :created_by, :at);

-- name: list_api_tokens :many ApiToken
-- Tokens that work; bounded by TOKENS_MAX.
SELECT id, label, created_by, created_at FROM business.api_token
 WHERE business_id = :business_id AND revoked_at IS NULL ORDER BY created_at, id;

-- name: revoke_api_token :none
-- From the next request on it is nobody's.
UPDATE business.api_token SET revoked_at = :at WHERE id = :id AND business_id = :business_id AND revoked_at IS NULL;

-- name: find_program :maybe Program
-- What a program's token stands for, asked on every request of a program: one index look-up.
SELECT id, business_id, created_by FROM business.api_token
 WHERE token_hash = :token_hash AND revoked_at IS NULL AND created_at <= :at;

-- name: list_ended_api_tokens :many
-- Which of these work no longer; asked by the live channel for all its sockets at once.
SELECT asked.id FROM unnest(:token_ids::bigint[]) AS asked (id)
  LEFT JOIN business.api_token t ON t.id = asked.id AND t.revoked_at IS NULL
 WHERE t.id IS NULL;
