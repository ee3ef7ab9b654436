-- What a statement says besides its figures, as it stood when the line was made.
ALTER TABLE payout_line ADD COLUMN program_name TEXT;
ALTER TABLE payout_line ADD COLUMN contact_email TEXT;
ALTER TABLE payout_line ADD COLUMN website TEXT;
ALTER TABLE payout_line ADD COLUMN terms_version {{int}};

-- Every settling of a line: a statement can be printed as it was known at any time.
CREATE TABLE payout_line_event (
    id         {{key}},
    program_id {{int}} NOT NULL,
    line_id    {{int}} NOT NULL REFERENCES payout_line (id),
    status     TEXT NOT NULL CHECK (status IN ('paid', 'failed')),
    reason     TEXT,
    settled_at {{int}} NOT NULL,
    settled_by TEXT
) {{strict}};
CREATE INDEX payout_line_event_line ON payout_line_event (line_id, id);
INSERT INTO payout_line_event (id, program_id, line_id, status, reason, settled_at, settled_by)
SELECT id, program_id, id, status, reason, settled_at, settled_by FROM payout_line
WHERE status <> 'pending' AND settled_at IS NOT NULL;

-- @sqlite
CREATE TRIGGER payout_line_event_kept BEFORE UPDATE ON payout_line_event
BEGIN SELECT RAISE(ABORT, 'what became of a payment is never changed'); END;
CREATE TRIGGER payout_line_event_stays BEFORE DELETE ON payout_line_event
BEGIN SELECT RAISE(ABORT, 'what became of a payment is never deleted'); END;
-- @postgres
CREATE FUNCTION payout_line_event_kept() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'what became of a payment is never changed'; END $$;
CREATE TRIGGER payout_line_event_kept BEFORE UPDATE OR DELETE ON payout_line_event
    FOR EACH ROW EXECUTE FUNCTION payout_line_event_kept();
-- @both
