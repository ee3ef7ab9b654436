-- name: partner_insert
INSERT INTO partner (id, program_id, person_id, email, name, website, country, kind, "group", tags, status,
    reason, reason_note, flags, answers, about, source, payout_method, payout_account, payout_name, tax_id,
    terms_version, terms_accepted_at, created_at, decided_at, updated_at, decided_by, lang, recruited_by, rates_muted)
VALUES (:id, :program_id, :person_id, :email, :name, :website, :country, :kind, :group, :tags, :status,
    :reason, :reason_note, :flags, :answers, :about, :source, :payout_method, :payout_account, :payout_name,
    :tax_id, :terms_version, :terms_accepted_at, :created_at, :decided_at, :updated_at, :decided_by, :lang, :recruited_by, :rates_muted)
ON CONFLICT (program_id, email) DO NOTHING;

-- name: partner_renew
-- A rejected applicant applies again: his row is renewed, its timeline stays.
UPDATE partner
SET name = :name, website = :website, country = :country, kind = :kind, status = :status, reason = 'none',
    reason_note = NULL, flags = :flags, answers = :answers, about = :about, source = :source,
    terms_version = :terms_version, terms_accepted_at = :terms_accepted_at, decided_at = NULL,
    decided_by = NULL, updated_at = :updated_at, lang = :lang
WHERE program_id = :program_id AND id = :id;

-- name: partner_update
UPDATE partner
SET email = :email, name = :name, website = :website, country = :country, kind = :kind, "group" = :group,
    tags = :tags, about = :about, source = :source, payout_method = :payout_method,
    payout_account = :payout_account, payout_name = :payout_name, tax_id = :tax_id, lang = :lang, recruited_by = :recruited_by,
    rates_muted = :rates_muted,
    updated_at = :updated_at
WHERE program_id = :program_id AND id = :id;

-- name: partner_decided
UPDATE partner
SET status = :status, reason = :reason, reason_note = :reason_note, person_id = :person_id, "group" = :group,
    decided_at = :decided_at, decided_by = :decided_by, updated_at = :updated_at,
    approved_at = :approved_at
WHERE program_id = :program_id AND id = :id;

-- name: partner_group_leave
-- Before he was first approved no order could be his, so what he was in then is not kept.
INSERT INTO partner_group_was (partner_id, ended_at, name)
SELECT id, :ended_at, COALESCE("group", '') FROM partner
WHERE program_id = :program_id AND id = :id AND approved_at IS NOT NULL
    AND COALESCE("group", '') <> COALESCE(:group, '')
ON CONFLICT (partner_id, ended_at) DO NOTHING;

-- name: partner_group_at
SELECT NULLIF(COALESCE((SELECT w.name FROM partner_group_was w
                        WHERE w.partner_id = p.id AND w.ended_at > :at
                        ORDER BY w.ended_at LIMIT 1), p."group"), '') AS "group"
FROM partner p WHERE p.program_id = :program_id AND p.id = :id;

-- name: partner_mute
UPDATE partner SET rates_muted = 1, updated_at = :at WHERE id = :id AND rates_muted = 0;

-- name: partner_terms_accepted
UPDATE partner SET terms_version = :version, terms_accepted_at = :at, updated_at = :at
WHERE program_id = :program_id AND id = :id;

-- name: partner_one
SELECT id, program_id, person_id, email, name, website, country, kind, "group", tags, status, reason,
    reason_note, flags, answers, about, source, payout_method, payout_account, payout_name, tax_id,
    terms_version, terms_accepted_at, created_at, decided_at, updated_at, decided_by, lang, recruited_by, approved_at, rates_muted
FROM partner
WHERE program_id = :program_id AND id = :id;

-- name: partner_by_email
SELECT id, program_id, person_id, email, name, website, country, kind, "group", tags, status, reason,
    reason_note, flags, answers, about, source, payout_method, payout_account, payout_name, tax_id,
    terms_version, terms_accepted_at, created_at, decided_at, updated_at, decided_by, lang, recruited_by, approved_at, rates_muted
FROM partner
WHERE program_id = :program_id AND email = :email;

-- name: partner_list
SELECT id, program_id, person_id, email, name, website, country, kind, "group", tags, status, reason,
    reason_note, flags, answers, about, source, payout_method, payout_account, payout_name, tax_id,
    terms_version, terms_accepted_at, created_at, decided_at, updated_at, decided_by, lang, recruited_by, approved_at, rates_muted
FROM partner
WHERE program_id = :program_id AND (:status IS NULL OR status = :status)
    AND (:search IS NULL OR lower(name) LIKE :search ESCAPE '\' OR lower(email) LIKE :search ESCAPE '\'
        OR lower(website) LIKE :search ESCAPE '\');

-- name: partner_count_status
SELECT count(*) FROM partner WHERE program_id = :program_id AND status = :status;

-- name: partner_duplicates
-- Others of the programme with the same site or the same account to be paid to.
SELECT count(*) FROM partner
WHERE program_id = :program_id AND id <> :id
    AND ((:website IS NOT NULL AND website = :website)
        OR (:payout_account IS NOT NULL AND payout_account = :payout_account));

-- name: partner_duplicate_list
SELECT id, program_id, person_id, email, name, website, country, kind, "group", tags, status, reason,
    reason_note, flags, answers, about, source, payout_method, payout_account, payout_name, tax_id,
    terms_version, terms_accepted_at, created_at, decided_at, updated_at, decided_by, lang, recruited_by, approved_at, rates_muted
FROM partner
WHERE program_id = :program_id AND id <> :id
    AND ((:website IS NOT NULL AND website = :website)
        OR (:payout_account IS NOT NULL AND payout_account = :payout_account))
ORDER BY id
LIMIT 10;

-- name: partner_groups
SELECT DISTINCT "group" AS name FROM partner
WHERE program_id = :program_id AND "group" IS NOT NULL
ORDER BY name;

-- name: partner_event_insert
INSERT INTO partner_event (id, program_id, partner_id, kind, text, by, at)
VALUES (:id, :program_id, :partner_id, :kind, :text, :by, :at);

-- name: partner_event_list
SELECT id, program_id, partner_id, kind, text, by, at
FROM partner_event
WHERE program_id = :program_id AND partner_id = :partner_id
ORDER BY id DESC
LIMIT 200;

-- name: partner_waiting
SELECT id, program_id, person_id, email, name, website, country, kind, "group", tags, status, reason,
    reason_note, flags, answers, about, source, payout_method, payout_account, payout_name, tax_id,
    terms_version, terms_accepted_at, created_at, decided_at, updated_at, decided_by, lang, recruited_by, approved_at, rates_muted
FROM partner
WHERE program_id = :program_id AND status = 'pending'
ORDER BY id
LIMIT 200;
