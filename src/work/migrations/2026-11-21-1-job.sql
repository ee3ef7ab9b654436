CREATE TABLE job (
    id         {{key}},
    program_id {{int}},
    kind       TEXT NOT NULL,
    arg        TEXT NOT NULL,
    only_key   TEXT,            -- while waiting: a second job of this kind and key is not queued
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'failed')),
    attempt    {{int}} NOT NULL,
    due_at     {{int}} NOT NULL,
    queued_at  {{int}} NOT NULL,
    begun_at   {{int}},
    lease_until {{int}},
    node       {{int}},
    error      TEXT
) {{strict}};

CREATE INDEX job_due ON job (state, due_at);
CREATE UNIQUE INDEX job_only ON job (kind, only_key) WHERE only_key IS NOT NULL;

CREATE TABLE job_schedule (
    kind    TEXT NOT NULL PRIMARY KEY,
    next_at {{int}} NOT NULL
) {{strict}};
