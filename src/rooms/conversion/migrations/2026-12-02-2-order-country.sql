-- What rules may ask besides: the buyer's country as the shop told it, and the partner's own ids (sub1 … sub5) of
-- the click, as they stood when the order was judged.
ALTER TABLE conversion ADD COLUMN country TEXT CHECK (country IS NULL OR length(country) = 2);
ALTER TABLE conversion_touch ADD COLUMN subs TEXT;

-- @sqlite
CREATE TRIGGER conversion_country_kept BEFORE UPDATE OF country ON conversion
BEGIN SELECT RAISE(ABORT, 'the facts of an order are kept as they were told'); END;
-- @postgres
CREATE FUNCTION conversion_country_kept() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the facts of an order are kept as they were told'; END $$;
CREATE TRIGGER conversion_country_kept BEFORE UPDATE OF country ON conversion
    FOR EACH ROW EXECUTE FUNCTION conversion_country_kept();
-- @both
