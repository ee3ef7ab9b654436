/* The actions of the trail in the reader's words. Each is named once more here, beside the room
 * that does it, so that the trail can be read by somebody who has never seen the code; tests/house
 * finds one that was forgotten. */
#include "rooms/audit/audit_row.h"

/* clang-format off */
static const struct { const char *action, *words; } all[] = {
    { "account.password",     N_("Changed the password") },
    { "commission.add",       N_("Gave a bonus or an adjustment") },
    { "commission.approve",   N_("Approved a commission") },
    { "commission.decline",   N_("Declined a commission") },
    { "commission.hold",      N_("Held a commission") },
    { "commission.release",   N_("Released a commission") },
    { "conversion.confirm",   N_("Confirmed an order") },
    { "conversion.decline",   N_("Declined an order") },
    { "conversion.move",      N_("Gave a sale to another partner") },
    { "coupon.change",        N_("Changed a coupon") },
    { "coupon.create",        N_("Made a coupon") },
    { "creative.change",      N_("Changed a creative") },
    { "creative.create",      N_("Added a creative") },
    { "exchange.add",         N_("Added exchange rates") },
    { "house.init",           N_("Opened the house") },
    { "job.forget",           N_("Gave up a job") },
    { "job.retry",            N_("Ran a job again") },
    { "key.create",           N_("Made an API key") },
    { "key.revoke",           N_("Revoked an API key") },
    { "link.change",          N_("Changed a link") },
    { "link.create",          N_("Made a link") },
    { "message.send",         N_("Sent a mail") },
    { "partner.accept_terms", N_("Accepted the terms") },
    { "partner.apply",        N_("Applied") },
    { "partner.approve",      N_("Approved a partner") },
    { "partner.change",       N_("Changed a partner") },
    { "partner.reconsider",   N_("Took an application up again") },
    { "partner.reject",       N_("Rejected an application") },
    { "partner.suspend",      N_("Suspended a partner") },
    { "payout.failed",        N_("Marked a payment as failed") },
    { "payout.make",          N_("Made a payout") },
    { "payout.paid",          N_("Marked a payment as paid") },
    { "people.add",           N_("Added a colleague") },
    { "people.invite",        N_("Invited a colleague") },
    { "people.invite_again",  N_("Invited a colleague again") },
    { "people.password",      N_("Set a colleague’s password") },
    { "people.remove",        N_("Removed a colleague") },
    { "people.role",          N_("Changed a colleague’s role") },
    { "program.change",       N_("Changed the programme") },
    { "program.create",       N_("Made a programme") },
    { "program.terms",        N_("Began new terms") },
    { "rule.change",          N_("Changed a rule") },
    { "rule.create",          N_("Made a rule") },
    { "rule.end",             N_("Ended a rule") },
    { "setting.change",       N_("Changed a setting") },
};
/* clang-format on */

const char *audit_words(str action)
{
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (str_eq(action, str_of(all[i].action)))
            return all[i].words;
    return NULL;
}
