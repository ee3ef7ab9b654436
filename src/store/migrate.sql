-- Which migrations have run. The table is made by migrate.c itself.

-- name: migration_table_count @sqlite
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migration';
-- name: migration_table_count @postgres
SELECT count(*) FROM information_schema.tables
WHERE table_schema = current_schema() AND table_name = 'migration';

-- name: migration_list
SELECT name, checksum, applied_at FROM migration ORDER BY name;

-- name: migration_count
SELECT count(*) FROM migration WHERE name = :name;

-- name: migration_delete
DELETE FROM migration WHERE name = :name;

-- name: migration_insert
INSERT INTO migration (name, checksum, applied_at) VALUES (:name, :checksum, :applied_at);
