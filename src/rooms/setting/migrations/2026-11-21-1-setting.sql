CREATE TABLE setting (
    name       TEXT NOT NULL PRIMARY KEY,
    value      TEXT NOT NULL,
    updated_at {{int}} NOT NULL
) {{strict}};

-- What the program made for itself at the first start: keys of MACs. Never shown, never exported.
CREATE TABLE secret (
    name       TEXT NOT NULL PRIMARY KEY,
    hex        TEXT NOT NULL CHECK (length(hex) = 64),
    created_at {{int}} NOT NULL
) {{strict}};
