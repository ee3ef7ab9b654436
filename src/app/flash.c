/* What the next page says after something was done: one row a code, in the words of the person who
 * did it. */
#include "app/gate.h"

/* clang-format off */
static const struct { const char *code, *tone, *words; } messages[] = {
    { "account/out",       "good", N_("You are signed out.") },
    { "account/password",  "good", N_("Your password is changed. All other devices are signed out.") },
    { "account/saved",     "good", N_("Saved.") },
    { "account/session",   "good", N_("That device is signed out.") },
    { "account/sessions",  "good", N_("All other devices are signed out.") },
    { "commission/approved", "good", N_("Commission approved.") },
    { "commission/declined", "good", N_("Commission declined. The partner sees the reason.") },
    { "commission/held",   "good", N_("Commission held. It is not paid until you release it.") },
    { "commission/made",   "good", N_("Commission added.") },
    { "commission/released", "good", N_("Commission released.") },
    { "exchange/added",  "good", N_("Rate added.") },
    { "commission/bulk",   "good", N_("Commissions changed: {count}.") },
    { "conversion/amended", "good", N_("Amendment recorded. The commissions follow.") },
    { "conversion/moved",  "good", N_("The sale belongs to the other partner now.") },
    { "conversion/confirmed", "good", N_("Order confirmed. What was held for it goes on.") },
    { "conversion/declined", "good", N_("Order declined. Nobody earns from it, and partners see the reason.") },
    { "conversion/made",   "good", N_("Order recorded.") },
    { "conversion/refunded", "good", N_("Refund recorded. The commission is reversed in proportion.") },
    { "coupon/changed",    "good", N_("Coupon changed.") },
    { "coupon/saved",      "good", N_("Coupon {code} is ready.") },
    { "creative/changed",  "good", N_("Creative changed.") },
    { "creative/saved",    "good", N_("Creative added. Partners see it now.") },
    { "import/done",       "good", N_("{count} rows imported.") },
    { "job/forgotten",     "good", N_("The failed job is forgotten.") },
    { "job/retried",       "good", N_("The job runs again now.") },
    { "key/revoked",       "good", N_("The key is revoked. Calls with it are refused from now on.") },
    { "link/changed",      "good", N_("Link changed.") },
    { "link/saved",        "good", N_("Your link is ready: {code}") },
    { "message/queued",    "good", N_("The mail is on its way to the outbox.") },
    { "partner/approved",  "good", N_("{name} is approved and knows it by mail.") },
    { "partner/changed",   "good", N_("Partner changed.") },
    { "partner/invited",   "good", N_("{name} is invited by mail.") },
    { "partner/note",      "good", N_("Note kept.") },
    { "partner/profile",   "good", N_("Your profile is saved.") },
    { "partner/rejected",  "good", N_("{name} is rejected and knows why by mail.") },
    { "partner/saved",     "good", N_("Partner saved.") },
    { "partner/suspended", "good", N_("{name} is suspended. New clicks earn nothing; what is owed stays owed.") },
    { "partner/terms",     "good", N_("You accepted the terms. Thank you.") },
    { "payout/empty",      "warn", N_("Nothing is payable by that date, so no batch was made.") },
    { "payout/failed",     "good", N_("Marked as failed. The sum is payable again.") },
    { "payout/made",       "good", N_("The batch is made. Nothing is paid before you confirm it.") },
    { "payout/paid",       "good", N_("Marked as paid.") },
    { "people/changed",    "good", N_("Role changed.") },
    { "people/invited",    "good", N_("The invitation is on its way.") },
    { "people/removed",    "good", N_("Access taken away.") },
    { "program/created",   "good", N_("Your programme is ready. Show its page to partners.") },
    { "program/saved",     "good", N_("Programme saved.") },
    { "program/switched",  "good", N_("You look at {name} now.") },
    { "program/terms",     "good", N_("The new terms are announced.") },
    { "replay/asked",      "good", N_("History is being decided again. Nothing is booked.") },
    { "rule/ended",        "good", N_("The rule is ended. Sales already made keep it.") },
    { "rule/saved",        "good", N_("The rule is set.") },
    { "verify/asked",      "good", N_("The books are being verified. The outcome appears here in a moment.") },
    { "setting/saved",     "good", N_("Settings saved.") },
};
/* clang-format on */

const char *flash_words(str code, const char **out_tone)
{
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
        if (str_eq(code, str_of(messages[i].code))) {
            *out_tone = messages[i].tone;
            return messages[i].words;
        }
    return NULL;
}
