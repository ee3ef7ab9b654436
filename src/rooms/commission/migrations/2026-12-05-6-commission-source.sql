-- A bonus of a rule hangs on a commission: of a recruited partner, of the order that was the first or that reached a
-- target. It is not payable before that is. When another order gives it, it hangs on that one and matures with it.
ALTER TABLE commission ADD COLUMN source_id {{int}};
UPDATE commission
SET source_id = COALESCE(
    (SELECT MIN(b.commission_id) FROM commission_beside b WHERE b.bonus_id = commission.id),
    (SELECT MIN(g.giver_id) FROM commission_bonus o JOIN commission_goal g
       ON g.rule_line_id = o.rule_line_id AND g.partner_id = o.partner_id AND g.is_test = o.is_test
          AND g.period_from = o.period_from
     WHERE o.commission_id = commission.id))
WHERE bonus_for IS NOT NULL;
CREATE INDEX commission_source ON commission (source_id) WHERE source_id IS NOT NULL;

-- @sqlite
DROP TRIGGER commission_kept;
-- @postgres
DROP TRIGGER commission_kept ON commission;
-- @both
CREATE TRIGGER commission_kept BEFORE UPDATE OF id, program_id, partner_id, conversion_id, order_id, kind, currency,
    earned_amount, base_amount, base_currency, share_bp, rule_id, rule_version, exact, receipt, occurred_at,
    is_test, created_at ON commission
BEGIN SELECT RAISE(ABORT, 'the facts of a commission are frozen'); END;
-- @sqlite
CREATE TRIGGER commission_matures_kept BEFORE UPDATE OF matures_at ON commission
    WHEN OLD.matures_at <> NEW.matures_at AND OLD.bonus_for IS NULL
BEGIN SELECT RAISE(ABORT, 'the facts of a commission are frozen'); END;
-- @postgres
CREATE TRIGGER commission_matures_kept BEFORE UPDATE ON commission
    FOR EACH ROW WHEN (OLD.matures_at <> NEW.matures_at AND OLD.bonus_for IS NULL)
    EXECUTE FUNCTION refuse('the facts of a commission are frozen');
-- @both
