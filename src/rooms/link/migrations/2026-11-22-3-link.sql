CREATE TABLE link (
    id         {{key}},
    program_id {{int}} NOT NULL REFERENCES program (id),
    partner_id {{int}} NOT NULL REFERENCES partner (id),
    code       TEXT NOT NULL UNIQUE CHECK (length(code) BETWEEN 2 AND 40 AND code = lower(code)),
    target_url TEXT NOT NULL,
    name       TEXT,
    is_default {{int}} NOT NULL CHECK (is_default IN (0, 1)),
    status     TEXT NOT NULL CHECK (status IN ('active', 'paused')),
    created_at {{int}} NOT NULL,
    updated_at {{int}} NOT NULL
) {{strict}};

CREATE INDEX link_by_partner ON link (program_id, partner_id, id);

-- Clicks that were drained, all time. Reports by period read the click room's roll-ups.
CREATE TABLE link_total (
    link_id       {{key}},
    clicks        {{int}} NOT NULL,
    unique_clicks {{int}} NOT NULL,
    last_click_at {{int}}
) {{strict}};
