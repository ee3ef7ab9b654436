-- What one unit of a foreign currency is worth in the programme's own, from a day on until the next. Of two for one day
-- the later told stands.
CREATE TABLE exchange_rate (
    id         {{key}},
    program_id {{int}} NOT NULL REFERENCES program (id),
    currency   TEXT NOT NULL CHECK (length(currency) = 3),
    day        {{int}} NOT NULL,
    rate       TEXT NOT NULL,
    rate_e12   {{int}} NOT NULL CHECK (rate_e12 > 0),
    created_at {{int}} NOT NULL,
    actor      TEXT
) {{strict}};
CREATE INDEX exchange_rate_day ON exchange_rate (program_id, currency, day, id);

-- @sqlite
CREATE TRIGGER exchange_rate_kept BEFORE UPDATE ON exchange_rate
BEGIN SELECT RAISE(ABORT, 'a rate is never changed, only answered by another'); END;
CREATE TRIGGER exchange_rate_stays BEFORE DELETE ON exchange_rate
BEGIN SELECT RAISE(ABORT, 'a rate is never deleted, only answered by another'); END;
-- @postgres
CREATE FUNCTION exchange_rate_kept() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a rate is never changed, only answered by another'; END $$;
CREATE TRIGGER exchange_rate_kept BEFORE UPDATE OR DELETE ON exchange_rate
    FOR EACH ROW EXECUTE FUNCTION exchange_rate_kept();
-- @both
