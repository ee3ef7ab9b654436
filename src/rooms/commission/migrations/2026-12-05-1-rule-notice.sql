-- What a partner was told by mail of rules that will change. at: when the rule begins, or ends.
CREATE TABLE rule_notice (
    program_id   {{int}} NOT NULL,
    partner_id   {{int}} NOT NULL,
    rule_id      {{int}} NOT NULL REFERENCES rule (id),
    begins       {{int}} NOT NULL CHECK (begins IN (0, 1)),
    at           {{int}} NOT NULL,
    mailed_at    {{int}} NOT NULL,
    withdrawn_at {{int}}, -- he was told that it does not come
    PRIMARY KEY (partner_id, rule_id, begins, at)
) {{strict}};
CREATE INDEX rule_notice_coming ON rule_notice (program_id, at);
