CREATE TABLE partner (
    id                {{key}},
    program_id        {{int}} NOT NULL REFERENCES program (id),
    person_id         {{int}},
    email             TEXT NOT NULL,
    name              TEXT NOT NULL,
    website           TEXT,
    country           TEXT CHECK (country IS NULL OR length(country) = 2),
    kind              TEXT NOT NULL CHECK (kind IN ('blogger', 'store', 'search', 'niche', 'coupon', 'other')),
    "group"           TEXT,
    tags              TEXT NOT NULL,
    status            TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'suspended')),
    reason            TEXT NOT NULL,
    reason_note       TEXT,
    flags             {{int}} NOT NULL,
    answers           TEXT,
    about             TEXT,
    source            TEXT,
    payout_method     TEXT,
    payout_account    TEXT,
    payout_name       TEXT,
    tax_id            TEXT,
    terms_version     {{int}} NOT NULL,
    terms_accepted_at {{int}},
    created_at        {{int}} NOT NULL,
    decided_at        {{int}},
    updated_at        {{int}} NOT NULL,
    decided_by        TEXT,
    lang              TEXT,
    UNIQUE (program_id, email)
) {{strict}};

CREATE INDEX partner_by_status ON partner (program_id, status, id);
CREATE INDEX partner_by_person ON partner (person_id);

CREATE TABLE partner_event (
    id         {{key}},
    program_id {{int}} NOT NULL,
    partner_id {{int}} NOT NULL REFERENCES partner (id),
    kind       TEXT NOT NULL,
    text       TEXT,
    by         TEXT,
    at         {{int}} NOT NULL
) {{strict}};

CREATE INDEX partner_event_by_partner ON partner_event (program_id, partner_id, id);
