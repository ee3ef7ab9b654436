CREATE TABLE coupon (
    id         {{key}},
    program_id {{int}} NOT NULL,
    partner_id {{int}} NOT NULL,
    code       TEXT NOT NULL,
    code_key   TEXT NOT NULL, -- the code in capitals: SHOP10 and shop10 are one
    starts_at  {{int}},
    ends_at    {{int}},
    max_uses   {{int}} NOT NULL CHECK (max_uses >= 0),
    uses       {{int}} NOT NULL CHECK (uses >= 0),
    status     TEXT NOT NULL CHECK (status IN ('active', 'paused')),
    note       TEXT,
    created_at {{int}} NOT NULL,
    UNIQUE (program_id, code_key)
) {{strict}};
CREATE INDEX coupon_partner ON coupon (program_id, partner_id);
