-- What nodes tell each other of what others may hold in memory. The id has the time; a row is of use for a minute.
CREATE TABLE news (
    id     {{key}},
    origin {{int}} NOT NULL, -- of the process that told
    topic  TEXT NOT NULL,
    a      {{int}} NOT NULL,
    b      {{int}} NOT NULL,
    c      {{int}} NOT NULL
) {{strict}};
