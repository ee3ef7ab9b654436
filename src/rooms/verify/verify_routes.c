/* Verification by night and on demand, and the page of the books. */
#include "rooms/verify/verify.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "migrations.h"
#include "rooms/ledger/ledger.h"
#include "rooms/program/program.h"
#include "rooms/verify/verify.sql.h"

enum { SENTENCES_MOST = 100, RUNS_SHOWN = 30 };

/* clang-format off */
static const struct field kept_list[] = {
    FIELD_ID(verify_kept, id,          "ver"),
    FIELD(verify_kept,    began_at),
    FIELD(verify_kept,    ended_at),
    FIELD(verify_kept,    conversions),
    FIELD(verify_kept,    commissions),
    FIELD(verify_kept,    entries),
    FIELD(verify_kept,    postings),
    FIELD(verify_kept,    differences),
    FIELD(verify_kept,    report),
};
const struct fields verify_kept_fields = FIELDS(kept_list, verify_kept);
/* clang-format on */

static err newest(struct db *db, int64_t most, struct list *out)
{
    return db_all(db, &VERIFY_NEWEST, PARAMS(P("most", most)), &verify_kept_fields, out);
}

err verify_last(struct db *db, struct verify_kept *out, bool *out_found)
{
    return db_one(
        db, &VERIFY_NEWEST, PARAMS(P("most", INT64_C(1))), &verify_kept_fields, out, out_found);
}

/* ---- a run that is kept
 * --------------------------------------------------------------------------------------- */

struct writing {
    struct arena *arena;
    struct buf report;
    int64_t sentences;
};

static err write_sentence(const struct verify_difference *d, void *arg)
{
    struct writing *w = arg;

    if (w->sentences++ < SENTENCES_MOST) {
        buf_add(&w->report, verify_sentence(w->arena, d));
        buf_char(&w->report, '\n');
    }
    return NULL;
}

static err keep(struct db *db, void *arg)
{
    return db_put(db, &VERIFY_INSERT, &verify_kept_fields, arg);
}

static err run(struct job *job)
{
    struct writing w = { .arena = job->arena, .report = buf_new(job->arena) };
    struct verify_kept kept = { .id = id_new(job->env), .began_at = job->env->now(job->env) };
    struct verify_outcome outcome;

    TRY(verify_run(job->store, write_sentence, &w, &outcome));
    kept.ended_at = job->env->now(job->env);
    kept.conversions = outcome.conversions;
    kept.commissions = outcome.commissions;
    kept.entries = outcome.entries;
    kept.postings = outcome.postings;
    kept.differences = outcome.differences;
    kept.report = w.report.len ? buf_str(&w.report) : STR_NONE;
    return store_write(job->store, keep, &kept);
}

static const struct job_kind jobs[] = {
    { .kind = "verify.nightly", .run = run, .every_ms = DAY_MS },
    { .kind = "verify.asked", .run = run },
    { 0 },
};

/* ---- the page
 * ------------------------------------------------------------------------------------------------------
 */

static void sentences_view(struct request *rq, struct view *into, str report)
{
    struct view *list = view_list(into, "sentences");
    str line;

    while (str_cut(&report, '\n', &line))
        if (!str_empty(line))
            view_item_str(list, str_dup(rq->arena, line));
}

static err books_show(struct request *rq, struct reply *rp)
{
    struct view *v = reply_view(rp);
    struct ledger_whose whose = { .program_id = rq->program_id };
    struct list runs;

    if (!rq->program_id)
        return &PROGRAM_NEEDED;
    TRY(ledger_balance_view(rq->db, &whose, view_object(v, "balance")));
    TRY(newest(rq->db, RUNS_SHOWN, &runs));
    struct view *list = view_list(v, "data");
    for (size_t i = 0; i < runs.count; i++) {
        const struct verify_kept *kept = (const struct verify_kept *)runs.at + i;
        struct view *item = view_item(list);
        view_record(item, NULL, &verify_kept_fields, kept);
        view_int(view_page(item), "took_ms", kept->ended_at.ms - kept->began_at.ms);
        sentences_view(rq, view_page(item), kept->report);
    }
    return NULL;
}

struct asking {
    int64_t id;
    instant now;
};

static err ask(struct db *db, void *arg)
{
    struct asking *a = arg;
    return job_queue(db, a->id, "verify.asked", 0, STR_NONE, a->now, STR("one"));
}

static err books_verify(struct request *rq, struct reply *rp)
{
    struct asking a = { .id = id_new(rq->env), .now = rq->now };

    TRY(store_write(rq->store, ask, &a));
    work_wake(rq->app->work);
    view_bool(reply_view(rp), "queued", true);
    return reply_done(rp, "verify/asked", "/books");
}

/* clang-format off */
static const struct route routes[] = {
    { GET,  "/books",        API | MANAGE, AUDIT_READ,        books_show,   "verify/books", 0,
      .summary = "The books of the programme and the last verifications",
      .also = "balance:(*:(pending:integer payable:integer held:integer carried:integer in_payout:integer paid:integer)) "
              "data:[(id:string began_at:string ended_at:string conversions:integer commissions:integer "
              "entries:integer postings:integer differences:integer report:string)]" },
    { POST, "/books/verify", API | MANAGE, COMMISSIONS_WRITE, books_verify, "verify/books", 0,
      .summary = "Verify the books now, in the background", .statuses = "200", .also = "queued:boolean" },
    { 0 },
};

static const struct nav_item nav[] = {
    { MANAGE, N_("Evidence"), N_("Books"), "/books", "shield", AUDIT_READ, 30, NULL },
    { 0 },
};
/* clang-format on */

const struct room verify_room = {
    .name = "verify",
    .routes = routes,
    .jobs = jobs,
    .migrations = verify_migrations,
    .nav = nav,
};
