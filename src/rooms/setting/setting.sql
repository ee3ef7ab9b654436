-- name: setting_get
SELECT value FROM setting WHERE name = :name;

-- name: setting_set
INSERT INTO setting (name, value, updated_at) VALUES (:name, :value, :now)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at;

-- name: secret_get
SELECT hex AS value FROM secret WHERE name = :name;

-- name: secret_insert
INSERT INTO secret (name, hex, created_at) VALUES (:name, :hex, :now) ON CONFLICT (name) DO NOTHING;
