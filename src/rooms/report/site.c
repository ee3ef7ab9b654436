/* The public page of a programme: what partners really earn, the rules of payment, the words of the
 * shop. Every figure is measured; where there is nothing yet, nothing is shown. */
#include "rooms/report/report_inside.h"

#include <inttypes.h>

#include "base/buf.h"
#include "rooms/commission/commission.h"
#include "rooms/partner/partner.h"
#include "rooms/report/report.sql.h"

enum { KIND_PARTNERS_LEAST = 3, QUARTER_DAYS = 90, PAY_DAYS_SHOWN = 3 };

/* ---- measured earnings by kind
 * ---------------------------------------------------------------------------------- */

/* Rows come sorted by commission, the largest first. The middle of an even count is the lower one:
 * we do not promise the better half. Kinds with fewer than three partners stay together under no
 * name. */
static void show_kind(struct view *list, const struct list *partners, const struct list *clicks,
    const char *kind, currency c)
{
    int64_t count = 0, conversions = 0, seen = 0, clicked = 0, middle = 0, best = 0;
    struct view *item;

    for (size_t i = 0; i < partners->count; i++)
        if (str_eq(((struct report_row *)partners->at)[i].key, str_of(kind)))
            count++;
    if (count < KIND_PARTNERS_LEAST)
        return;
    for (size_t i = 0; i < partners->count; i++) {
        const struct report_row *row = (struct report_row *)partners->at + i;

        if (!str_eq(row->key, str_of(kind)))
            continue;
        conversions += row->conversions;
        if (seen == (count - 1) / 4)
            best = row->commission / 3;
        if (seen == count / 2)
            middle = row->commission / 3;
        seen++;
    }
    for (size_t i = 0; i < clicks->count; i++)
        if (str_eq(((struct report_row *)clicks->at)[i].key, str_of(kind)))
            clicked = ((struct report_row *)clicks->at)[i].clicks;
    item = view_item(list);
    view_bool(item, kind, true);
    view_int(item, "partners", count);
    view_percent_bp(item, "rate", clicked > 0 ? conversions * 10000 / clicked / 10 * 10 : 0);
    view_money(item, "middle", (amount){ middle, c });
    view_money(item, "best", (amount){ best, c });
}

static err show_earnings(struct request *rq, struct view *v, const struct program *p)
{
    struct list partners = { 0 }, clicks = { 0 };
    instant from = instant_plus_days(rq->now, -QUARTER_DAYS);
    struct view *list = view_list(v, "kinds");
    int64_t nothing = 0;

    TRY(db_all(rq->db, &REPORT_SITE_PARTNERS,
        PARAMS(
            P("program_id", p->id), P("currency", p->currency), P("from", from), P("to", rq->now)),
        &report_row_fields, &partners));
    TRY(db_all(rq->db, &REPORT_SITE_KINDS,
        PARAMS(P("program_id", p->id), P("from", from), P("to", rq->now)), &report_row_fields,
        &clicks));
    for (int i = 0; partner_kind_names[i]; i++)
        show_kind(list, &partners, &clicks, partner_kind_names[i], p->currency);
    for (size_t i = 0; i < partners.count; i++)
        nothing += ((struct report_row *)partners.at)[i].commission <= 0;
    view_int(v, "approved", (int64_t)partners.count);
    view_int(v, "earned_nothing", nothing);
    view_bool(v, "has_kinds", partners.count >= KIND_PARTNERS_LEAST);
    return NULL;
}

/* ---- the picture: each stream one partner that was paid
 * ------------------------------------------------------------ */

/* Lengths in tenths of a unit. The river is 1,200 high of 3,200 where all flow together. */
enum { STREAMS_MOST = 60, RIVER = 1300, MIDDLE = 1600, SHORES = 3000 };

/* The widest stream lies in the middle, the others outwards on both sides. */
static size_t stream_place(size_t rank, size_t count)
{
    size_t middle = count / 2, step = (rank + 1) / 2;

    return rank % 2 ? middle + step - (middle + step >= count)
                    : middle - (step <= middle ? step : middle);
}

static void draw_stream(struct buf *b, size_t n, int64_t width, int64_t from, int64_t to)
{
    static const char *const tones[] = { "", " class=\"s2\"", " class=\"s3\"" };
    int64_t swing = (int64_t)(n % 5) * 30 - 60;

    buf_printf(b,
        "<path%s stroke-width=\"%" PRId64 ".%" PRId64 "\" d=\"M0 %" PRId64 "C%" PRId64 " %" PRId64
        " %" PRId64 " %" PRId64 " 880 %" PRId64 "S1080 %" PRId64 " 1200 %" PRId64 "\"/>",
        tones[n % 3], width / 10, width % 10, from / 10, 340 + (int64_t)(n % 4) * 25,
        (from + swing + 60) / 10, 520 + (int64_t)(n % 3) * 30, (to + 160 + swing) / 10,
        (to + 20) / 10, (to - 30) / 10, (to + 25) / 10);
}

static str streams(struct arena *arena, const struct list *rows, int64_t whole)
{
    struct buf b = buf_new(arena);
    int64_t width[STREAMS_MOST] = { 0 }, all = 0, from, to, gap;
    size_t count = rows->count < STREAMS_MOST ? rows->count : STREAMS_MOST;

    for (size_t rank = 0; rank < count && whole > 0; rank++) {
        size_t at = stream_place(rank, count);
        int64_t w =
            (int64_t)((__int128)((struct report_row *)rows->at)[rank].commission * RIVER / whole);

        while (width[at]) /* the ends may meet: the next free place */
            at = (at + 1) % count;
        width[at] = w < 8 ? 8 : w;
        all += width[at];
    }
    gap = count > 1 ? (SHORES - all) / (int64_t)(count - 1) : 0;
    from = count > 1 ? MIDDLE - SHORES / 2 : MIDDLE - all / 2;
    to = MIDDLE - all / 2;
    for (size_t n = 0; n < count && all > 0; n++) {
        draw_stream(&b, n, width[n], from + width[n] / 2, to + width[n] / 2);
        from += width[n] + (gap > 0 ? gap : 0);
        to += width[n];
    }
    return buf_str(&b);
}

/* Each currency for itself; the picture is of the programme's own. */
static err show_paid(struct request *rq, struct view *v, const struct program *p)
{
    struct list sums = { 0 }, rows = { 0 };
    struct view *out = view_object(v, "paid"), *also = view_list(out, "also");
    struct report_row own = { 0 };

    TRY(db_all(
        rq->db, &REPORT_SITE_PAID, PARAMS(P("program_id", p->id)), &report_row_fields, &sums));
    TRY(db_all(rq->db, &REPORT_SITE_STREAMS,
        PARAMS(P("program_id", p->id), P("currency", p->currency)), &report_row_fields, &rows));
    const struct report_row *sum = sums.at;
    for (size_t i = 0; i < sums.count; i++) {
        currency c = { 0 };
        TRY(currency_read(sum[i].key, &c));
        if (currency_eq(c, p->currency))
            own = sum[i];
        else
            view_money(view_item(also), "more", (amount){ sum[i].commission, c });
    }
    view_bool(out, "any", own.commission > 0);
    view_int(out, "partners", own.clicks);
    view_money(out, "sum", (amount){ own.commission, p->currency });
    view_html(out, "streams", streams(rq->arena, &rows, own.commission));
    return NULL;
}

err report_site(struct request *rq, struct reply *rp)
{
    struct view *v = reply_view(rp), *one, *days;
    struct program p = { 0 };
    struct program_terms terms = { 0 };
    instant from = rq->now;

    TRY(program_by_slug(rq->db, request_param(rq, "slug"), &p));
    one = view_object(v, "program");
    view_record(one, NULL, &program_fields, &p);
    one = view_page(one);
    view_html(one, "description_html", program_markdown(rq->arena, p.description));
    view_html(one, "brand_html", program_markdown(rq->arena, p.brand_rules));
    view_html(one, "faq_html", program_markdown(rq->arena, p.faq));
    TRY(program_terms_at(rq->db, p.id, rq->now, &terms));
    view_record(v, "terms", &program_terms_fields, &terms);
    view_html(v, "terms_html", program_markdown(rq->arena, terms.body));
    days = view_list(v, "pay_days");
    for (int i = 0; i < PAY_DAYS_SHOWN; i++) {
        instant day = program_next_payout(&p, from);

        view_instant(view_item(days), "day", day);
        from = instant_plus_days(day, 1);
    }
    TRY(commission_public_rates_view(rq, v, p.id));
    TRY(show_earnings(rq, v, &p));
    return show_paid(rq, v, &p);
}
