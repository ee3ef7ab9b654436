/* A commission against its events, its postings, and the word that people read. */
#include "rooms/verify/verify.h"
#include "rooms/verify/verify_inside.h"

#include "base/arena.h"

const char *const verify_places[] = { "pending", "held", "payable" };

static err check_int(struct run *run, const struct fact_commission *c, const char *what,
    int64_t found, int64_t wanted)
{
    return found == wanted ? NULL : commission_differs(run, c, what, found, wanted);
}

static bool is_word(str text, const char *word)
{
    return str_eq(text, str_of(word));
}

static err check_waits(
    struct run *run, const struct fact_commission *c, const struct fact_booked *booked)
{
    static const char *const words[] = { "what waits in pending", "what waits in held",
        "what waits in payable" };

    for (size_t i = 0; i < PLACES_WAITING; i++)
        TRY(check_int(run, c, words[i], booked->waits[i],
            is_word(c->place, verify_places[i]) ? c->booked : 0));
    return NULL;
}

/* Nothing is owed any more: declined, or nothing of its order is kept and nothing waits. */
static bool is_over(const struct fact_commission *c, bool is_kept)
{
    bool waits = c->booked != 0 && (is_word(c->place, "pending") || is_word(c->place, "held") ||
                                       is_word(c->place, "payable"));
    return c->amount == 0 && !is_kept && !waits;
}

/* The public word follows from the facts of its order and from where it is. */
static const char *word_for(const struct fact_commission *c, bool is_kept)
{
    static const char *const words[][2] = { { "pending", "pending" }, { "held", "held" },
        { "payable", "payable" }, { "in_payout", "payable" }, { "carried", "payable" },
        { "paid", "paid" } };

    if (is_word(c->status, "declined"))
        return "declined";
    if (is_over(c, is_kept))
        return "reversed";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (is_word(c->place, words[i][0]))
            return words[i][1];
    return "in no place";
}

err check_word(struct run *run, const struct fact_commission *c, bool is_kept)
{
    const char *word = word_for(c, is_kept);
    bool is_out = c->booked == 0 &&
                  (is_word(c->status, "declined") || is_word(c->status, "reversed"));

    if (is_word(c->status, "declined") && c->amount != 0)
        return commission_differs(run, c, "worth of what is gone", c->amount, 0);
    if (!is_word(c->status, word))
        return commission_differs(run, c,
            str_c(run->arena, str_printf(run->arena, "the word “%" PRI_STR "” instead of “%s”",
                                  STR_ARG(c->status), word)),
            0, 1);
    if (is_out && (is_word(c->place, "pending") || is_word(c->place, "held") ||
                      is_word(c->place, "payable")))
        return commission_differs(run, c, "a place for what is gone", 1, 0);
    if (!is_word(c->status, "declined") && c->is_kept != is_kept)
        return commission_differs(
            run, c, "whether anything of its order is kept", c->is_kept, is_kept);
    return NULL;
}

err check_commission(struct run *run, const struct fact_commission *c,
    const struct fact_booked *booked, bool is_kept)
{
    bool is_declined = is_word(c->status, "declined");

    run->out.commissions++;
    int64_t worth = c->earned_amount - c->reversed_amount + c->adjusted_amount;

    if (!is_declined && c->amount != worth)
        TRY(commission_differs(run, c, "worth", c->amount, worth));
    TRY(check_int(run, c, "worth by its events", booked->events, c->amount));
    TRY(check_int(run, c, "cost by its postings", booked->cost, c->amount));
    TRY(check_word(run, c, is_kept));
    return check_waits(run, c, booked);
}
