/* Named failures. A failure is a constant beside the rule that finds it; null is success. */
#pragma once

struct arena;

/* The kind decides the HTTP status: see http/problem.c. */
enum err_kind {
    ERR_MALFORMED  = 400,
    ERR_NO_KEY     = 401,
    ERR_FORBIDDEN  = 403,
    ERR_NOT_FOUND  = 404, /* not there, or not yours */
    ERR_METHOD     = 405,
    ERR_CONFLICT   = 409,
    ERR_TOO_LARGE  = 413,
    ERR_MEDIA_TYPE = 415,
    ERR_INVALID    = 422,
    ERR_TOO_MANY   = 429,
    ERR_INTERNAL   = 500,
    ERR_BUSY       = 503,
};

struct err {
    enum err_kind kind;
    const char *code;  /* stable, snake_case, part of the public API */
    const char *text;  /* one English sentence, a msgid of the catalogues */
    const char *field; /* the field at fault, or null */
};

typedef const struct err *err;

/* A failure made at run time. `text` is formatted into `arena` and is not translated: prefer constants. */
err err_make(struct arena *arena, enum err_kind kind, const char *code, const char *field,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* True when both are the same named failure (compares codes, so made ones match too). */
_Bool err_is(err e, const struct err *named);

#define MUST_CHECK __attribute__((warn_unused_result))

/* The only macro that hides a return. */
#define TRY(expression)                                                                            \
    do {                                                                                           \
        err try_failed_ = (expression);                                                            \
        if (try_failed_)                                                                           \
            return try_failed_;                                                                    \
    } while (0)

#define N_(text) text /* marks a msgid; looked up where it is shown */
