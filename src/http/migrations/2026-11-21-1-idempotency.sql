-- The first answer to a call with an Idempotency-Key, kept 30 days: see http/idempotency.c.
CREATE TABLE idempotency_key (
    id {{key}},
    key_id {{int}} NOT NULL,                    -- of the API key: two callers never share a name
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    request_hash TEXT NOT NULL,                 -- of method, address and body
    new_id {{int}} NOT NULL,                    -- of the object the call makes: the same in a second try
    node {{int}} NOT NULL,
    owner {{int}} NOT NULL,                     -- the request that runs it
    lease_ends_at {{int}} NOT NULL,             -- while it runs; afterwards another may try
    status {{int}} NOT NULL DEFAULT 0,          -- 0 while it runs
    content_type TEXT,
    location TEXT,
    body TEXT,
    created_at {{int}} NOT NULL,
    UNIQUE (key_id, name)
) {{strict}};

CREATE INDEX idempotency_key_created_at ON idempotency_key (created_at);
