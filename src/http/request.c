/* What handlers ask of a request. */
#include "http/parts.h"

#include <assert.h>
#include <inttypes.h>

#include "http/head.h"

static const struct err NOT_FOUND_HERE = { ERR_NOT_FOUND, "not_found",
    N_("There is nothing at this address, or it is not yours."), NULL };
static const struct err BODY_NEEDED = { ERR_INVALID, "body_needed",
    N_("This call needs a JSON object as its body."), NULL };
static const struct err FILE_NEEDED = { ERR_INVALID, "required", N_("Choose a file."), NULL };

static const struct who nobody = { .role = ROLE_NOBODY, .name = "", .email = "" };

struct request *request_begin(struct arena *arena, const struct env *env)
{
    struct request *rq = ARENA_NEW(arena, struct request);
    struct request_parts *parts = ARENA_NEW(arena, struct request_parts);

    parts->headers = parts->params = parts->query = parts->cookies = parts->form = parts->asked =
        pairs_new(arena);
    parts->form_age_ms = -1;
    parts->began_us = env->ticks_us(env);
    rq->arena = arena;
    rq->env = env;
    rq->now = env->now(env);
    rq->who = &nobody;
    rq->lang = languages[0];
    rq->parts = parts;
    return rq;
}

str request_prefix(const struct request *rq)
{
    return rq->surface == MANAGE   ? STR("/manage")
           : rq->surface == PORTAL ? STR("/portal")
           : rq->surface == API    ? STR("/api/v1")
                                   : STR("");
}

str request_header(const struct request *rq, const char *name)
{
    return rq->head ? http_header(rq->head, str_of(name))
                    : pairs_first_nocase(&rq->parts->headers, str_of(name));
}

str request_cookie(const struct request *rq, const char *name)
{
    if (!rq->parts->has_cookies) {
        pairs_read_cookies(&rq->parts->cookies, request_header(rq, "cookie"));
        rq->parts->has_cookies = true;
    }
    return pairs_first(&rq->parts->cookies, str_of(name));
}

str request_param(const struct request *rq, const char *name)
{
    return pairs_first(&rq->parts->params, str_of(name));
}

err request_param_id(const struct request *rq, const char *name, const char *prefix, int64_t *out)
{
    str text = request_param(rq, name);

    return text.at && id_read(prefix, text, out) ? NULL : &NOT_FOUND_HERE;
}

const struct pairs *request_queries(const struct request *rq)
{
    struct request_parts *parts = rq->parts;

    if (!parts->has_query) {
        parts->has_query = true;
        parts->query_broken = !pairs_read_urlencoded(&parts->query, rq->query);
    }
    return &parts->query;
}

str request_query(const struct request *rq, const char *name)
{
    pairs_add(&rq->parts->asked, str_of(name), STR(""));
    return pairs_first(request_queries(rq), str_of(name));
}

/* ---- the body
 * ----------------------------------------------------------------------------------------- */

str request_form(const struct request *rq, const char *name)
{
    if (rq->parts->body_kind != BODY_JSON) {
        str value = pairs_last(&rq->parts->form, str_of(name));
        return value.at ? str_trim(value) : value;
    }
    const struct value *value = value_member(&rq->parts->json, str_of(name));
    if (value && value->kind == VALUE_TEXT)
        return value->text;
    if (value && value->kind == VALUE_INT)
        return str_printf(rq->arena, "%" PRId64, value->number);
    if (value && value->kind == VALUE_BOOL)
        return value->truth ? STR("true") : STR("false");
    return STR_NONE;
}

str request_typed(const struct request *rq, const char *name)
{
    const struct pairs *typed = rq->parts->typed;
    str value = typed ? pairs_last(typed, str_of(name)) : STR_NONE;

    return typed && !value.at ? STR("") : value;
}

static strs texts_of_list(const struct request *rq, const struct value *list)
{
    strs all = { 0 };

    if (!list || list->kind != VALUE_LIST)
        return all;
    all.at = ARENA_ARRAY(rq->arena, str, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == VALUE_TEXT)
            all.at[all.count++] = list->items[i].text;
    }
    return all;
}

strs request_form_all(const struct request *rq, const char *name)
{
    const struct pairs *form = &rq->parts->form;
    strs all = { .at = ARENA_ARRAY(rq->arena, str, form->count + 1) };

    if (rq->parts->body_kind == BODY_JSON)
        return texts_of_list(rq, value_member(&rq->parts->json, str_of(name)));
    for (size_t i = 0; i < form->count; i++) {
        if (str_eq(form->at[i].name, str_of(name)))
            all.at[all.count++] = form->at[i].value;
    }
    return all;
}

const struct value *request_json(const struct request *rq)
{
    return rq->parts->body_kind == BODY_JSON ? &rq->parts->json : NULL;
}

static err read_body(
    struct request *rq, const struct fields *fields, void *out, bool patch, uint64_t *out_sent)
{
    static const struct value nothing = { .kind = VALUE_OBJECT };
    struct place place = { fields, out };
    const struct value *object = request_json(rq);

    assert(fields->count <= 64);
    rq->parts->fields = fields;
    if (object && object->kind != VALUE_OBJECT)
        return &BODY_NEEDED;
    if (rq->parts->body_kind == BODY_FORM)
        fields_read_form(rq, &place, STR(""), patch, out_sent);
    else
        fields_read_json(rq, &place, object ? object : &nothing, STR(""), patch, out_sent);
    return request_problems(rq);
}

err request_read(struct request *rq, const struct fields *fields, void *out)
{
    return read_body(rq, fields, out, false, NULL);
}

err request_patch(struct request *rq, const struct fields *fields, void *inout, uint64_t *out_sent)
{
    return read_body(rq, fields, inout, true, out_sent);
}

bool request_has_upload(const struct request *rq, const char *field)
{
    for (size_t i = 0; i < rq->parts->file_count; i++)
        if (str_eq(rq->parts->files[i].field, str_of(field)) &&
            rq->parts->files[i].upload.content.len > 0)
            return true;
    return false;
}

err request_upload(struct request *rq, const char *field, struct upload *out)
{
    for (size_t i = 0; i < rq->parts->file_count; i++) {
        const struct body_file *file = &rq->parts->files[i];
        if (str_eq(file->field, str_of(field)) && file->upload.content.len > 0) {
            *out = file->upload;
            return NULL;
        }
    }
    /* The API may send the file as the body itself. */
    if (rq->parts->body_kind == BODY_NONE && rq->body.len > 0) {
        *out = (struct upload){ STR("body"), rq->content_type, rq->body };
        return NULL;
    }
    return request_problem(rq, field, &FILE_NEEDED);
}

err request_upload_text(struct request *rq, const char *field, const char *pasted, str *out)
{
    struct upload file;

    *out = request_form(rq, pasted);
    if (!str_empty(*out))
        return NULL;
    TRY(request_upload(rq, field, &file));
    *out = file.content;
    return NULL;
}

int64_t request_form_age_ms(const struct request *rq)
{
    return rq->parts->form_age_ms;
}

int64_t request_new_id(struct request *rq)
{
    if (rq->parts->new_id == 0)
        rq->parts->new_id = id_new(rq->env);
    return rq->parts->new_id;
}
