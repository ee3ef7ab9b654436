/* Chunked request bodies: a state machine over bytes, with the data copied in bulk. */
#include "http/chunk.h"

#include <string.h>

enum { SIZE_DIGITS_MAX = 15, EXTRA_MAX = 4096, TRAILER_MAX = 4096 };

enum state {
    SIZE_BEGIN,
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_BEGIN,
    TRAILER,
    TRAILER_LF,
    END_LF,
    FINISHED,
    BROKEN,
};

void chunk_begin(struct chunk_reader *r, uint64_t limit)
{
    *r = (struct chunk_reader){ .limit = limit };
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_text(char c)
{
    unsigned char u = (unsigned char)c;

    return (u >= 0x20 && u != 0x7f) || u == '\t';
}

static int size_digit(struct chunk_reader *r, char c)
{
    int value = hex_value(c);

    if (value >= 0) {
        if (++r->digits > SIZE_DIGITS_MAX)
            return BROKEN;
        r->left = r->left * 16 + (uint64_t)value;
        return SIZE;
    }
    if (!r->digits)
        return BROKEN;
    if (c == '\r')
        return SIZE_LF;
    return c == ';' ? EXTENSION
                    : BROKEN; /* no white space: RFC 9112 7.1.1 allows only bad senders that */
}

static int extension_byte(struct chunk_reader *r, char c)
{
    if (c == '\r')
        return SIZE_LF;
    return is_text(c) && ++r->extra <= EXTRA_MAX ? EXTENSION : BROKEN;
}

static int trailer_byte(struct chunk_reader *r, char c)
{
    if (++r->trailer > TRAILER_MAX)
        return BROKEN;
    if (c == '\r')
        return r->trailer_line ? (r->has_colon ? TRAILER_LF : BROKEN) : END_LF;
    if (!is_text(c) || (!r->has_colon && (c == ' ' || c == '\t' || (!r->trailer_line && c == ':'))))
        return BROKEN; /* also folded lines and a space before the colon */
    r->trailer_line++;
    r->has_colon |= c == ':';
    return TRAILER;
}

/* Every byte that is not data. */
static int framing_byte(struct chunk_reader *r, char c)
{
    switch (r->state) {
    case SIZE_BEGIN:
        r->left = 0;
        r->digits = 0;
        return size_digit(r, c);
    case SIZE:
        return size_digit(r, c);
    case EXTENSION:
        return extension_byte(r, c);
    case SIZE_LF:
        return c != '\n' ? BROKEN : r->left ? DATA : TRAILER_BEGIN;
    case DATA_CR:
        return c == '\r' ? DATA_LF : BROKEN;
    case DATA_LF:
        return c == '\n' ? SIZE_BEGIN : BROKEN;
    case TRAILER_BEGIN:
        r->trailer_line = 0;
        r->has_colon = false;
        return trailer_byte(r, c);
    case TRAILER:
        return trailer_byte(r, c);
    case TRAILER_LF:
        return c == '\n' ? TRAILER_BEGIN : BROKEN;
    case END_LF:
        return c == '\n' ? FINISHED : BROKEN;
    default:
        return BROKEN;
    }
}

static size_t take_data(struct chunk_reader *r, str in, char *out, size_t *out_len)
{
    size_t take = in.len < r->left ? in.len : (size_t)r->left;

    memmove(out + *out_len, in.at, take);
    *out_len += take;
    r->total += take;
    r->left -= take;
    if (!r->left)
        r->state = DATA_CR;
    return take;
}

enum chunk_result chunk_read(
    struct chunk_reader *r, str in, size_t *out_used, char *out, size_t *out_len)
{
    size_t used = 0;

    while (used < in.len && r->state < FINISHED) {
        if (r->state == DATA) {
            used += take_data(r, str_from(in, used), out, out_len);
            continue;
        }
        r->state = framing_byte(r, in.at[used++]);
        if (r->state == DATA && r->left > r->limit - r->total)
            return CHUNK_LARGE;
    }
    *out_used = used;
    if (r->state == FINISHED)
        return CHUNK_DONE;
    return r->state == BROKEN ? CHUNK_BAD : CHUNK_MORE;
}
