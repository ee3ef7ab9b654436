CREATE TABLE creative (
    id          {{key}},
    program_id  {{int}} NOT NULL REFERENCES program (id),
    kind        TEXT NOT NULL CHECK (kind IN ('banner', 'text', 'mail')),
    name        TEXT NOT NULL,
    description TEXT,
    text        TEXT,
    subject     TEXT,
    target_url  TEXT,
    image_file  TEXT,
    width       {{int}} NOT NULL,
    height      {{int}} NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('active', 'archived')),
    created_at  {{int}} NOT NULL,
    updated_at  {{int}} NOT NULL
) {{strict}};

CREATE INDEX creative_by_program ON creative (program_id, id);
