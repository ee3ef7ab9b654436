-- Pictures by the hash of their bytes. What was uploaded before is in the data folder alone.
CREATE TABLE creative_media (
    file  TEXT NOT NULL PRIMARY KEY,
    bytes {{blob}} NOT NULL
) {{strict}};
