#!/bin/sh
# What tools/statements makes of a room's SQL, and what it refuses, with file and line.
# usage: statements_test.sh STATEMENTS
set -u
tool=$(realpath "$1") || exit 1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

fail() {
    echo "not ok: $1"
    touch failed
}

# refuses WORDS: the SQL on standard input is refused, and the message holds the words.
refuses() {
    cat > x.sql
    if "$tool" x.sql x.c x.h 2> message; then
        fail "accepted: $1"
    elif ! grep -qF -- "$1" message; then
        fail "expected '$1', got: $(cat message)"
    fi
}

# makes WORDS: the SQL is compiled, and the source holds the words.
makes() {
    cat > x.sql
    if ! "$tool" x.sql x.c x.h 2> message; then
        fail "refused: $(cat message)"
    elif ! grep -qF -- "$1" x.c; then
        fail "expected '$1' in: $(cat x.c)"
    fi
}

makes 'VALUES (?1, ?2, ?1)' << 'END'
-- name: a
INSERT INTO t (a, b, c) VALUES (:x, :y, :x);
END
makes 'VALUES ($1, $2, $1)' << 'END'
-- name: a
INSERT INTO t (a, b, c) VALUES (:x, :y, :x);
END
makes '"x", "y", NULL' << 'END'
-- name: a
SELECT :x, :y
END
makes "SELECT ':no', \\\":no\\\", a::text, ?1" << 'END'
-- name: a
SELECT ':no', ":no", a::text, :yes -- and :no
/* nor :here */
END
makes "'it''s :no' , ?1" << 'END'
-- name: a
SELECT 'it''s :no' , :x
END
makes 'CAST(a AS BIGINT)' << 'END'
-- name: a
SELECT CAST(a AS {{int}})
END
makes 'LIMIT 1 FOR UPDATE SKIP LOCKED' << 'END'
-- name: a
SELECT id FROM job LIMIT 1 {{skip_locked}};
END
for sql in 'SELECT id FROM job {{skip_locked}}' 'UPDATE t SET a = 1' 'delete from t' \
    'WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x' 'SELECT 1 FROM t FOR UPDATE'; do
    printf -- '-- name: a\n%s\n' "$sql" | makes '.writes = true'
done
for sql in "SELECT 'UPDATE' FROM t" 'SELECT "update" FROM t' "WITH x AS (SELECT replace(a, 'b', 'c') FROM t) SELECT * FROM x" \
    'SELECT updated_at FROM t -- UPDATE'; do
    printf -- '-- name: a\n%s\n' "$sql" | makes '.writes = false'
done
makes 'const struct statement COUPON_BY_CODE_2 = {' << 'END'
-- Words about the room.

-- name: coupon_by_code_2 @sqlite
SELECT :x
-- name: coupon_by_code_2 @postgres
SELECT :x::text
END
grep -q 'extern const struct statement COUPON_BY_CODE_2;' x.h || fail "the header lacks it"
grep -q 'x_statements\[\]' x.h || fail "the header lacks the table"
printf '#include "x.c"\n' > y.c
mkdir -p store
printf '#include <stdbool.h>\nstruct statement { const char *name, *sql[2]; const char *const *params; _Bool writes; };\n#define NULL ((void *)0)\n' > store/store.h
${CC:-cc} -std=gnu17 -Wall -Wextra -Werror -I. -c y.c -o y.o || fail "what it makes does not compile"

refuses 'x.sql:3: error: SQL before the first' << 'END'
-- words

SELECT 1;
-- name: a
SELECT 1
END
refuses 'x.sql:4: error: a is here twice' << 'END'
-- name: a
SELECT 1

-- name: a
SELECT 2
END
refuses 'x.sql:1: error: a has no text for postgres' << 'END'
-- name: a @sqlite
SELECT 1
END
refuses 'x.sql:1: error: a: the text for postgres does not use :y' << 'END'
-- name: a @sqlite
SELECT :x, :y
-- name: a @postgres
SELECT :x
END
refuses 'x.sql:1: error: a is empty' << 'END'
-- name: a
-- name: b
SELECT 1
END
refuses 'x.sql:3: error: something after the' << 'END'
-- name: a
SELECT 1;
SELECT 2;
END
refuses 'x.sql:3: error: no token {{ke}}' << 'END'
-- name: a
SELECT
{{ke}}
END
refuses 'x.sql:2: error: write parameters as :name' << 'END'
-- name: a
SELECT ?
END
refuses 'x.sql:2: error: write parameters as :name' << 'END'
-- name: a
SELECT $1
END
refuses 'x.sql:2: error: a parameter is' << 'END'
-- name: a
SELECT :Name
END
refuses 'x.sql:3: error: a text that never ends' << 'END'
-- name: a
SELECT
'abc
END
refuses 'x.sql:2: error: a comment that never ends' << 'END'
-- name: a
SELECT 1 /* and so on
END
refuses 'x.sql:1: error: after' << 'END'
-- name: Big
SELECT 1
END
refuses "x.sql:1: error: '@oracle' after the name" << 'END'
-- name: a @oracle
SELECT 1
END
refuses "x.sql:2: error: a begins with 'DROP'" << 'END'
-- name: a
DROP TABLE t
END

"$tool" nothing.sql x.c x.h 2> message && fail "a missing file was accepted"
"$tool" --list l.c l.h coupon.sql partner.sql.c || fail "--list"
grep -q 'partner_statements,' l.c || fail "the list lacks a room"
[ ! -f failed ]
