-- What unique clicks of a day brought a partner: one commission for each day, of the UTC calendar.
CREATE TABLE commission_click_day (
    program_id    {{int}} NOT NULL,
    partner_id    {{int}} NOT NULL,
    day           {{int}} NOT NULL, -- since 1970
    commission_id {{int}} NOT NULL,
    rule_id       {{int}} NOT NULL,
    clicks        {{int}} NOT NULL, -- counted so far
    PRIMARY KEY (program_id, partner_id, day)
) {{strict}};
