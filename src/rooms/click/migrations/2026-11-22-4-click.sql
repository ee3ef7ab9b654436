-- Clicks have no second index but for returning visitors: a list by time uses the id, which is ordered by time.
-- What is usual is NULL or 0 and takes no room. device and browser are numbers here, words in statements.
CREATE TABLE click (
    id           {{key}},
    program_id   {{int}} NOT NULL,
    link_id      {{int}} NOT NULL,
    partner_id   {{int}} NOT NULL,
    visitor_id   {{int}}, -- NULL: this is the visitor's first click, and his id is its own
    visitor_hash {{int}}, -- NULL: a cookie came
    creative_id  {{int}},
    marks        {{int}} NOT NULL,
    device       {{int}} NOT NULL CHECK (device BETWEEN 0 AND 4),
    browser      {{int}} NOT NULL CHECK (browser BETWEEN 0 AND 8),
    country      TEXT,
    referrer     TEXT,
    sub1         TEXT,
    sub2         TEXT,
    sub3         TEXT,
    sub4         TEXT,
    sub5         TEXT,
    landing      TEXT,
    ip           TEXT
) {{strict}};

CREATE INDEX click_of_visitor ON click (visitor_id, id) WHERE visitor_id IS NOT NULL;

-- How far the spool was moved into rows, and how far into roll-ups. One row for each node.
CREATE TABLE click_drain (
    node            {{key}},
    drained_segment {{int}} NOT NULL,
    drained_offset  {{int}} NOT NULL,
    rolled_segment  {{int}} NOT NULL,
    rolled_offset   {{int}} NOT NULL
) {{strict}};

-- country '' and creative_id 0: none. hour: milliseconds at its beginning.
CREATE TABLE click_hour (
    program_id    {{int}} NOT NULL,
    hour          {{int}} NOT NULL,
    link_id       {{int}} NOT NULL,
    creative_id   {{int}} NOT NULL,
    country       TEXT NOT NULL,
    device        TEXT NOT NULL,
    partner_id    {{int}} NOT NULL,
    clicks        {{int}} NOT NULL,
    unique_clicks {{int}} NOT NULL,
    robots        {{int}} NOT NULL,
    prefetches    {{int}} NOT NULL,
    repeats       {{int}} NOT NULL,
    PRIMARY KEY (program_id, hour, link_id, creative_id, country, device)
) {{strict}};

-- By the partner's own first id; sub1 '' for none.
CREATE TABLE click_sub (
    program_id    {{int}} NOT NULL,
    hour          {{int}} NOT NULL,
    partner_id    {{int}} NOT NULL,
    sub1          TEXT NOT NULL,
    clicks        {{int}} NOT NULL,
    unique_clicks {{int}} NOT NULL,
    PRIMARY KEY (program_id, hour, partner_id, sub1)
) {{strict}};
