/* Between structs and rows, through the field table: parameters out, columns in. */
#include "store/inside.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "store/json.h"

err store_broken(const struct prepared *p, const char *format, ...)
{
    struct arena *arena = arena_new();
    va_list args;
    va_start(args, format);
    str why = str_vprintf(arena, format, args);
    va_end(args);
    log_line(LOG_ERROR, "a statement is broken statement=%s why=\"%" PRI_STR "\" sql=\"%s\"",
        p->name, STR_ARG(why), p->text);
    arena_free(arena);
    return &STORE_BROKEN;
}

/* ---- names to members ----------------------------------------------------------------------- */

bool rows_find(const struct fields *fields, str name, struct slot *out)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->at[i];
        str own = str_of(f->name);
        if (f->kind != KIND_RECORD && f->kind != KIND_LIST && str_eq(own, name)) {
            *out = (struct slot){ f, f->offset };
            return true;
        }
        if (f->kind == KIND_RECORD && str_starts(name, own) && name.len > own.len &&
            name.at[own.len] == '_' && rows_find(f->record, str_from(name, own.len + 1), out)) {
            out->offset += f->offset;
            return true;
        }
    }
    return false;
}

static struct slot *new_slots(size_t count)
{
    struct slot *slots = calloc(count + 1, sizeof(*slots));
    if (!slots)
        log_fatal("out of memory while reading rows");
    return slots;
}

static const struct slot *plan_params(
    struct prepared *p, const struct statement *s, const struct fields *fields)
{
    struct plan *plan = &p->params;
    if (plan->slots && plan->fields == fields)
        return plan->slots;
    size_t count = 0;
    while (s->params[count])
        count++;
    free(plan->slots);
    plan->slots = new_slots(count);
    plan->fields = fields;
    for (size_t i = 0; fields && i < count; i++)
        rows_find(fields, str_of(s->params[i]), &plan->slots[i]);
    return plan->slots;
}

static err plan_columns(struct prepared *p, const struct fields *fields, bool strict)
{
    struct plan *plan = &p->columns;
    if (plan->slots && plan->fields == fields)
        return NULL;
    int count = p->conn->engine->columns(p);
    free(plan->slots);
    plan->slots = new_slots((size_t)count);
    plan->fields = fields;
    plan->count = count;
    for (int i = 0; i < count; i++) {
        const char *name = p->conn->engine->column_name(p, i);
        if (!rows_find(fields, str_of(name), &plan->slots[i]) && strict) {
            plan->fields = NULL;
            return store_broken(p, "struct %s has no member for the column %s", fields->name, name);
        }
    }
    return NULL;
}

/* ---- out ------------------------------------------------------------------------------------ */

static struct cell text_cell(str s)
{
    return (struct cell){ .type = s.at ? CELL_TEXT : CELL_NULL, .of = CELL_TEXT, .s = s };
}

static struct cell int_cell(int64_t i)
{
    return (struct cell){ .type = CELL_INT, .i = i };
}

static struct cell int_or_null(int64_t i)
{
    return (struct cell){ .type = i ? CELL_INT : CELL_NULL, .of = CELL_INT, .i = i };
}

static const char *name_of(const struct field *f, unsigned value)
{
    for (unsigned i = 0; f->names && f->names[i]; i++)
        if (i == value)
            return f->names[i];
    return NULL;
}

err rows_cell(const struct field *f, const void *member, struct arena *arena, struct cell *out)
{
    switch (f->kind) {
    case KIND_INT:
    case KIND_MONEY:
        *out = int_cell(*(const int64_t *)member);
        return NULL;
    case KIND_ID:
        *out = int_or_null(*(const int64_t *)member);
        return NULL;
    case KIND_INT32:
        *out = int_cell(*(const int32_t *)member);
        return NULL;
    case KIND_BOOL:
        *out = int_cell(*(const bool *)member);
        return NULL;
    case KIND_STR:
    case KIND_RAW:
        *out = text_cell(*(const str *)member);
        return NULL;
    case KIND_JSON:
        *out = text_cell(((const json_object *)member)->text);
        return NULL;
    case KIND_STRS:
        *out = text_cell(json_of_strs(arena, *(const strs *)member));
        return NULL;
    case KIND_INSTANT:
        *out = int_or_null(((const instant *)member)->ms);
        return NULL;
    case KIND_CURRENCY: {
        const currency *c = member;
        *out = text_cell(currency_none(*c) ? STR_NONE : (str){ c->code, 3 });
        return NULL;
    }
    case KIND_ENUM: {
        const char *name = name_of(f, *(const unsigned *)member);
        *out = text_cell(str_of(name));
        return name ? NULL : &STORE_BROKEN;
    }
    default:
        return &STORE_BROKEN;
    }
}

static err bind_one(struct prepared *p, int number, const struct cell *cell)
{
    if (cell->type == CELL_TEXT && !str_is_utf8(cell->s))
        return &STORE_TEXT;
    return p->conn->engine->bind(p, number, cell);
}

static const struct param *find_param(const struct param *params, const char *name)
{
    for (const struct param *q = params; q && q->name; q++)
        if (strcmp(q->name, name) == 0)
            return q;
    return NULL;
}

err rows_bind(struct db *db, struct prepared *p, const struct statement *s,
    const struct param *params, const struct fields *fields, const void *record)
{
    const struct slot *slots = plan_params(p, s, record ? fields : NULL);
    for (int i = 0; s->params[i]; i++) {
        struct cell cell;
        const struct param *given = find_param(params, s->params[i]);
        if (given) {
            cell = rows_param_cell(given);
        } else if (slots[i].field) {
            const void *member = (const char *)record + slots[i].offset;
            if (rows_cell(slots[i].field, member, db->arena, &cell))
                return store_broken(p, "the member %s cannot be kept", s->params[i]);
        } else {
            return store_broken(p, "nothing was given for the parameter :%s", s->params[i]);
        }
        TRY(bind_one(p, i + 1, &cell));
    }
    return NULL;
}

err rows_bind_many(struct db *db, struct prepared *p, const struct statement *s,
    const struct fields *fields, const void *records, size_t size, size_t count)
{
    const struct slot *slot = plan_params(p, s, fields);
    const char *const *name = s->params;
    size_t each = 0;
    while (s->params[each])
        each++;
    each /= count;
    for (size_t i = 0; i < each * count; i++, slot++, name++) {
        const char *record = (const char *)records + i / each * size;
        struct cell cell;
        if (!slot->field)
            return store_broken(p, "nothing was given for the parameter :%s", *name);
        if (rows_cell(slot->field, record + slot->offset, db->arena, &cell))
            return store_broken(p, "the member %s cannot be kept", *name);
        if (cell.type != CELL_NULL) /* which a parameter is when nothing is bound */
            TRY(bind_one(p, (int)i + 1, &cell));
    }
    return NULL;
}

/* ---- in ------------------------------------------------------------------------------------- */

static bool read_enum(const struct field *f, const struct cell *cell, unsigned *out)
{
    for (unsigned i = 0; f->names && f->names[i]; i++)
        if (strncmp(f->names[i], cell->s.at, cell->s.len) == 0 && !f->names[i][cell->s.len]) {
            *out = i;
            return true;
        }
    return false;
}

static bool read_int(const struct field *f, const struct cell *cell, void *member)
{
    switch (f->kind) {
    case KIND_INT32:
        if (cell->i < INT32_MIN || cell->i > INT32_MAX)
            return false;
        *(int32_t *)member = (int32_t)cell->i;
        return true;
    case KIND_BOOL:
        *(bool *)member = cell->i != 0;
        return cell->i == 0 || cell->i == 1;
    case KIND_INSTANT:
        ((instant *)member)->ms = cell->i;
        return true;
    default:
        *(int64_t *)member = cell->i;
        return true;
    }
}

static bool read_text(
    const struct field *f, const struct cell *cell, struct arena *arena, void *member)
{
    switch (f->kind) {
    case KIND_STR:
    case KIND_RAW:
        *(str *)member = str_dup(arena, cell->s);
        return true;
    case KIND_JSON:
        ((json_object *)member)->text = str_dup(arena, cell->s);
        return true;
    case KIND_STRS:
        return json_strs(arena, cell->s, member);
    case KIND_CURRENCY:
        if (cell->s.len != 3)
            return false;
        *(currency *)member = (currency){ 0 };
        memcpy(((currency *)member)->code, cell->s.at, 3);
        return true;
    case KIND_ENUM:
        return read_enum(f, cell, member);
    default:
        return false;
    }
}

static bool is_text(enum kind kind)
{
    return kind == KIND_STR || kind == KIND_RAW || kind == KIND_JSON || kind == KIND_STRS ||
           kind == KIND_CURRENCY || kind == KIND_ENUM;
}

static void read_null(const struct field *f, void *member)
{
    struct cell zero = { .type = CELL_INT };
    if (f->kind == KIND_CURRENCY)
        *(currency *)member = (currency){ 0 };
    else if (f->kind == KIND_STRS)
        *(strs *)member = (strs){ NULL, 0 };
    else if (f->kind == KIND_ENUM)
        *(unsigned *)member = 0;
    else if (is_text(f->kind))
        *(str *)member = STR_NONE; /* json_object is a str in a struct */
    else
        read_int(f, &zero, member);
}

static bool read_member(
    const struct field *f, const struct cell *cell, struct arena *arena, void *member)
{
    switch (cell->type) {
    case CELL_NULL:
        read_null(f, member);
        return true;
    case CELL_INT:
        return !is_text(f->kind) && read_int(f, cell, member);
    case CELL_TEXT:
        return read_text(f, cell, arena, member);
    case CELL_BYTES:
        return f->kind == KIND_STR && read_text(f, cell, arena, member);
    default: /* a float: an integer has overflowed, or a sum was made of something else */
        return false;
    }
}

err rows_read(
    struct prepared *p, struct arena *arena, bool strict, const struct fields *fields, void *record)
{
    if (!fields)
        return store_broken(p, "it gives rows, and there is no struct for them");
    TRY(plan_columns(p, fields, strict));
    for (int i = 0; i < p->columns.count; i++) {
        struct slot slot = p->columns.slots[i];
        struct cell cell;
        if (!slot.field)
            continue;
        p->conn->engine->column(p, i, &cell);
        if (!read_member(slot.field, &cell, arena, (char *)record + slot.offset))
            return store_broken(p, "the column %s does not fit the member of struct %s",
                p->conn->engine->column_name(p, i), fields->name);
    }
    return NULL;
}
