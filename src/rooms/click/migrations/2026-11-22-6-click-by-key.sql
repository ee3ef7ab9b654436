-- Roll-ups are read by spans of hours: their rows lie in the order of the key, so that a span is one piece.
CREATE TABLE click_hour_by_key (
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
) {{by_key}};
INSERT INTO click_hour_by_key (program_id, hour, link_id, creative_id, country, device, partner_id, clicks, unique_clicks,
    robots, prefetches, repeats)
SELECT program_id, hour, link_id, creative_id, country, device, partner_id, clicks, unique_clicks, robots, prefetches, repeats
FROM click_hour;
DROP TABLE click_hour;
ALTER TABLE click_hour_by_key RENAME TO click_hour;

CREATE TABLE click_sub_by_key (
    program_id    {{int}} NOT NULL,
    hour          {{int}} NOT NULL,
    partner_id    {{int}} NOT NULL,
    sub1          TEXT NOT NULL,
    clicks        {{int}} NOT NULL,
    unique_clicks {{int}} NOT NULL,
    PRIMARY KEY (program_id, hour, partner_id, sub1)
) {{by_key}};
INSERT INTO click_sub_by_key (program_id, hour, partner_id, sub1, clicks, unique_clicks)
SELECT program_id, hour, partner_id, sub1, clicks, unique_clicks FROM click_sub;
DROP TABLE click_sub;
ALTER TABLE click_sub_by_key RENAME TO click_sub;
