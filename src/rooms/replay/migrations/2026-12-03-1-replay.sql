-- What somebody wanted to know, and what came out. Nothing of it is a fact of the books.
CREATE TABLE replay (
    id         {{key}},
    program_id {{int}} NOT NULL,
    draft      TEXT NOT NULL,
    since      {{int}},
    until      {{int}},
    created_at {{int}} NOT NULL,
    created_by TEXT,
    -- below: changes while it runs
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    percent    {{int}} NOT NULL,
    orders     {{int}} NOT NULL,
    gain       {{int}} NOT NULL,
    lose       {{int}} NOT NULL,
    ended_at   {{int}},
    failure    TEXT
) {{strict}};
CREATE INDEX replay_program ON replay (program_id, id);

-- partner_id null: the sum of a currency.
CREATE TABLE replay_line (
    replay_id     {{int}} NOT NULL REFERENCES replay (id),
    n             {{int}} NOT NULL,
    partner_id    {{int}},
    partner_name  TEXT NOT NULL,
    currency      TEXT NOT NULL,
    orders_before {{int}} NOT NULL,
    orders        {{int}} NOT NULL,
    before        {{int}} NOT NULL,
    after         {{int}} NOT NULL,
    difference    {{int}} NOT NULL,
    PRIMARY KEY (replay_id, n)
) {{strict}};
