-- name: outbox_insert
INSERT INTO outbox (id, program_id, to_email, to_name, lang, name, subject, body, url, off_url, is_private,
    state, tries, created_at)
VALUES (:id, :program_id, :to_email, :to_name, :lang, :name, :subject, :body, :url, :off_url, :is_private,
    'waiting', 0, :created_at);

-- name: outbox_get
SELECT id, program_id, to_email, to_name, lang, name, subject, body, url, off_url, is_private, state, tries,
    error, created_at, sent_at
FROM outbox WHERE id = :id;

-- name: outbox_get_for
-- Mails of no programme (invitations of staff, resets) are for those who manage people.
SELECT id, program_id, to_email, to_name, lang, name, subject, body, url, off_url, is_private, state, tries,
    error, created_at, sent_at
FROM outbox
WHERE id = :id AND (program_id = :program_id OR (program_id IS NULL AND :all = 1));

-- name: outbox_list
SELECT id, program_id, to_email, to_name, lang, name, subject, is_private, state, tries, error,
    created_at, sent_at
FROM outbox
WHERE program_id = :program_id OR (program_id IS NULL AND :all = 1);

-- name: outbox_count_waiting
SELECT COUNT(*) FROM outbox
WHERE state = 'waiting' AND (program_id = :program_id OR (program_id IS NULL AND :all = 1));

-- name: outbox_mark_sent
-- The link of a private mail is wiped: it is in the right hands now.
UPDATE outbox SET state = 'sent', sent_at = :now, tries = tries + 1, error = NULL, body = :body,
    url = CASE WHEN is_private = 1 THEN NULL ELSE url END
WHERE id = :id;

-- name: outbox_mark_failed
UPDATE outbox SET tries = tries + 1, error = :error WHERE id = :id AND state = 'waiting';

-- name: outbox_again
UPDATE outbox SET error = NULL WHERE id = :id AND state = 'waiting';

-- name: outbox_untried
-- Mails that were written before there was a server. Older ones a person sends, if they still make sense.
SELECT id, program_id FROM outbox
WHERE state = 'waiting' AND error IS NULL AND created_at <= :before AND created_at > :after
ORDER BY id LIMIT 500;

-- name: outbox_remove_old
DELETE FROM outbox WHERE state = 'sent' AND sent_at < :before;
