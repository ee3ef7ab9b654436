-- Which rules apply beside the one that decided a commission: caps, budgets, bonuses, recruiters. Kept when it is made;
-- `granted` is what a cap leaves it, `bonus_id` the recruiter's commission.
CREATE TABLE commission_beside (
    commission_id {{int}} NOT NULL,
    rule_line_id  {{int}} NOT NULL,
    level         {{int}} NOT NULL, -- of recruiters, from 1; 0: no recruiter
    rule_id       {{int}} NOT NULL,
    program_id    {{int}} NOT NULL,
    is_test       {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    kind          TEXT NOT NULL CHECK (kind IN ('first_sale', 'target', 'recruit', 'partner_cap', 'budget')),
    partner_id    {{int}} NOT NULL, -- whom it concerns; 0: the programme
    currency      TEXT NOT NULL CHECK (length(currency) = 3),
    occurred_at   {{int}} NOT NULL,
    period_from   {{int}} NOT NULL, -- of the cap, budget or target; 0: ever
    -- below: may change
    granted       {{int}} NOT NULL,
    bonus_id      {{int}},
    PRIMARY KEY (commission_id, rule_line_id, level)
) {{strict}};
CREATE INDEX commission_beside_time ON commission_beside (program_id, rule_line_id, partner_id, is_test, period_from,
    occurred_at, commission_id);

-- Bonuses of rules: one for each partner and period.
CREATE TABLE commission_bonus (
    rule_line_id  {{int}} NOT NULL,
    partner_id    {{int}} NOT NULL,
    is_test       {{int}} NOT NULL CHECK (is_test IN (0, 1)),
    period_from   {{int}} NOT NULL,
    commission_id {{int}} NOT NULL,
    PRIMARY KEY (rule_line_id, partner_id, is_test, period_from)
) {{strict}};
-- @sqlite
CREATE TRIGGER commission_bonus_kept BEFORE UPDATE ON commission_bonus
BEGIN SELECT RAISE(ABORT, 'a bonus is given once'); END;
CREATE TRIGGER commission_bonus_stays BEFORE DELETE ON commission_bonus
BEGIN SELECT RAISE(ABORT, 'a bonus is given once'); END;
-- @postgres
CREATE FUNCTION commission_bonus_kept() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a bonus is given once'; END $$;
CREATE TRIGGER commission_bonus_kept BEFORE UPDATE OR DELETE ON commission_bonus
    FOR EACH ROW EXECUTE FUNCTION commission_bonus_kept();
-- @both
