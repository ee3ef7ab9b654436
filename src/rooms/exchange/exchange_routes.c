/* Exchange rates over API and console. */
#include "rooms/exchange/exchange_inside.h"

#include <inttypes.h>

#include "base/id.h"
#include "migrations.h"
#include "rooms/audit/audit.h"
#include "rooms/exchange/exchange.sql.h"

static const struct err RATE_OWN = { ERR_INVALID, "rate_own",
    N_("The programme’s own currency has no rate."), "currency" };
static const struct err RATE_FUTURE = { ERR_INVALID, "in_future",
    N_("Rates are told of days that have begun."), "day" };

err exchange_check(const struct program *program, instant now, struct exchange_rate *rate)
{
    rate->day = instant_day(rate->day);
    rate->rate = str_trim(rate->rate);
    if (currency_eq(rate->currency, program->currency))
        return &RATE_OWN;
    if (rate->day.ms > now.ms + DAY_MS)
        return &RATE_FUTURE;
    return exchange_read(rate->rate, &rate->rate_e12);
}

void exchange_fill(struct request *rq, struct exchange_rate *rate)
{
    rate->id = id_new(rq->env);
    rate->program_id = rq->program_id;
    rate->created_at = rq->now;
    rate->actor = str_of(rq->who->name);
}

struct keeping {
    const struct request *rq;
    const struct exchange_rate *rates;
    size_t count;
    bool *already;
    int64_t audit_id;
};

static err keep(struct db *db, void *arg)
{
    struct keeping *k = arg;
    size_t added = 0;

    for (size_t i = 0; i < k->count; i++) {
        TRY(exchange_add(db, &k->rates[i], &k->already[i]));
        added += !k->already[i];
    }
    if (added == 0)
        return NULL;
    return audit_write(db, &(struct audit_entry){ .id = k->audit_id,
                               .program_id = k->rq->program_id,
                               .who = k->rq->who,
                               .action = "exchange.add",
                               .object = "fxr",
                               .object_id = k->rates[0].id,
                               .object_name = str_of(k->rates[0].currency.code),
                               .after = str_printf(db_arena(db), "{\"rates\":%zu}", added),
                               .address = k->rq->peer_address,
                               .at = k->rq->now });
}

err exchange_keep(
    struct request *rq, const struct exchange_rate *rates, size_t count, bool *already)
{
    struct keeping k = { rq, rates, count, already, id_new(rq->env) };

    return store_write(rq->store, keep, &k);
}

static err rate_index(struct request *rq, struct reply *rp)
{
    struct program program = { 0 };

    TRY(program_of_request(rq, &program));
    view_str(view_page(reply_view(rp)), "own", str_dup(rq->arena, str_of(program.currency.code)));
    return reply_listing(
        rp, &EXCHANGE_LIST, PARAMS(P("program_id", rq->program_id)), &exchange_rate_fields, NULL);
}

static err rate_create(struct request *rq, struct reply *rp)
{
    struct program program = { 0 };
    struct exchange_rate rate = { 0 };
    bool already = false;
    err wrong;

    TRY(program_of_request(rq, &program));
    TRY(request_read(rq, &exchange_rate_fields, &rate));
    exchange_fill(rq, &rate);
    wrong = exchange_check(&program, rq->now, &rate);
    if (wrong)
        return request_problem(rq, wrong->field, wrong);
    TRY(exchange_keep(rq, &rate, 1, &already));
    view_record(reply_view(rp), NULL, &exchange_rate_fields, &rate);
    return already ? reply_done(rp, "exchange/added", "/rates")
                   : reply_created(rp, "exchange/added", "/rates");
}

/* clang-format off */
static const struct route routes[] = {
    /* method path          shown on      needs           handler          page */
    { GET,  "/rates",        API | MANAGE, PROGRAMS_READ,  rate_index,      "exchange/list", ROUTE_CSV,
      .gives = &exchange_rate_fields, .summary = "Exchange rates, as they were told" },
    { POST, "/rates",        API | MANAGE, PROGRAMS_WRITE, rate_create,     "exchange/list", 0,
      .takes = &exchange_rate_fields, .gives = &exchange_rate_fields, .statuses = "201 200",
      .summary = "Tell the rate of a day; another for the same day takes its place" },
    { GET,  "/rates/upload", MANAGE,       PROGRAMS_WRITE, exchange_upload, "exchange/upload" },
    { POST, "/rates/upload", API | MANAGE, PROGRAMS_WRITE, exchange_import, "exchange/upload", ROUTE_LARGE,
      .takes = &exchange_upload_fields,
      .also = "dry_run:boolean rows:integer created:integer duplicates:integer errors:integer "
              "data:[(line:integer currency:string day:string rate:string outcome:string code:string message:string)]",
      .summary = "Rates from a CSV file with the columns currency, day, rate: shown first, kept with confirm" },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Money"), N_("Exchange rates"), "/rates", "globe", PROGRAMS_READ, 5, NULL },
    { 0 },
};
/* clang-format on */

const struct room exchange_room = {
    .name = "exchange",
    .routes = routes,
    .migrations = exchange_migrations,
    .nav = nav,
};
