/* The mails this room writes. */
#include "rooms/account/inside.h"

/* clang-format off */
const struct mail_text mail_invite = {
    .name = "account.invite",
    .subject = N_("Your access to {site}"),
    .paragraphs = (const char *const[]){
        N_("{by} has invited you to {site}. Choose a password with the link below; it works once, for 14 days."),
        N_("If you did not expect this, you need not do anything."),
        NULL },
    .action = N_("Choose a password"),
    .is_private = true,
};

const struct mail_text mail_reset = {
    .name = "account.reset",
    .subject = N_("A new password for {site}"),
    .paragraphs = (const char *const[]){
        N_("Somebody, most likely you, asked for a new password for {to_email}. The link below works once, for one hour."),
        N_("If it was not you, you need not do anything: your password stays as it is."),
        NULL },
    .action = N_("Choose a new password"),
    .is_private = true,
};

const struct mail_text mail_changed = {
    .name = "account.changed",
    .subject = N_("Your password was changed"),
    .paragraphs = (const char *const[]){
        N_("The password of {to_email} at {site} was changed just now. All other devices were signed out."),
        N_("If it was not you, ask for a new password with the link below and tell us."),
        NULL },
    .action = N_("Ask for a new password"),
};
/* clang-format on */
