/* The settings of the embedded engine and the questions about its schema: text only, for sqlite.c.
 */
#pragma once

#include <stdbool.h>

#define SQLITE_SETUP_ALL                                                                           \
    "PRAGMA mmap_size = 0;"                                                                        \
    "PRAGMA cell_size_check = ON;"                                                                 \
    "PRAGMA foreign_keys = ON;"                                                                    \
    "PRAGMA trusted_schema = OFF;"

/* FULL: a commit is synced before it returns. The writer alone moves the log into the database,
 * when it chooses to. Deleted rows are overwritten: who was erased is not in free pages. */
#define SQLITE_SETUP_WRITE                                                                         \
    "PRAGMA journal_mode = WAL;"                                                                   \
    "PRAGMA synchronous = FULL;"                                                                   \
    "PRAGMA wal_autocheckpoint = 0;"                                                               \
    "PRAGMA journal_size_limit = 67108864;"                                                        \
    "PRAGMA secure_delete = ON;"                                                                   \
    "PRAGMA temp_store = MEMORY;"                                                                  \
    "PRAGMA cache_size = -8000;"

#define SQLITE_SETUP_READ                                                                          \
    "PRAGMA query_only = ON;"                                                                      \
    "PRAGMA cache_size = -2000;"

/* A copy is synced as a whole at its end, and thrown away when it fails before. */
#define SQLITE_SETUP_COPY                                                                          \
    "PRAGMA journal_mode = OFF;"                                                                   \
    "PRAGMA synchronous = OFF;"

/* clang-format off */
static const struct {
    const char *name, *value;
    bool of_readers;
} sqlite_wanted[] = {
    { "journal_mode",       "wal", true },
    { "synchronous",        "2",   false },
    { "wal_autocheckpoint", "0",   false },
    { "mmap_size",          "0",   true },
    { "foreign_keys",       "1",   true },
    { "trusted_schema",     "0",   true },
    { "cell_size_check",    "1",   true },
};
/* clang-format on */

#define SQLITE_TABLES                                                                              \
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"                  \
    " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"                                                  \
    " AND name NOT LIKE '%\\_passing' ESCAPE '\\' ORDER BY name" /* what no copy is to have */
#define SQLITE_COLUMNS "SELECT name, pk FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid"
#define SQLITE_REFERENCES                                                                          \
    "SELECT DISTINCT \"table\" AS name FROM pragma_foreign_key_list(?1) ORDER BY name"
