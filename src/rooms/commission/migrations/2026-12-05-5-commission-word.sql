-- The word for a commission and where it waits hang on its own order alone: "reversed" once nothing of that is kept.
-- Until now a cap or a renewal that was over made "reversed" or "pending" of it by what had been told first.

-- Told before what is left of orders was kept: reversed was by refunds then.
UPDATE commission SET is_kept = 0 WHERE status = 'reversed' AND kind IN ('sale', 'lead') AND whole = 0;
-- Still his, though worth nothing as a renewal that is over or below a step.
UPDATE commission SET is_kept = 1
WHERE is_kept = 0 AND kind IN ('sale', 'lead') AND whole > refunded
  AND EXISTS (SELECT 1 FROM commission_volume v
              WHERE v.conversion_id = commission.conversion_id AND v.partner_id = commission.partner_id AND v.stands = 1);
-- A bonus is kept as long as something gives it.
UPDATE commission SET is_kept = 0 WHERE status = 'reversed' AND bonus_for IN ('first_sale', 'target');
UPDATE commission SET is_kept = 0
WHERE bonus_for = 'recruit'
  AND EXISTS (SELECT 1 FROM commission_beside b JOIN commission s ON s.id = b.commission_id
              WHERE b.bonus_id = commission.id AND (s.is_kept = 0 OR s.status = 'declined'));

UPDATE commission
SET place = CASE WHEN status_reason IS NOT NULL THEN 'held' WHEN payable_at IS NULL THEN 'pending' ELSE 'payable' END
WHERE status = 'reversed' AND is_kept = 1 AND place = 'none';
UPDATE commission
SET status = CASE place WHEN 'in_payout' THEN 'payable' ELSE place END,
    status_reason = CASE WHEN status_reason = 'held' THEN NULL ELSE status_reason END
WHERE status = 'reversed' AND is_kept = 1;
UPDATE commission
SET status_reason = CASE WHEN status = 'held' AND status_reason IS NULL THEN 'held' ELSE status_reason END,
    status = 'reversed', place = CASE WHEN place IN ('in_payout', 'paid') THEN place ELSE 'none' END
WHERE is_kept = 0 AND amount = 0 AND status IN ('pending', 'held', 'payable', 'paid')
  AND (booked = 0 OR place IN ('in_payout', 'paid'));
