/* Orders from a CSV file: shown row by row before anything is written; the same file twice changes
 * nothing. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include <inttypes.h>
#include <string.h>

#include "http/csv.h"
#include "rooms/click/click.h"
#include "rooms/program/program.h"

enum { ROWS_MOST = 10000, ROWS_SHOWN = 500 };

/* clang-format off */
enum column { COLUMN_NONE, COLUMN_ORDER, COLUMN_AMOUNT, COLUMN_CURRENCY, COLUMN_TYPE, COLUMN_CLICK, COLUMN_COUPON,
    COLUMN_CUSTOMER, COLUMN_COUNTRY, COLUMN_NEW, COLUMN_TIME, COLUMN_COUNT };

/* Heads as shops export them; compared without case, with _ and - as spaces. */
static const struct {
    const char *head;
    enum column column;
} heads[] = {
    { "order id", COLUMN_ORDER },       { "order", COLUMN_ORDER },           { "order number", COLUMN_ORDER },
    { "name", COLUMN_ORDER },           { "amount", COLUMN_AMOUNT },         { "total", COLUMN_AMOUNT },
    { "subtotal", COLUMN_AMOUNT },      { "net", COLUMN_AMOUNT },            { "currency", COLUMN_CURRENCY },
    { "type", COLUMN_TYPE },            { "click", COLUMN_CLICK },           { "tclid", COLUMN_CLICK },
    { "coupon", COLUMN_COUPON },        { "code", COLUMN_COUPON },           { "discount code", COLUMN_COUPON },
    { "customer id", COLUMN_CUSTOMER }, { "customer", COLUMN_CUSTOMER },     { "new customer", COLUMN_NEW },
    { "occurred at", COLUMN_TIME },     { "date", COLUMN_TIME },             { "created at", COLUMN_TIME },
    { "time", COLUMN_TIME },            { "country", COLUMN_COUNTRY },
};
/* clang-format on */

static const struct err NO_HEAD = { ERR_INVALID, "csv_head",
    N_("The first line must name the columns: at least order_id, amount and currency."), "file" };
static const struct err TOO_MANY_ROWS = { ERR_INVALID, "csv_rows",
    N_("At most 10,000 rows at once."), "file" };
static const struct err CSV_TIME = { ERR_INVALID, "csv_time",
    N_("The time is not like 2026-12-01 or 2026-12-01T10:00:00Z."), "occurred_at" };
static const struct err CSV_NEGATIVE = { ERR_INVALID, "csv_amount",
    N_("The amount is below zero or too large."), "amount" };
static const struct err CSV_CURRENCY = { ERR_INVALID, "csv_currency",
    N_("The row has no currency, or one that does not exist."), "currency" };

struct sheet {
    struct csv csv;
    enum column columns[64];
    size_t column_count;
    struct batch batch;
    err *refused;
    int64_t *lines; /* of the file, per row */
    size_t count, room;
    int64_t created, duplicates, errors;
};

/* For the API document; the file may also be the body itself, as text/csv. */
struct upload_body {
    str csv;
    bool confirm;
};

/* clang-format off */
static const struct field body_list[] = {
    FIELD(upload_body, csv,     .flags = FIELD_TAKEN, .max = 10000000, .help = "The file's text; its first line names the columns."),
    FIELD(upload_body, confirm, .flags = FIELD_TAKEN, .help = "Absent: a dry run, nothing is written."),
};
const struct fields conversion_upload_fields = FIELDS(body_list, upload_body);
/* clang-format on */

/* ---- reading
 * --------------------------------------------------------------------------------------------------
 */

static enum column column_of(struct arena *arena, str head)
{
    str plain = str_lower(arena, str_trim(head));

    plain = str_replace(arena, plain, STR("_"), STR(" "));
    plain = str_replace(arena, plain, STR("-"), STR(" "));
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (str_eq(plain, str_of(heads[i].head)))
            return heads[i].column;
    return COLUMN_NONE;
}

static err read_head(struct request *rq, struct sheet *sheet)
{
    bool more, known[COLUMN_COUNT] = { false };
    strs cells;

    TRY(csv_row(&sheet->csv, &cells, &more));
    if (!more)
        return &NO_HEAD;
    for (size_t i = 0; i < cells.count && i < 64; i++) {
        enum column column = column_of(rq->arena, cells.at[i]);
        sheet->columns[i] = known[column] ? COLUMN_NONE : column; /* the first of its kind */
        known[column] = true;
        sheet->column_count = i + 1;
    }
    return known[COLUMN_ORDER] && known[COLUMN_AMOUNT] && known[COLUMN_CURRENCY] ? NULL : &NO_HEAD;
}

static str cell_of(const struct sheet *sheet, const strs *cells, enum column column)
{
    for (size_t i = 0; i < sheet->column_count && i < cells->count; i++)
        if (sheet->columns[i] == column)
            return str_empty(str_trim(cells->at[i])) ? STR_NONE : str_trim(cells->at[i]);
    return STR_NONE;
}

/* A decimal comma is a point, when there is no point. */
static err read_amount(struct request *rq, str text, currency unit, int64_t *out)
{
    amount sum;
    size_t point;

    if (!str_find(text, '.', &point))
        text = str_replace(rq->arena, text, STR(","), STR("."));
    TRY(amount_read(text, unit, &sum));
    *out = sum.minor;
    return sum.minor < 0 || sum.minor > CONVERSION_AMOUNT_MOST ? &CSV_NEGATIVE : NULL;
}

static bool is_yes(str text)
{
    return str_eq(text, STR("1")) || str_eq_nocase(text, STR("true")) ||
           str_eq_nocase(text, STR("yes"));
}

static err read_row(
    struct request *rq, const struct sheet *sheet, const strs *cells, struct conversion *c)
{
    str type = cell_of(sheet, cells, COLUMN_TYPE), time = cell_of(sheet, cells, COLUMN_TIME);

    *c = conversion_blank();
    c->source = SOURCE_CSV;
    c->order_id = cell_of(sheet, cells, COLUMN_ORDER);
    if (type.at)
        c->type = type;
    c->click = cell_of(sheet, cells, COLUMN_CLICK);
    c->coupon = cell_of(sheet, cells, COLUMN_COUPON);
    c->customer_id = cell_of(sheet, cells, COLUMN_CUSTOMER);
    c->country = cell_of(sheet, cells, COLUMN_COUNTRY);
    c->new_customer = is_yes(cell_of(sheet, cells, COLUMN_NEW));
    if (currency_read(cell_of(sheet, cells, COLUMN_CURRENCY), &c->currency))
        return &CSV_CURRENCY;
    TRY(read_amount(rq, cell_of(sheet, cells, COLUMN_AMOUNT), c->currency, &c->amount));
    if (time.at && !instant_read(time, &c->occurred_at))
        return &CSV_TIME;
    return conversion_check(c, rq->now);
}

/* The same order twice in one file: the second is a duplicate, or says something else. */
static err seen_before(
    struct request *rq, const struct sheet *sheet, const struct conversion *c, bool *out)
{
    for (size_t i = 0; i < sheet->count; i++) {
        const struct conversion *other = &sheet->batch.tellings[i].told.conversion;
        if (sheet->refused[i] || !str_eq(other->order_id, c->order_id))
            continue;
        *out = true;
        bool same = str_eq(conversion_content(rq->arena, other), conversion_content(rq->arena, c));
        return same ? NULL : &ORDER_EXISTS;
    }
    return NULL;
}

static void count_outcome(struct sheet *sheet, err failed, bool already)
{
    if (failed)
        sheet->errors++;
    else if (already)
        sheet->duplicates++;
    else
        sheet->created++;
}

static err try_row(struct request *rq, struct sheet *sheet, struct conversion_telling *t)
{
    bool is_repeated = false;

    TRY(seen_before(rq, sheet, &t->told.conversion, &is_repeated));
    TRY(conversion_try(rq->db, &t->told, &t->stands));
    t->stands.already |= is_repeated;
    return NULL;
}

static err read_rows(struct request *rq, struct sheet *sheet)
{
    struct ledger_act act = ledger_act_of(rq);
    strs cells;
    bool more;

    for (;;) {
        TRY(csv_row(&sheet->csv, &cells, &more));
        if (!more)
            return NULL;
        if (sheet->count == sheet->room)
            return &TOO_MANY_ROWS;
        struct conversion_telling *t = &sheet->batch.tellings[sheet->count];
        t->told = (struct conversion_recording){ .act = act, .app = rq->app };
        err failed = read_row(rq, sheet, &cells, &t->told.conversion);
        conversion_fill(rq, &t->told.conversion, id_new(rq->env));
        if (!failed)
            failed = try_row(rq, sheet, t);
        sheet->refused[sheet->count] = sheet->batch.failed[sheet->count] = failed;
        sheet->lines[sheet->count++] = sheet->csv.line;
    }
}

/* ---- telling what would happen, or has
 * --------------------------------------------------------------------- */

static void row_view(struct view *list, const struct sheet *sheet, size_t i)
{
    const struct conversion_telling *t = &sheet->batch.tellings[i];
    const struct conversion *c = &t->told.conversion;
    err failed = sheet->batch.failed[i];
    struct view *item = view_item(list), *page = view_page(item);

    view_int(item, "line", sheet->lines[i]);
    view_str(item, "order_id", c->order_id);
    view_text(item, "outcome", failed ? "error" : t->stands.already ? "duplicate" : "created");
    view_bool(page, "is_error", failed != NULL);
    view_bool(page, "is_duplicate", !failed && t->stands.already);
    view_bool(page, "is_attributed", !failed && t->stands.conversion.attributed);
    if (!currency_none(c->currency) && (!failed || c->amount))
        view_money(page, "amount", (amount){ c->amount, c->currency });
    if (failed) {
        view_text(item, "code", failed->code);
        view_words(item, "message", failed->text);
    }
}

static void sheet_view(struct view *v, const struct sheet *sheet, bool is_dry)
{
    struct view *list = view_list(v, "data");

    view_bool(v, "dry_run", is_dry);
    view_int(v, "rows", (int64_t)sheet->count);
    view_int(v, "created", sheet->created);
    view_int(v, "duplicates", sheet->duplicates);
    view_int(v, "errors", sheet->errors);
    for (size_t i = 0; i < sheet->count && i < ROWS_SHOWN;
         i++) /* mistakes are always among those shown */
        row_view(list, sheet, i);
    for (size_t i = ROWS_SHOWN; i < sheet->count; i++)
        if (sheet->batch.failed[i])
            row_view(list, sheet, i);
    view_bool(view_page(v), "is_done", !is_dry);
    view_bool(view_page(v), "has_new", sheet->created > 0);
    view_bool(view_page(v), "changes_nothing", sheet->created == 0 && sheet->errors == 0);
    view_bool(view_page(v), "is_shortened", sheet->count > ROWS_SHOWN);
}

static err errors_file(struct request *rq, struct reply *rp, const struct sheet *sheet)
{
    static const char *const head[] = { "line", "order_id", "code", "message" };
    struct buf out = buf_new(rq->arena);

    for (size_t i = 0; i < 4; i++)
        csv_cell(&out, str_of(head[i]), i == 0);
    csv_end(&out);
    for (size_t i = 0; i < sheet->count; i++) {
        err failed = sheet->batch.failed[i];
        if (!failed)
            continue;
        csv_number(&out, str_printf(rq->arena, "%" PRId64, sheet->lines[i]), true);
        csv_cell(&out, sheet->batch.tellings[i].told.conversion.order_id, false);
        csv_cell(&out, str_of(failed->code), false);
        csv_cell(&out, lang_text(rq->lang, NULL, str_of(failed->text)), false);
        csv_end(&out);
    }
    return reply_file(rp, "text/csv; charset=utf-8", STR("orders-with-errors.csv"), buf_str(&out));
}

/* ---- routes
 * ------------------------------------------------------------------------------------------------------
 */

static void record_sheet(struct request *rq, struct sheet *sheet)
{
    batch_record(rq, &sheet->batch, sheet->count);
    sheet->created = sheet->duplicates = sheet->errors = 0;
    for (size_t i = 0; i < sheet->count; i++)
        count_outcome(sheet, sheet->batch.failed[i], sheet->batch.tellings[i].stands.already);
}

err conversion_upload(struct request *rq, struct reply *rp)
{
    struct program program = { 0 };

    TRY(program_of_request(rq, &program));
    view_str(
        view_page(reply_view(rp)), "currency", str_dup(rq->arena, str_of(program.currency.code)));
    return NULL;
}

static bool is_asked(struct request *rq, const char *name)
{
    return !str_empty(request_form(rq, name)) || !str_empty(request_query(rq, name));
}

/* Room for each line of the text, at most for ROWS_MOST. */
static void make_room(struct request *rq, struct sheet *sheet, str text)
{
    size_t rows = 1;

    for (size_t i = 0; i < text.len && rows < ROWS_MOST; i++)
        rows += text.at[i] == '\n' || text.at[i] == '\r';
    sheet->refused = ARENA_ARRAY(rq->arena, err, rows);
    sheet->lines = ARENA_ARRAY(rq->arena, int64_t, rows);
    sheet->batch =
        (struct batch){ .tellings = ARENA_ARRAY(rq->arena, struct conversion_telling, rows),
            .refused = sheet->refused,
            .failed = ARENA_ARRAY(rq->arena, err, rows) };
    sheet->room = rows;
}

err conversion_import(struct request *rq, struct reply *rp)
{
    bool is_dry = !is_asked(rq, "confirm");
    struct sheet sheet = { 0 };
    str text;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(request_upload_text(rq, "file", "csv", &text));
    sheet.csv = csv_open(rq->arena, text);
    make_room(rq, &sheet, text);
    TRY(read_head(rq, &sheet));
    (void)click_settle(rq->app, 1000);
    TRY(read_rows(rq, &sheet));
    for (size_t i = 0; i < sheet.count; i++)
        count_outcome(&sheet, sheet.batch.failed[i], sheet.batch.tellings[i].stands.already);
    if (is_asked(rq, "errors"))
        return errors_file(rq, rp, &sheet);
    if (!is_dry)
        record_sheet(rq, &sheet);
    sheet_view(reply_view(rp), &sheet, is_dry);
    view_str(view_page(reply_view(rp)), "csv", text);
    return NULL;
}
