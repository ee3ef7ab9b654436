-- name: idempotency_claim
INSERT INTO idempotency_key (id, key_id, name, request_hash, new_id, node, owner, lease_ends_at, status, created_at)
VALUES (:id, :key_id, :name, :request_hash, :new_id, :node, :owner, :lease_ends_at, 0, :created_at)
ON CONFLICT (key_id, name) DO NOTHING

-- name: idempotency_get
SELECT id, request_hash, new_id, owner, lease_ends_at, status, content_type, location, body, created_at
FROM idempotency_key
WHERE key_id = :key_id AND name = :name

-- name: idempotency_take_over
UPDATE idempotency_key
SET owner = :owner, node = :node, lease_ends_at = :lease_ends_at
WHERE key_id = :key_id AND name = :name AND owner = :former AND status = 0

-- name: idempotency_answer
UPDATE idempotency_key
SET status = :status, content_type = :content_type, location = :location, body = :body
WHERE key_id = :key_id AND name = :name AND owner = :owner AND status = 0

-- An answer that is no answer (5xx) is not kept: the next try may fare better, and knows the id of the first.
-- name: idempotency_let_go
UPDATE idempotency_key SET lease_ends_at = 0
WHERE key_id = :key_id AND name = :name AND owner = :owner AND status = 0

-- name: idempotency_expire
DELETE FROM idempotency_key
WHERE id IN (SELECT id FROM idempotency_key WHERE created_at < :before ORDER BY created_at LIMIT 100)

-- Calls that this node was running when it stopped: they are not running any more.
-- name: idempotency_release
UPDATE idempotency_key SET lease_ends_at = 0 WHERE node = :node AND status = 0
