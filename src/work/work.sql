-- name: job_insert
-- A second job of one kind and key that has not begun is not queued; the earlier due time stands.
INSERT INTO job (id, program_id, kind, arg, only_key, state, attempt, due_at, queued_at)
VALUES (:id, :program_id, :kind, :arg, :only_key, 'waiting', 0, :due_at, :now)
ON CONFLICT (kind, only_key) WHERE only_key IS NOT NULL
DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < job.due_at;

-- name: job_due
-- Is there anything to do? Asked before a write is begun, because a write costs a sync.
SELECT (SELECT COUNT(*) FROM job WHERE state = 'waiting' AND due_at <= :now)
     + (SELECT COUNT(*) FROM job WHERE state = 'running' AND lease_until <= :now)
     + (SELECT COUNT(*) FROM job_schedule WHERE next_at <= :now);

-- name: job_unfinished
-- What work_settle waits for: due, or still running under a lease that holds.
SELECT (SELECT COUNT(*) FROM job WHERE state = 'waiting' AND due_at <= :now)
     + (SELECT COUNT(*) FROM job WHERE state = 'running')
     + (SELECT COUNT(*) FROM job_schedule WHERE next_at <= :now);

-- name: job_claim @sqlite
-- The key is given up at the start: from now on the same work may be queued again.
UPDATE job
SET state = 'running', attempt = attempt + 1, only_key = NULL, begun_at = :now,
    lease_until = :lease_until, node = :node
WHERE id IN (
    SELECT id FROM job
    WHERE (state = 'waiting' AND due_at <= :now) OR (state = 'running' AND lease_until <= :now)
    ORDER BY due_at, id LIMIT :most)
RETURNING id, program_id, kind, arg, attempt, due_at;

-- name: job_claim @postgres
UPDATE job
SET state = 'running', attempt = attempt + 1, only_key = NULL, begun_at = :now,
    lease_until = :lease_until, node = :node
WHERE id IN (
    SELECT id FROM job
    WHERE (state = 'waiting' AND due_at <= :now) OR (state = 'running' AND lease_until <= :now)
    ORDER BY due_at, id LIMIT :most FOR UPDATE {{skip_locked}})
RETURNING id, program_id, kind, arg, attempt, due_at;

-- name: job_done
-- Only by him who holds it: a lease that ran out may have been taken by another.
DELETE FROM job WHERE id = :id AND state = 'running' AND node = :node AND attempt = :attempt;

-- name: job_held
SELECT COUNT(*) FROM job WHERE id = :id AND state = 'running' AND node = :node AND attempt = :attempt;

-- name: job_renew
UPDATE job SET lease_until = :lease_until WHERE state = 'running' AND node = :node AND lease_until > :now;

-- name: job_again
UPDATE job SET state = 'waiting', due_at = :due_at, error = :error, lease_until = NULL
WHERE id = :id AND state = 'running' AND node = :node AND attempt = :attempt;

-- name: job_fail
UPDATE job SET state = 'failed', error = :error, lease_until = NULL
WHERE id = :id AND state = 'running' AND node = :node AND attempt = :attempt;

-- name: job_release
-- At start: what this node held when it died is due again at once.
UPDATE job SET state = 'waiting', lease_until = NULL WHERE state = 'running' AND node = :node;

-- name: schedule_insert
INSERT INTO job_schedule (kind, next_at) VALUES (:kind, :next_at) ON CONFLICT (kind) DO NOTHING;

-- name: schedule_take
-- One node of many wins: the others change no row.
UPDATE job_schedule SET next_at = :next_at WHERE kind = :kind AND next_at <= :now;

-- name: schedule_drop
DELETE FROM job_schedule WHERE kind = :kind;

-- name: schedule_list
SELECT kind FROM job_schedule ORDER BY kind;

-- name: job_list
SELECT id, program_id, kind, arg, state, attempt, due_at, queued_at, begun_at, error FROM job;

-- name: job_count_failed
SELECT COUNT(*) FROM job WHERE state = 'failed';

-- name: job_count_waiting
SELECT COUNT(*) FROM job WHERE state <> 'failed';

-- name: job_retry
UPDATE job SET state = 'waiting', due_at = :now, attempt = 0 WHERE id = :id AND state = 'failed';

-- name: job_remove
DELETE FROM job WHERE id = :id AND state = 'failed';

-- name: job_remove_old
DELETE FROM job WHERE state = 'failed' AND queued_at < :before;
