-- How far clicks were looked at, so that days on which the house stood still are not passed over.
CREATE TABLE commission_click_look (
    program_id {{int}} PRIMARY KEY,
    day        {{int}} NOT NULL -- since 1970; those before it were looked at
) {{strict}};

INSERT INTO commission_click_look (program_id, day)
SELECT program_id, MAX(day) + 1 FROM commission_click_day GROUP BY program_id;
