-- To ask for the order's number first would put every order in the way of those told beside it.
-- name: conversion_insert
INSERT INTO conversion (id, program_id, type, order_id, amount, currency, customer_id, country, new_customer, occurred_at, metadata,
    click, coupon, source, attributed, model, precedence, window_days, customer_days, hold_days, clawback_days, customer_binding, judged_at,
    reason, visitor_id, content, is_test, created_at, actor, status, status_reason, status_note,
    refunded_amount, replaced_by, coupon_id, confirm_content, confirmed_at, told_amount, amended_by)
VALUES (:id, :program_id, :type, :order_id, :amount, :currency, :customer_id, :country, :new_customer, :occurred_at,
        :metadata, :click, :coupon, :source, :attributed, :model, :precedence, :window_days, :customer_days,
        :hold_days, :clawback_days, :customer_binding, :judged_at, :reason, :visitor_id, :content, :is_test, :created_at, :actor, :status,
        :status_reason, :status_note, :refunded_amount, :replaced_by, :coupon_id, :confirm_content, :confirmed_at,
        :told_amount, :amended_by)
ON CONFLICT (program_id, is_test, order_id) WHERE status <> 'replaced' DO NOTHING;

-- name: conversion_keep
UPDATE conversion
SET status = :status, status_reason = :status_reason, status_note = :status_note, refunded_amount = :refunded_amount,
    replaced_by = :replaced_by, coupon_id = :coupon_id, confirm_content = :confirm_content,
    confirmed_at = :confirmed_at, amount = :amount, amended_by = :amended_by
WHERE id = :id AND program_id = :program_id;

-- name: conversion_one
SELECT id, program_id, type, order_id, amount, currency, customer_id, country, new_customer, occurred_at, metadata,
       click, coupon, source, attributed, model, precedence, window_days, customer_days, hold_days, clawback_days, customer_binding, judged_at,
       reason, visitor_id, content, is_test, created_at, actor, status, status_reason, status_note,
       refunded_amount, replaced_by, coupon_id, confirm_content, confirmed_at, told_amount, amended_by
FROM conversion
WHERE id = :id AND program_id = :program_id
  AND (:partner_id IS NULL OR EXISTS (SELECT 1 FROM conversion_touch t
                                      WHERE t.conversion_id = conversion.id AND t.partner_id = :partner_id)
       OR EXISTS (SELECT 1 FROM conversion_move m
                  WHERE m.conversion_id = conversion.id AND m.to_partner_id = :partner_id));

-- name: conversion_by_order
SELECT id, program_id, type, order_id, amount, currency, customer_id, country, new_customer, occurred_at, metadata,
       click, coupon, source, attributed, model, precedence, window_days, customer_days, hold_days, clawback_days, customer_binding, judged_at,
       reason, visitor_id, content, is_test, created_at, actor, status, status_reason, status_note,
       refunded_amount, replaced_by, coupon_id, confirm_content, confirmed_at, told_amount, amended_by
FROM conversion
WHERE program_id = :program_id AND is_test = :is_test AND order_id = :order_id AND status <> 'replaced';

-- Also replaced ones: for the debugger.
-- name: conversion_all_by_order
SELECT id, program_id, type, order_id, amount, currency, customer_id, country, new_customer, occurred_at, metadata,
       click, coupon, source, attributed, model, precedence, window_days, customer_days, hold_days, clawback_days, customer_binding, judged_at,
       reason, visitor_id, content, is_test, created_at, actor, status, status_reason, status_note,
       refunded_amount, replaced_by, coupon_id, confirm_content, confirmed_at, told_amount, amended_by
FROM conversion
WHERE program_id = :program_id AND order_id = :order_id
ORDER BY id;

-- name: conversion_list
SELECT id, program_id, type, order_id, amount, currency, customer_id, country, new_customer, occurred_at, metadata,
       click, coupon, source, attributed, model, reason, is_test, created_at, status, status_reason,
       status_note, refunded_amount, replaced_by, confirmed_at, told_amount, amended_by
FROM conversion
WHERE program_id = :program_id AND is_test = :is_test;

-- name: conversion_list_of_partner
SELECT id, program_id, type, order_id, amount, currency, customer_id, country, new_customer, occurred_at, metadata,
       click, coupon, source, attributed, model, reason, is_test, created_at, status, status_reason,
       status_note, refunded_amount, replaced_by, confirmed_at, told_amount, amended_by
FROM conversion
WHERE program_id = :program_id AND is_test = :is_test AND status <> 'replaced'
  AND (EXISTS (SELECT 1 FROM conversion_touch t
               WHERE t.conversion_id = conversion.id AND t.partner_id = :partner_id)
       OR EXISTS (SELECT 1 FROM conversion_move m
                  WHERE m.conversion_id = conversion.id AND m.to_partner_id = :partner_id));

-- name: conversion_item_insert
INSERT INTO conversion_item (conversion_id, n, sku, name, category, quantity, amount)
VALUES (:conversion_id, :n, :sku, :name, :category, :quantity, :amount);

-- name: conversion_item_list
SELECT sku, name, category, quantity, amount
FROM conversion_item WHERE conversion_id = :conversion_id
ORDER BY n;

-- name: conversion_touch_insert
INSERT INTO conversion_touch (conversion_id, n, kind, evidence, bar, click_id, coupon_id, link_id, partner_id, from_conversion_id, at,
    share_bp, won, reason, partner_group, subs, waits, bound_bp)
VALUES (:conversion_id, :n, :kind, :evidence, :bar, :click_id, :coupon_id, :link_id, :partner_id,
        :from_conversion_id, :at, :share_bp, :won, :reason, :partner_group, :subs, :waits,
        :bound_bp);

-- With what a click told that came after its order.
-- name: conversion_touch_list
SELECT t.conversion_id, t.n, t.kind, t.evidence, t.bar, t.click_id, t.coupon_id, t.link_id, t.partner_id,
       t.from_conversion_id, t.at, t.share_bp, t.won, t.reason, t.partner_group, t.bound_bp,
       CASE WHEN t.waits = 0 THEN t.subs ELSE (SELECT l.subs FROM conversion_late l
           WHERE l.conversion_id = t.conversion_id AND l.n = t.n) END AS subs,
       CASE WHEN t.waits = 1 AND NOT EXISTS (SELECT 1 FROM conversion_late l
           WHERE l.conversion_id = t.conversion_id AND l.n = t.n) THEN 1 ELSE 0 END AS waits
FROM conversion_touch t WHERE t.conversion_id = :conversion_id
ORDER BY t.n;

-- The same to be shown.
-- name: conversion_touch_shown
SELECT t.conversion_id, t.n, t.kind, t.evidence, t.bar, t.click_id, t.coupon_id, t.link_id, t.partner_id,
       t.from_conversion_id, t.at, t.share_bp, t.won, t.reason, t.partner_group, t.bound_bp,
       CASE WHEN t.waits = 0 THEN t.subs ELSE (SELECT l.subs FROM conversion_late l
           WHERE l.conversion_id = t.conversion_id AND l.n = t.n) END AS subs,
       CASE WHEN t.waits = 1 AND NOT EXISTS (SELECT 1 FROM conversion_late l
           WHERE l.conversion_id = t.conversion_id AND l.n = t.n) THEN 1 ELSE 0 END AS waits,
       p.name AS partner_name, k.code AS link_code
FROM conversion_touch t LEFT JOIN partner p ON p.id = t.partner_id LEFT JOIN link k ON k.id = t.link_id
WHERE t.conversion_id = :conversion_id
ORDER BY t.n;

-- name: conversion_click_there
SELECT id FROM click WHERE id = :id AND program_id = :program_id;

-- name: conversion_late_insert
INSERT INTO conversion_late (conversion_id, n, click_id, subs, created_at)
VALUES (:conversion_id, :n, :click_id, :subs, :created_at);

-- What earlier orders of this customer were led by: clicks that could count, and codes that did.
-- name: conversion_touch_of_customer
SELECT t.conversion_id, t.n, t.kind, t.evidence, t.bar, t.click_id, t.coupon_id, t.link_id, t.partner_id,
       t.from_conversion_id, t.at, t.share_bp, t.won, t.reason, t.partner_group,
       CASE WHEN t.waits = 0 THEN t.subs ELSE (SELECT l.subs FROM conversion_late l
           WHERE l.conversion_id = t.conversion_id AND l.n = t.n) END AS subs,
       CASE WHEN t.waits = 1 AND NOT EXISTS (SELECT 1 FROM conversion_late l
           WHERE l.conversion_id = t.conversion_id AND l.n = t.n) THEN 1 ELSE 0 END AS waits
FROM conversion c JOIN conversion_touch t ON t.conversion_id = c.id
WHERE c.program_id = :program_id AND c.is_test = :is_test AND c.customer_id = :customer_id
  AND c.status NOT IN ('declined', 'replaced') AND c.occurred_at <= :at AND c.id <> :id
  AND ((t.kind = 'click' AND t.bar = '') OR (t.kind = 'coupon' AND t.won = 1))
ORDER BY t.at DESC, t.conversion_id DESC, t.n DESC
LIMIT 200;

-- The order that binds this customer: the first that a partner earned.
-- name: conversion_touch_that_binds
SELECT t.conversion_id, t.n, t.kind, t.evidence, t.bar, t.click_id, t.coupon_id, t.link_id, t.partner_id,
       t.from_conversion_id, c.occurred_at AS at, t.share_bp, t.won, t.reason, t.partner_group,
       CASE WHEN t.waits = 0 THEN t.subs ELSE (SELECT l.subs FROM conversion_late l
           WHERE l.conversion_id = t.conversion_id AND l.n = t.n) END AS subs,
       CASE WHEN t.waits = 1 AND NOT EXISTS (SELECT 1 FROM conversion_late l
           WHERE l.conversion_id = t.conversion_id AND l.n = t.n) THEN 1 ELSE 0 END AS waits
FROM conversion_touch t JOIN conversion c ON c.id = t.conversion_id
WHERE t.won = 1 AND (:binding <> 'coupon' OR t.kind = 'coupon')
  AND t.conversion_id = (
    SELECT o.id FROM conversion o
    WHERE o.program_id = :program_id AND o.is_test = :is_test AND o.customer_id = :customer_id
      AND o.status NOT IN ('declined', 'replaced') AND o.occurred_at <= :at AND o.id <> :id AND o.attributed = 1
      AND (:binding = 'coupon' OR o.type = :binding)
      AND (:binding <> 'coupon' OR EXISTS (SELECT 1 FROM conversion_touch w
                                           WHERE w.conversion_id = o.id AND w.won = 1 AND w.kind = 'coupon'))
    ORDER BY o.occurred_at, o.id
    LIMIT 1)
ORDER BY t.n;

-- name: conversion_partner_seat
-- As he is now, and in the group that he was in when the order happened.
SELECT p.id AS partner_id, p.status, p.name AS partner_name,
       NULLIF(COALESCE((SELECT w.name FROM partner_group_was w
                        WHERE w.partner_id = p.id AND w.ended_at > :at
                        ORDER BY w.ended_at LIMIT 1), p."group"), '') AS partner_group
FROM partner p WHERE p.id = :id AND p.program_id = :program_id;

-- What a token names: its link, the seat of the link's partner, and the click as far as it is here.
-- name: conversion_token
SELECT p.id AS seat_partner_id, p.status AS seat_status, p.name AS seat_partner_name,
       NULLIF(COALESCE((SELECT w.name FROM partner_group_was w
                        WHERE w.partner_id = p.id AND w.ended_at > :at
                        ORDER BY w.ended_at LIMIT 1), p."group"), '') AS seat_partner_group,
       l.code AS link_code, c.id AS click_id, c.marks AS click_marks, c.sub1 AS click_sub1, c.sub2 AS click_sub2,
       c.sub3 AS click_sub3, c.sub4 AS click_sub4, c.sub5 AS click_sub5
FROM link l
JOIN partner p ON p.id = l.partner_id AND p.program_id = l.program_id
LEFT JOIN click c ON c.id = :click_id AND c.program_id = l.program_id
WHERE l.id = :link_id AND l.program_id = :program_id;

-- name: conversion_partner_choices
SELECT id, name FROM partner
WHERE program_id = :program_id AND status = 'approved'
ORDER BY name, id;

-- Looks for an order by what led to it.
-- name: conversion_id_by_click
SELECT conversion_id FROM conversion_touch t JOIN conversion c ON c.id = t.conversion_id
WHERE t.click_id = :click_id AND c.program_id = :program_id
ORDER BY t.won DESC, t.conversion_id DESC LIMIT 1;

-- name: conversion_id_by_coupon
SELECT t.conversion_id FROM conversion_touch t JOIN conversion c ON c.id = t.conversion_id
WHERE t.coupon_id = :coupon_id AND c.program_id = :program_id
ORDER BY t.conversion_id DESC LIMIT 1;

-- name: conversion_unverified_count
SELECT COUNT(*) FROM conversion
WHERE program_id = :program_id AND is_test = 0 AND status = 'unverified';

-- name: refund_insert
INSERT INTO refund (id, program_id, order_id, refund_id, amount, currency, kind, reason, items_json, is_test, occurred_at, is_late, created_at, conversion_id, status, actor)
VALUES (:id, :program_id, :order_id, :refund_id, :amount, :currency, :kind, :reason, :items_json, :is_test, :occurred_at, :is_late,
        :created_at,
        :conversion_id, :status, :actor);

-- name: refund_settle
UPDATE refund SET conversion_id = :conversion_id, status = :status, is_late = :is_late WHERE id = :id AND program_id = :program_id;

-- Of what came back, the part that takes something back.
-- name: refund_counted
SELECT CAST(COALESCE(SUM(amount), 0) AS {{int}}) FROM refund
WHERE conversion_id = :conversion_id AND status = 'applied' AND is_late = 0;

-- name: refund_one
SELECT id, program_id, order_id, refund_id, amount, currency, kind, reason, items_json, is_test, occurred_at, is_late, created_at,
       conversion_id, status
FROM refund
WHERE program_id = :program_id AND is_test = :is_test AND order_id = :order_id AND refund_id = :refund_id;

-- Of an order whose sale has come, or comes again in other words.
-- name: refund_of_order
SELECT id, program_id, order_id, refund_id, amount, currency, kind, reason, items_json, is_test, occurred_at, is_late, created_at,
       conversion_id, status
FROM refund
WHERE program_id = :program_id AND is_test = :is_test AND order_id = :order_id
ORDER BY id;

-- By time, whenever they were told: items that several name go to the first lines.
-- name: refund_of_conversion
SELECT id, program_id, order_id, refund_id, amount, currency, kind, reason, items_json, is_test, occurred_at, is_late, created_at,
       conversion_id, status
FROM refund WHERE conversion_id = :conversion_id
ORDER BY COALESCE(occurred_at, created_at), refund_id;

-- name: refund_list
SELECT id, program_id, order_id, refund_id, amount, currency, kind, reason, items_json, is_test, occurred_at, is_late, created_at,
       conversion_id, status
FROM refund
WHERE program_id = :program_id AND is_test = :is_test;

-- ---- amended and moved ----

-- Was anything told of this order before the order itself?
-- name: conversion_foretold
SELECT CASE WHEN EXISTS (SELECT 1 FROM refund
                         WHERE program_id = :program_id AND is_test = :is_test AND order_id = :order_id)
              OR EXISTS (SELECT 1 FROM amendment
                         WHERE program_id = :program_id AND is_test = :is_test AND order_id = :order_id)
       THEN 1 ELSE 0 END;

-- name: amendment_insert
INSERT INTO amendment (id, program_id, order_id, amendment_id, amount, currency, reason, items_json, occurred_at, is_test,
    created_at, actor, conversion_id, status)
VALUES (:id, :program_id, :order_id, :amendment_id, :amount, :currency, :reason, :items_json, :occurred_at, :is_test,
        :created_at, :actor, :conversion_id, :status);

-- name: amendment_settle
UPDATE amendment SET conversion_id = :conversion_id, status = :status WHERE id = :id AND program_id = :program_id;

-- name: amendment_one
SELECT id, program_id, order_id, amendment_id, amount, currency, reason, items_json, occurred_at, is_test, created_at,
       conversion_id, status
FROM amendment
WHERE program_id = :program_id AND is_test = :is_test AND order_id = :order_id AND amendment_id = :amendment_id;

-- name: amendment_list
SELECT id, program_id, order_id, amendment_id, amount, currency, reason, items_json, occurred_at, is_test, created_at,
       conversion_id, status
FROM amendment
WHERE program_id = :program_id AND is_test = :is_test;

-- By time: the last of them holds.
-- name: amendment_of_order
SELECT id, program_id, order_id, amendment_id, amount, currency, reason, items_json, occurred_at, is_test, created_at,
       conversion_id, status
FROM amendment
WHERE program_id = :program_id AND is_test = :is_test AND order_id = :order_id
ORDER BY occurred_at, id;

-- name: amendment_of_conversion
SELECT id, program_id, order_id, amendment_id, amount, currency, reason, items_json, occurred_at, is_test, created_at,
       conversion_id, status
FROM amendment
WHERE conversion_id = :conversion_id AND status = 'applied'
ORDER BY occurred_at, id;

-- name: conversion_move_insert
INSERT INTO conversion_move (id, program_id, conversion_id, from_partner_id, to_partner_id, to_group, reason, created_at,
    actor)
VALUES (:id, :program_id, :conversion_id, :from_partner_id, :to_partner_id, :to_group, :reason, :created_at, :actor);

-- name: conversion_move_list
SELECT m.id, m.program_id, m.conversion_id, m.from_partner_id, m.to_partner_id, m.to_group, m.reason, m.created_at,
       m.actor, p.name AS to_name, f.name AS from_name, c.order_id
FROM conversion_move m JOIN partner p ON p.id = m.to_partner_id JOIN conversion c ON c.id = m.conversion_id
     LEFT JOIN partner f ON f.id = m.from_partner_id
WHERE m.conversion_id = :conversion_id
ORDER BY m.id;

-- name: conversion_move_index
SELECT m.id, m.program_id, m.conversion_id, m.from_partner_id, m.to_partner_id, m.to_group, m.reason, m.created_at,
       m.actor, p.name AS to_name, f.name AS from_name, c.order_id
FROM conversion_move m JOIN partner p ON p.id = m.to_partner_id JOIN conversion c ON c.id = m.conversion_id
     LEFT JOIN partner f ON f.id = m.from_partner_id
WHERE m.program_id = :program_id AND c.is_test = :is_test;

-- What makes a refund more than a part of what was told: items that it or another named, amendments, moves.
-- name: conversion_specials
SELECT (SELECT COUNT(*) FROM refund WHERE conversion_id = :conversion_id AND status = 'applied' AND items_json IS NOT NULL)
     + (SELECT COUNT(*) FROM amendment WHERE conversion_id = :conversion_id AND status = 'applied')
     + (SELECT COUNT(*) FROM conversion_move WHERE conversion_id = :conversion_id)
     + (SELECT COUNT(*) FROM commission_volume WHERE conversion_id = :conversion_id)
     + (SELECT COUNT(*) FROM commission c JOIN commission_beside b ON b.commission_id = c.id
        WHERE c.conversion_id = :conversion_id);
