CREATE TABLE person (
    id           {{key}},
    email        TEXT NOT NULL,
    email_key    TEXT NOT NULL UNIQUE,  -- lower case: one person an address
    name         TEXT NOT NULL,
    lang         TEXT,
    theme        TEXT CHECK (theme IN ('light', 'dark')),
    zone         TEXT,
    password     TEXT,
    is_disabled  {{int}} NOT NULL DEFAULT 0 CHECK (is_disabled IN (0, 1)),
    created_at   {{int}} NOT NULL,
    password_at  {{int}},
    last_seen_at {{int}}
) {{strict}};

CREATE TABLE person_role (
    id         {{key}},
    person_id  {{int}} NOT NULL REFERENCES person (id),
    program_id {{int}},                 -- none: every programme
    role       TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'finance', 'viewer', 'partner')),
    partner_id {{int}},
    created_at {{int}} NOT NULL,
    CHECK ((role = 'partner') = (partner_id IS NOT NULL)),
    CHECK (partner_id IS NULL OR program_id IS NOT NULL)
) {{strict}};

CREATE UNIQUE INDEX person_role_one ON person_role (person_id, COALESCE(program_id, 0), COALESCE(partner_id, 0));
CREATE INDEX person_role_program ON person_role (program_id);

CREATE TABLE session (
    id         {{key}},
    hash       TEXT NOT NULL UNIQUE,    -- of the cookie's value, which nobody keeps
    person_id  {{int}} NOT NULL REFERENCES person (id),
    csrf       TEXT NOT NULL,
    program_id {{int}},                 -- the programme looked at in the console
    created_at {{int}} NOT NULL,
    seen_at    {{int}} NOT NULL,
    expires_at {{int}} NOT NULL,
    address    TEXT,
    agent      TEXT
) {{strict}};

CREATE INDEX session_person ON session (person_id);

CREATE TABLE person_token (
    id         {{key}},
    person_id  {{int}} NOT NULL REFERENCES person (id),
    kind       TEXT NOT NULL CHECK (kind IN ('invite', 'reset')),
    hash       TEXT NOT NULL UNIQUE,
    expires_at {{int}} NOT NULL,
    used_at    {{int}}
) {{strict}};

CREATE INDEX person_token_person ON person_token (person_id);

CREATE TABLE api_key (
    id         {{key}},
    program_id {{int}},
    partner_id {{int}},
    name       TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE,
    ending     TEXT NOT NULL,
    scopes     TEXT NOT NULL,           -- words, JSON
    is_test    {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    created_by {{int}},
    created_at {{int}} NOT NULL,
    used_at    {{int}},
    revoked_at {{int}}
) {{strict}};

CREATE INDEX api_key_program ON api_key (program_id, partner_id);

-- Wrong passwords, counted by what was tried, whether it exists or not.
CREATE TABLE sign_in_try (
    name      TEXT NOT NULL PRIMARY KEY,
    count     {{int}} NOT NULL,
    window_at {{int}} NOT NULL,
    until     {{int}}
) {{strict}};
