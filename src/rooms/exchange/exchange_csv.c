/* Rates from a CSV file: each row is judged first; nothing is written before somebody says so, and
 * then all good rows in one write. */
#include "rooms/exchange/exchange_inside.h"

#include <inttypes.h>

#include "http/csv.h"
#include "rooms/exchange/exchange.sql.h"

enum { ROWS_MOST = 20000 };
enum column { COLUMN_CURRENCY, COLUMN_DAY, COLUMN_RATE, COLUMNS };
static const char *const column_names[] = { "currency", "day", "rate" };

static const struct err NO_COLUMNS = { ERR_INVALID, "csv_no_head",
    N_("The first line must name the columns currency, day and rate."), "file" };
static const struct err ROWS_TOO_MANY = { ERR_INVALID, "csv_too_long",
    N_("A file may have 20,000 rows. Split it."), "file" };
static const struct err DAY_TEXT = { ERR_INVALID, "day_text", N_("A day looks like 2026-12-31."),
    "day" };

struct upload_body {
    str csv;
    bool confirm;
};
/* clang-format off */
static const struct field body_list[] = {
    FIELD(upload_body, csv,     .flags = FIELD_TAKEN, .max = 10000000, .help = "The file's text; its first line names the columns."),
    FIELD(upload_body, confirm, .flags = FIELD_TAKEN, .help = "Absent: a dry run, nothing is written."),
};
const struct fields exchange_upload_fields = FIELDS(body_list, upload_body);
/* clang-format on */

struct row {
    int64_t line;
    struct exchange_rate rate;
    bool already;
    err failed;
};

struct sheet {
    struct csv csv;
    size_t columns[COLUMNS]; /* where each is */
    struct row *rows;
    size_t room, count;
    int64_t created, duplicates, errors;
};

static err read_head(struct request *rq, struct sheet *sheet)
{
    strs cells;
    bool more;

    for (size_t c = 0; c < COLUMNS; c++)
        sheet->columns[c] = SIZE_MAX;
    TRY(csv_row(&sheet->csv, &cells, &more));
    for (size_t i = 0; more && i < cells.count; i++)
        for (size_t c = 0; c < COLUMNS; c++)
            if (str_eq(str_lower(rq->arena, str_trim(cells.at[i])), str_of(column_names[c])) &&
                sheet->columns[c] == SIZE_MAX)
                sheet->columns[c] = i;
    for (size_t c = 0; c < COLUMNS; c++)
        if (sheet->columns[c] == SIZE_MAX)
            return &NO_COLUMNS;
    return NULL;
}

static str cell(const struct sheet *sheet, const strs *cells, enum column column)
{
    size_t at = sheet->columns[column];

    return at < cells->count ? str_trim(cells->at[at]) : STR("");
}

static err read_row(struct request *rq, const struct program *program, const struct sheet *sheet,
    const strs *cells, struct exchange_rate *out)
{
    size_t point;

    out->rate = cell(sheet, cells, COLUMN_RATE);
    if (!str_find(out->rate, '.', &point)) /* a decimal comma is a point, when there is no point */
        out->rate = str_replace(rq->arena, out->rate, STR(","), STR("."));
    TRY(currency_read(cell(sheet, cells, COLUMN_CURRENCY), &out->currency));
    if (!instant_read(cell(sheet, cells, COLUMN_DAY), &out->day) || instant_none(out->day))
        return &DAY_TEXT;
    return exchange_check(program, rq->now, out);
}

/* The same day twice in one file: the later row stands, as in the table. */
static err find_standing(struct request *rq, struct sheet *sheet, struct row *row)
{
    struct exchange_rate standing = { 0 };
    bool found;

    for (size_t i = sheet->count; i > 0; i--) {
        const struct row *other = &sheet->rows[i - 1];
        if (!other->failed && other->rate.day.ms == row->rate.day.ms &&
            currency_eq(other->rate.currency, row->rate.currency)) {
            row->already = other->rate.rate_e12 == row->rate.rate_e12;
            return NULL;
        }
    }
    TRY(db_one(rq->db, &EXCHANGE_OF_DAY,
        PARAMS(P("program_id", rq->program_id), P("currency", row->rate.currency),
            P("day", row->rate.day)),
        &exchange_rate_fields, &standing, &found));
    row->already = found && standing.rate_e12 == row->rate.rate_e12;
    return NULL;
}

static err read_rows(struct request *rq, const struct program *program, struct sheet *sheet)
{
    strs cells;
    bool more;

    for (;;) {
        TRY(csv_row(&sheet->csv, &cells, &more));
        if (!more)
            return NULL;
        if (sheet->count == sheet->room)
            return &ROWS_TOO_MANY;
        struct row *row = &sheet->rows[sheet->count];
        exchange_fill(rq, &row->rate);
        row->line = sheet->csv.line;
        row->failed = read_row(rq, program, sheet, &cells, &row->rate);
        if (!row->failed)
            TRY(find_standing(rq, sheet, row));
        sheet->errors += row->failed != NULL;
        sheet->duplicates += !row->failed && row->already;
        sheet->created += !row->failed && !row->already;
        sheet->count++;
    }
}

static err keep_rows(struct request *rq, const struct sheet *sheet)
{
    struct exchange_rate *rates = ARENA_ARRAY(rq->arena, struct exchange_rate, sheet->count + 1);
    bool *already = ARENA_ARRAY(rq->arena, bool, sheet->count + 1);
    size_t count = 0;

    for (size_t i = 0; i < sheet->count; i++)
        if (!sheet->rows[i].failed)
            rates[count++] = sheet->rows[i].rate;
    return count ? exchange_keep(rq, rates, count, already) : NULL;
}

static void show(struct view *v, const struct sheet *sheet, bool is_dry)
{
    struct view *list = view_list(v, "data");

    view_bool(v, "dry_run", is_dry);
    view_int(v, "rows", (int64_t)sheet->count);
    view_int(v, "created", sheet->created);
    view_int(v, "duplicates", sheet->duplicates);
    view_int(v, "errors", sheet->errors);
    for (size_t i = 0; i < sheet->count; i++) {
        const struct row *row = &sheet->rows[i];
        struct view *item = view_item(list), *page = view_page(item);

        view_int(item, "line", row->line);
        view_currency(item, "currency", row->rate.currency);
        view_instant(item, "day", row->rate.day);
        view_str(item, "rate", row->rate.rate);
        view_text(item, "outcome", row->failed ? "error" : row->already ? "duplicate" : "created");
        view_bool(page, "is_error", row->failed != NULL);
        view_bool(page, "is_duplicate", !row->failed && row->already);
        if (row->failed) {
            view_text(item, "code", row->failed->code);
            view_words(item, "message", row->failed->text);
        }
    }
    view_bool(view_page(v), "is_done", !is_dry);
    view_bool(view_page(v), "has_new", sheet->created > 0);
}

err exchange_upload(struct request *rq, struct reply *rp)
{
    (void)rp;
    return rq->program_id ? NULL : &PROGRAM_NEEDED;
}

err exchange_import(struct request *rq, struct reply *rp)
{
    bool is_dry = str_empty(request_form(rq, "confirm")) && str_empty(request_query(rq, "confirm"));
    struct program program = { 0 };
    struct sheet sheet = { .room = 1 };
    str text;

    TRY(program_of_request(rq, &program));
    TRY(request_upload_text(rq, "file", "csv", &text));
    sheet.csv = csv_open(rq->arena, text);
    for (size_t i = 0; i < text.len && sheet.room < ROWS_MOST; i++)
        sheet.room += text.at[i] == '\n' || text.at[i] == '\r';
    sheet.rows = ARENA_ARRAY(rq->arena, struct row, sheet.room);
    TRY(read_head(rq, &sheet));
    TRY(read_rows(rq, &program, &sheet));
    if (!is_dry)
        TRY(keep_rows(rq, &sheet));
    show(reply_view(rp), &sheet, is_dry);
    view_str(view_page(reply_view(rp)), "csv", text);
    return NULL;
}
