-- name: news_insert
INSERT INTO news (id, origin, topic, a, b, c) VALUES (:id, :origin, :topic, :a, :b, :c);

-- name: news_wake @sqlite
SELECT 1;

-- name: news_wake @postgres
-- Only a hint to be quick: news are found by looking.
SELECT count(*) FROM pg_notify('tributary_news', '');

-- name: news_since
SELECT id, origin, topic, a, b, c FROM news WHERE id >= :from_id ORDER BY id;

-- name: news_forget
DELETE FROM news WHERE id < :before_id;
