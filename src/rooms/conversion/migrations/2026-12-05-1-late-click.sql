-- A token vouches for its click before the click's row is here (its journal is not drained yet, or lies on another
-- node). The touch says so, and what the row told when it came is kept beside it.
ALTER TABLE conversion_touch ADD COLUMN waits {{int}} NOT NULL DEFAULT 0 CHECK (waits IN (0, 1));

CREATE TABLE conversion_late (
    conversion_id {{int}} NOT NULL,
    n             {{int}} NOT NULL, -- of the touch
    click_id      {{int}} NOT NULL,
    subs          TEXT,
    created_at    {{int}} NOT NULL,
    PRIMARY KEY (conversion_id, n),
    FOREIGN KEY (conversion_id, n) REFERENCES conversion_touch (conversion_id, n)
) {{strict}};
CREATE TRIGGER conversion_late_kept BEFORE UPDATE ON conversion_late
BEGIN SELECT RAISE(ABORT, 'what a click told is kept as it came'); END;
CREATE TRIGGER conversion_late_stays BEFORE DELETE ON conversion_late
BEGIN SELECT RAISE(ABORT, 'what a click told is kept as it came'); END;
