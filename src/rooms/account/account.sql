-- name: person_insert
INSERT INTO person (id, email, email_key, name, lang, password, created_at, password_at)
VALUES (:id, :email, :email_key, :name, :lang, :password, :now, :password_at);

-- name: person_get
SELECT id, email, name, lang, theme, zone, CASE WHEN password IS NULL THEN 0 ELSE 1 END AS has_password,
    is_disabled, created_at, last_seen_at
FROM person WHERE id = :id;

-- name: person_by_email
SELECT id, email, name, lang, theme, zone, CASE WHEN password IS NULL THEN 0 ELSE 1 END AS has_password,
    is_disabled, created_at, last_seen_at
FROM person WHERE email_key = :email_key;

-- name: person_password
SELECT password AS value FROM person WHERE id = :id;

-- name: person_set_password
UPDATE person SET password = :password, password_at = :now WHERE id = :id;

-- name: person_update
UPDATE person SET name = :name, lang = :lang, theme = :theme, zone = :zone WHERE id = :id;

-- name: person_seen
UPDATE person SET last_seen_at = :now WHERE id = :id;

-- name: role_insert
INSERT INTO person_role (id, person_id, program_id, role, partner_id, created_at)
VALUES (:id, :person_id, :program_id, :role, :partner_id, :created_at)
ON CONFLICT DO NOTHING;

-- name: roles_of
SELECT id, person_id, program_id, role, partner_id, created_at FROM person_role
WHERE person_id = :person_id ORDER BY program_id, id;

-- name: role_set
UPDATE person_role SET role = :role WHERE id = :id AND partner_id IS NULL;

-- name: role_delete
DELETE FROM person_role WHERE id = :id;

-- name: role_delete_partner
DELETE FROM person_role WHERE program_id = :program_id AND partner_id = :partner_id;

-- name: owners_besides
-- Owners who would be left if this role went: of every programme, or of this one.
SELECT COUNT(*) FROM person_role r JOIN person p ON p.id = r.person_id
WHERE r.role = 'owner' AND p.is_disabled = 0 AND r.id <> :id
    AND (r.program_id IS NULL OR r.program_id = :program_id);

-- name: people_list
-- A colleague once for each role, because a role is what one changes here.
SELECT r.id, p.id AS person_id, p.email, p.name, r.role, r.program_id,
    CASE WHEN p.password IS NULL THEN 0 ELSE 1 END AS has_password, p.last_seen_at, r.created_at
FROM person_role r JOIN person p ON p.id = r.person_id
WHERE r.partner_id IS NULL AND (:program_id IS NULL OR r.program_id IS NULL OR r.program_id = :program_id);

-- name: people_one
SELECT r.id, p.id AS person_id, p.email, p.name, r.role, r.program_id,
    CASE WHEN p.password IS NULL THEN 0 ELSE 1 END AS has_password, p.last_seen_at, r.created_at
FROM person_role r JOIN person p ON p.id = r.person_id
WHERE r.partner_id IS NULL AND r.id = :id AND (:scope IS NULL OR r.program_id = :scope);

-- name: session_insert
INSERT INTO session (id, hash, person_id, csrf, program_id, created_at, seen_at, expires_at, address, agent)
VALUES (:id, :hash, :person_id, :csrf, :program_id, :created_at, :seen_at, :expires_at, :address, :agent);

-- name: session_by_hash
SELECT s.id, s.person_id, s.csrf, s.program_id, s.created_at, s.seen_at, s.expires_at,
    p.name, p.email, p.lang, p.theme, p.zone
FROM session s JOIN person p ON p.id = s.person_id
WHERE s.hash = :hash AND p.is_disabled = 0;

-- name: sessions_of
SELECT id, person_id, created_at, seen_at, expires_at, address, agent FROM session
WHERE person_id = :person_id AND expires_at > :now ORDER BY seen_at DESC, id DESC;

-- name: session_seen
UPDATE session SET seen_at = :now WHERE id = :id;

-- name: session_program
UPDATE session SET program_id = :program_id WHERE id = :id;

-- name: session_delete
DELETE FROM session WHERE id = :id AND person_id = :person_id;

-- name: sessions_delete_others
DELETE FROM session WHERE person_id = :person_id AND id <> :id;

-- name: sessions_delete_old
DELETE FROM session WHERE expires_at < :now OR seen_at < :idle;

-- name: token_insert
INSERT INTO person_token (id, person_id, kind, hash, expires_at)
VALUES (:id, :person_id, :kind, :hash, :expires_at);

-- name: token_by_hash
SELECT id, person_id, kind, expires_at, used_at FROM person_token WHERE hash = :hash;

-- name: token_use
UPDATE person_token SET used_at = :now WHERE id = :id AND used_at IS NULL AND expires_at > :now;

-- name: tokens_end
-- A new password makes every other link useless.
UPDATE person_token SET used_at = :now WHERE person_id = :person_id AND used_at IS NULL;

-- name: tokens_delete_old
DELETE FROM person_token WHERE expires_at < :before;

-- name: key_insert
INSERT INTO api_key (id, program_id, partner_id, name, hash, ending, scopes, is_test, created_by, created_at)
VALUES (:id, :program_id, :partner_id, :name, :hash, :ending, :scopes, :is_test, :created_by, :created_at);

-- name: key_by_hash
SELECT id, program_id, partner_id, name, ending, scopes, is_test, created_by, created_at, used_at, revoked_at
FROM api_key WHERE hash = :hash AND revoked_at IS NULL;

-- name: key_get
SELECT id, program_id, partner_id, name, ending, scopes, is_test, created_by, created_at, used_at, revoked_at
FROM api_key
WHERE id = :id AND (:scope IS NULL OR program_id = :scope) AND (:partner_id IS NULL OR partner_id = :partner_id);

-- name: key_list
-- Staff see the keys of the house; a partner sees his own.
SELECT id, program_id, partner_id, name, ending, scopes, is_test, created_by, created_at, used_at, revoked_at
FROM api_key
WHERE (:program_id IS NULL OR program_id IS NULL OR program_id = :program_id)
    AND ((:partner_id IS NULL AND partner_id IS NULL) OR partner_id = :partner_id);

-- name: key_used
UPDATE api_key SET used_at = :now WHERE id = :id;

-- name: key_revoke
UPDATE api_key SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL;

-- name: keys_revoke_partner
UPDATE api_key SET revoked_at = :now WHERE program_id = :program_id AND partner_id = :partner_id AND revoked_at IS NULL;

-- name: try_get
SELECT count, window_at, until FROM sign_in_try WHERE name = :name;

-- name: try_put
INSERT INTO sign_in_try (name, count, window_at, until) VALUES (:name, :count, :window_at, :until)
ON CONFLICT (name) DO UPDATE SET count = excluded.count, window_at = excluded.window_at, until = excluded.until;

-- name: try_give_back
-- A right password was no try: a whole office may sign in from one address.
UPDATE sign_in_try SET count = count - 1, until = NULL WHERE name = :name AND count > 0;

-- name: try_clear
DELETE FROM sign_in_try WHERE name = :name;

-- name: tries_delete_old
DELETE FROM sign_in_try WHERE window_at < :before;
