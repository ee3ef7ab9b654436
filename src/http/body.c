/* The body of a request, by its Content-Type: JSON, urlencoded forms, multipart forms. */
#include "http/parts.h"

#include <string.h>

const struct err CONTENT_TYPE = { ERR_MEDIA_TYPE, "content_type",
    N_("This address does not take a body of this Content-Type."), NULL };
const struct err FORM_BROKEN = { ERR_MALFORMED, "form_malformed",
    N_("The form did not arrive whole."), NULL };

enum { PARTS_MOST = 200 };

/* ---- parameters of headers: form-data; name="x"; filename="y"
 * ---------------------------------------- */

static bool take_quoted(struct arena *arena, str *rest, str *out)
{
    struct buf text = buf_new(arena);

    *rest = str_from(*rest, 1);
    for (; rest->len > 0; *rest = str_from(*rest, 1)) {
        char c = rest->at[0];
        if (c == '"') {
            *rest = str_from(*rest, 1);
            *out = text.len ? buf_str(&text) : STR("");
            return true;
        }
        /* Browsers escape only the quotation mark; a backslash before anything else is a path's. */
        if (c == '\\' && rest->len > 1 && rest->at[1] == '"') {
            *rest = str_from(*rest, 1);
            c = '"';
        }
        buf_char(&text, c);
    }
    return false;
}

/* The value of a parameter behind the first ';'; none when absent. */
static str header_parameter(struct arena *arena, str header, str name)
{
    size_t at = 0;

    while (str_find(header, ';', &at)) {
        str value = STR_NONE;
        header = str_trim(str_from(header, at + 1));
        size_t equals = 0, semicolon = 0;
        if (!str_find(header, '=', &equals))
            return STR_NONE;
        if (str_find(header, ';', &semicolon) && semicolon < equals)
            continue;
        str key = str_trim(str_first(header, equals));
        header = str_trim(str_from(header, equals + 1));
        if (header.len > 0 && header.at[0] == '"') {
            if (!take_quoted(arena, &header, &value))
                return STR_NONE;
        } else {
            value = str_find(header, ';', &at) ? str_trim(str_first(header, at)) : header;
        }
        if (str_eq_nocase(key, name))
            return value;
    }
    return STR_NONE;
}

static str media_type(str header)
{
    size_t at = 0;

    return str_trim(str_find(header, ';', &at) ? str_first(header, at) : header);
}

/* ---- multipart (RFC 7578)
 * ------------------------------------------------------------------------------ */

static bool find(str text, str needle, size_t *out)
{
    if (needle.len == 0 || text.len < needle.len)
        return false;
    const char *at = memmem(text.at, text.len, needle.at, needle.len);
    if (!at)
        return false;
    *out = (size_t)(at - text.at);
    return true;
}

static str part_header(str head, str name)
{
    str line = STR_NONE;

    while (str_cut(&head, '\n', &line)) {
        size_t colon = 0;
        line = str_trim(line);
        if (str_find(line, ':', &colon) && str_eq_nocase(str_first(line, colon), name))
            return str_trim(str_from(line, colon + 1));
    }
    return STR_NONE;
}

static str base_name(str path)
{
    for (size_t i = path.len; i > 0; i--) {
        if (path.at[i - 1] == '/' || path.at[i - 1] == '\\')
            return str_from(path, i);
    }
    return path;
}

static err keep_part(struct request *rq, str head, str content)
{
    struct request_parts *parts = rq->parts;
    str disposition = part_header(head, STR("content-disposition"));
    str name = header_parameter(rq->arena, disposition, STR("name"));
    str file = header_parameter(rq->arena, disposition, STR("filename"));

    if (!str_eq_nocase(media_type(disposition), STR("form-data")) || !name.at || !str_is_utf8(name))
        return &FORM_BROKEN;
    if (parts->file_count + parts->form.count >= PARTS_MOST)
        return &FORM_BROKEN;
    if (file.at) {
        if (!str_is_utf8(file))
            return &UTF8_INVALID;
        parts->files[parts->file_count++] = (struct body_file){ .field = name,
            .upload = { .name = base_name(file),
                .content_type = part_header(head, STR("content-type")),
                .content = content } };
        return NULL;
    }
    if (!str_is_utf8(content))
        return &UTF8_INVALID;
    pairs_add(&parts->form, name, content.at ? content : STR(""));
    return NULL;
}

err body_read_multipart(struct request *rq, str boundary)
{
    str delimiter = str_printf(rq->arena, "\r\n--%" PRI_STR, STR_ARG(boundary));
    str rest = rq->body;
    size_t at = 0;

    if (boundary.len == 0 || boundary.len > 70)
        return &FORM_BROKEN;
    rq->parts->files = ARENA_ARRAY(rq->arena, struct body_file, PARTS_MOST);
    if (str_starts(rest, str_from(delimiter, 2)))
        rest = str_from(rest, delimiter.len - 2);
    else if (find(rest, delimiter, &at))
        rest = str_from(rest, at + delimiter.len);
    else
        return &FORM_BROKEN;
    while (!str_starts(rest, STR("--"))) {
        size_t head_end = 0, end = 0;
        if (!str_starts(rest, STR("\r\n")) || !find(rest, delimiter, &end))
            return &FORM_BROKEN;
        str part = str_first(rest, end);
        if (!find(part, STR("\r\n\r\n"), &head_end))
            return &FORM_BROKEN;
        TRY(keep_part(rq, str_first(part, head_end), str_from(part, head_end + 4)));
        rest = str_from(rest, end + delimiter.len);
    }
    return NULL;
}

/* ---- which
 * -----------------------------------------------------------------------------------------------
 */

static err read_json(struct request *rq)
{
    rq->parts->body_kind = BODY_JSON;
    return value_read(rq->arena, rq->body, &rq->parts->json);
}

static err read_urlencoded(struct request *rq)
{
    rq->parts->body_kind = BODY_FORM;
    if (!str_is_utf8(rq->body))
        return &UTF8_INVALID;
    return pairs_read_urlencoded(&rq->parts->form, rq->body) ? NULL : &FORM_BROKEN;
}

/* The API takes JSON alone, pages take forms alone: a form of a foreign site can then never pass
 * for an API call, nor JSON of a foreign script for a form. Scripts on shops' pages send
 * text/plain, which needs no question to the server beforehand. */
err body_read(struct request *rq)
{
    str type = media_type(rq->content_type);
    unsigned flags = rq->route ? rq->route->flags : 0;
    bool is_page = rq->surface == MANAGE || rq->surface == PORTAL;

    if (rq->body.len == 0)
        return NULL;
    if (str_eq_nocase(type, STR("application/json")) && !is_page)
        return read_json(rq);
    if (str_eq_nocase(type, STR("text/plain")) && (flags & ROUTE_CORS) != 0)
        return read_json(rq);
    if (str_eq_nocase(type, STR("text/csv")) && (flags & ROUTE_LARGE) != 0)
        return str_is_utf8(rq->body) ? NULL : &UTF8_INVALID;
    if (str_eq_nocase(type, STR("application/x-www-form-urlencoded")) && rq->surface != API)
        return read_urlencoded(rq);
    if (str_eq_nocase(type, STR("multipart/form-data")) &&
        (rq->surface != API || (flags & ROUTE_LARGE) != 0)) {
        rq->parts->body_kind = BODY_FORM;
        return body_read_multipart(
            rq, header_parameter(rq->arena, rq->content_type, STR("boundary")));
    }
    return &CONTENT_TYPE;
}
