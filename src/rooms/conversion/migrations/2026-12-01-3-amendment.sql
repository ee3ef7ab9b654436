-- An order may be amended: its amount (and items) are those of the latest amendment by time; what was told first stays
-- in told_amount and content.
ALTER TABLE conversion ADD COLUMN told_amount {{int}} NOT NULL DEFAULT 0;
ALTER TABLE conversion ADD COLUMN amended_by {{int}};
UPDATE conversion SET told_amount = amount;
-- @sqlite
DROP TRIGGER conversion_kept;
CREATE TRIGGER conversion_kept BEFORE UPDATE OF id, program_id, type, order_id, told_amount, currency, customer_id,
    new_customer, occurred_at, metadata, click, coupon, source, attributed, model, precedence, window_days,
    customer_days, hold_days, judged_at, reason, visitor_id, content, is_test, created_at, actor ON conversion
BEGIN SELECT RAISE(ABORT, 'the facts of an order are kept as they were told'); END;
-- @both

-- conversion_id null: told before its sale.
CREATE TABLE amendment (
    id            {{key}},
    program_id    {{int}} NOT NULL,
    order_id      TEXT NOT NULL,
    amendment_id  TEXT NOT NULL,
    amount        {{int}} NOT NULL CHECK (amount >= 0),
    currency      TEXT NOT NULL CHECK (length(currency) = 3),
    reason        TEXT,
    items_json    TEXT,
    occurred_at   {{int}} NOT NULL,
    is_test       {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    created_at    {{int}} NOT NULL,
    actor         TEXT,
    -- below: may change
    conversion_id {{int}} REFERENCES conversion (id),
    status        TEXT NOT NULL CHECK (status IN ('applied', 'waiting', 'refused')),
    UNIQUE (program_id, is_test, order_id, amendment_id)
) {{strict}};
CREATE INDEX amendment_conversion ON amendment (conversion_id) WHERE conversion_id IS NOT NULL;

-- A sale that was given to another partner: from_partner_id null: whoever had it.
CREATE TABLE conversion_move (
    id              {{key}},
    program_id      {{int}} NOT NULL,
    conversion_id   {{int}} NOT NULL REFERENCES conversion (id),
    from_partner_id {{int}},
    to_partner_id   {{int}} NOT NULL,
    to_group        TEXT, -- of that partner at that time: rules may name it
    reason          TEXT NOT NULL,
    created_at      {{int}} NOT NULL,
    actor           TEXT
) {{strict}};
CREATE INDEX conversion_move_conversion ON conversion_move (conversion_id);
-- @sqlite
CREATE TRIGGER conversion_amount_kept BEFORE UPDATE OF amount ON conversion
WHEN NEW.amount <> OLD.amount AND NOT EXISTS (SELECT 1 FROM amendment a
    WHERE a.id = NEW.amended_by AND a.conversion_id = OLD.id AND a.amount = NEW.amount)
BEGIN SELECT RAISE(ABORT, 'the amount of an order follows its amendments'); END;
CREATE TRIGGER amendment_kept BEFORE UPDATE OF id, program_id, order_id, amendment_id, amount, currency, reason,
    items_json, occurred_at, is_test, created_at, actor ON amendment
BEGIN SELECT RAISE(ABORT, 'the facts of an amendment are kept as they were told'); END;
CREATE TRIGGER amendment_stays BEFORE DELETE ON amendment
BEGIN SELECT RAISE(ABORT, 'an amendment is never deleted'); END;
CREATE TRIGGER conversion_move_kept BEFORE UPDATE ON conversion_move
BEGIN SELECT RAISE(ABORT, 'a move is kept as it was made'); END;
CREATE TRIGGER conversion_move_stays BEFORE DELETE ON conversion_move
BEGIN SELECT RAISE(ABORT, 'a move is kept as it was made'); END;
-- @postgres
CREATE FUNCTION conversion_amount_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.amount <> OLD.amount AND NOT EXISTS (SELECT 1 FROM amendment a
        WHERE a.id = NEW.amended_by AND a.conversion_id = OLD.id AND a.amount = NEW.amount) THEN
        RAISE EXCEPTION 'the amount of an order follows its amendments';
    END IF;
    RETURN NEW;
END; $$;
CREATE TRIGGER conversion_amount_kept BEFORE UPDATE OF amount ON conversion
    FOR EACH ROW EXECUTE FUNCTION conversion_amount_kept();
CREATE FUNCTION amendment_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'amendments and moves are kept as they were told'; END; $$;
CREATE TRIGGER amendment_kept BEFORE UPDATE OF id, program_id, order_id, amendment_id, amount, currency, reason,
    items_json, occurred_at, is_test, created_at, actor ON amendment FOR EACH ROW EXECUTE FUNCTION amendment_kept();
CREATE TRIGGER amendment_stays BEFORE DELETE ON amendment FOR EACH ROW EXECUTE FUNCTION amendment_kept();
CREATE TRIGGER conversion_move_kept BEFORE UPDATE OR DELETE ON conversion_move
    FOR EACH ROW EXECUTE FUNCTION amendment_kept();
-- @both
