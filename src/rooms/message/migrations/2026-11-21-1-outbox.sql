CREATE TABLE outbox (
    id         {{key}},
    program_id {{int}},
    to_email   TEXT NOT NULL,
    to_name    TEXT,
    lang       TEXT NOT NULL,
    name       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    url        TEXT,
    is_private {{int}} NOT NULL CHECK (is_private IN (0, 1)),
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'sent')),
    tries      {{int}} NOT NULL,
    error      TEXT,
    created_at {{int}} NOT NULL,
    sent_at    {{int}}
) {{strict}};

CREATE INDEX outbox_program ON outbox (program_id, id);
CREATE INDEX outbox_waiting ON outbox (state, created_at);
