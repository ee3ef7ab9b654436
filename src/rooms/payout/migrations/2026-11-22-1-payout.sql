CREATE TABLE payout (
    id         {{key}},
    program_id {{int}} NOT NULL REFERENCES program (id),
    currency   TEXT NOT NULL CHECK (length(currency) = 3),
    cutoff     {{int}} NOT NULL,
    minimum    {{int}} NOT NULL CHECK (minimum >= 0),
    created_at {{int}} NOT NULL,
    created_by TEXT
) {{strict}};

CREATE INDEX payout_by_program ON payout (program_id, id);

CREATE TABLE payout_line (
    id             {{key}},
    program_id     {{int}} NOT NULL,
    payout_id      {{int}} NOT NULL REFERENCES payout (id),
    partner_id     {{int}} NOT NULL,
    currency       TEXT NOT NULL,
    commissions    {{int}} NOT NULL,
    gross          {{int}} NOT NULL,
    carried        {{int}} NOT NULL CHECK (carried <= 0),
    amount         {{int}} NOT NULL CHECK (amount > 0),
    status         TEXT NOT NULL CHECK (status IN ('pending', 'paid', 'failed')),
    reason         TEXT,
    payout_method  TEXT,
    payout_account TEXT,
    payout_name    TEXT,
    tax_id         TEXT,
    partner_name   TEXT NOT NULL,
    settled_at     {{int}},
    settled_by     TEXT,
    created_at     {{int}} NOT NULL,
    UNIQUE (payout_id, partner_id),
    CHECK (amount = gross + carried)
) {{strict}};

CREATE INDEX payout_line_by_partner ON payout_line (program_id, partner_id, id);
