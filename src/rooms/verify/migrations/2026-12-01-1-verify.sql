CREATE TABLE verify (
    id          {{key}},
    began_at    {{int}} NOT NULL,
    ended_at    {{int}} NOT NULL,
    conversions {{int}} NOT NULL,
    commissions {{int}} NOT NULL,
    entries     {{int}} NOT NULL,
    postings    {{int}} NOT NULL,
    differences {{int}} NOT NULL,
    report      TEXT
) {{strict}};
CREATE TRIGGER verify_kept BEFORE UPDATE ON verify
BEGIN SELECT RAISE(ABORT, 'a verification is kept as it came out'); END;
