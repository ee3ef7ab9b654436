-- The key of the day by which visitors without a cookie are counted, for several nodes: gone the next day. On PostgreSQL
-- the table is in no log and in no copy of the files: what is thrown away must not come back out of a backup.
-- @sqlite
CREATE TABLE click_salt_passing (
    day   {{key}}, -- since 1970
    key_1 {{int}} NOT NULL,
    key_2 {{int}} NOT NULL
) {{strict}};
-- @postgres
CREATE UNLOGGED TABLE click_salt_passing (
    day   {{key}},
    key_1 {{int}} NOT NULL,
    key_2 {{int}} NOT NULL
);
-- @both
