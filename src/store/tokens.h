/* What differs between the engines' SQL, for tools/statements and for migrations. */
#pragma once

#include <stdbool.h>

/* clang-format off */
static const struct sql_token {
    const char *name;
    const char *text[2]; /* SQLite, PostgreSQL */
    bool writes;         /* makes a statement a write */
} sql_tokens[] = {
    { "key",         { "INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY" },     false },
    { "int",         { "INTEGER",             "BIGINT" },                 false },
    { "blob",        { "BLOB",                "BYTEA" },                  false },
    { "strict",      { "STRICT",              "" },                       false },
    { "by_key",      { "STRICT, WITHOUT ROWID", "" },                     false }, /* rows lie in the order of the key */
    { "skip_locked", { "",                    "FOR UPDATE SKIP LOCKED" }, true },
};
/* clang-format on */

enum { SQL_TOKENS = sizeof(sql_tokens) / sizeof(sql_tokens[0]) };
