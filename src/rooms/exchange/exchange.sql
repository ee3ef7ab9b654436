-- name: exchange_insert
INSERT INTO exchange_rate (id, program_id, currency, day, rate, rate_e12, created_at, actor)
VALUES (:id, :program_id, :currency, :day, :rate, :rate_e12, :created_at, :actor);

-- name: exchange_list
SELECT id, program_id, currency, day, rate, rate_e12, created_at, actor
FROM exchange_rate
WHERE program_id = :program_id;

-- In force on a day.
-- name: exchange_at
SELECT id, program_id, currency, day, rate, rate_e12, created_at, actor
FROM exchange_rate
WHERE program_id = :program_id AND currency = :currency AND day <= :at
ORDER BY day DESC, id DESC
LIMIT 1;

-- The one told last for a day.
-- name: exchange_of_day
SELECT id, program_id, currency, day, rate, rate_e12, created_at, actor
FROM exchange_rate
WHERE program_id = :program_id AND currency = :currency AND day = :day
ORDER BY id DESC
LIMIT 1;

-- name: exchange_all
SELECT id, program_id, currency, day, rate, rate_e12, created_at, actor
FROM exchange_rate
WHERE program_id = :program_id
ORDER BY currency, day, id;
