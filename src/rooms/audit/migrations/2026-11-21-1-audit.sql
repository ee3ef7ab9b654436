CREATE TABLE audit (
    id          {{key}},
    program_id  {{int}},
    person_id   {{int}},
    key_id      {{int}},
    actor       TEXT NOT NULL,
    role        TEXT NOT NULL,
    action      TEXT NOT NULL,
    object      TEXT,
    object_name TEXT,
    before      TEXT,
    after       TEXT,
    address     TEXT,
    created_at  {{int}} NOT NULL
) {{strict}};

CREATE INDEX audit_program ON audit (program_id, id);
CREATE INDEX audit_object ON audit (object);

-- @sqlite
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never changed');
END;

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is never shortened');
END;
-- @both
