/* Rules of links: codes and their making, targets. No SQL. */
#include "rooms/link/link_inside.h"

#include "base/buf.h"
#include "base/url.h"

#include <string.h>

const char *const link_status_names[] = { "active", "paused", NULL };

const struct err LINK_NOT_FOUND = { ERR_NOT_FOUND, "link_not_found", N_("There is no such link."),
    NULL };
const struct err LINK_CODE = { ERR_INVALID, "link_code",
    N_("Use 2 to 40 letters without accents, digits, hyphens and underscores. A few words are kept "
       "for us."),
    "code" };
const struct err LINK_TAKEN = { ERR_CONFLICT, "link_taken",
    N_("This ending is taken. Please choose another one."), "code" };
const struct err LINK_TARGET = { ERR_INVALID, "link_target",
    N_("This programme's links may lead only to pages of the shop. Please paste an address of it."),
    "target_url" };

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(link, id,         "lnk"),
    FIELD_ID(link, program_id, "prg"),
    FIELD_ID(link, partner_id, "par", .flags = FIELD_TAKEN | FIELD_FIXED | FIELD_FILTER, .help = "Whose link it is. With a partner's own key or page: his."),
    FIELD(link, partner_name,         .flags = FIELD_NO_ROW, .help = "The partner's name."),
    FIELD(link, code,                 .flags = FIELD_TAKEN | FIELD_FIXED | FIELD_FILTER | FIELD_SORT, .max = 40, .help = "The end of the short address; made when absent. Unique whatever its case."),
    FIELD(link, target_url,           .flags = FIELD_TAKEN, .max = 2000, .help = "A page of the shop, on an allowed host. Absent: the landing page."),
    FIELD(link, name,                 .flags = FIELD_TAKEN | FIELD_SORT, .max = 120, .help = "Your own words for it."),
    FIELD(link, is_default,           .help = "Every approved partner has one link of this kind."),
    FIELD(link, status,               .flags = FIELD_TAKEN | FIELD_FILTER, .names = link_status_names, .help = "A paused link leads to the programme's fallback page, or nowhere."),
    FIELD(link, short_url,            .flags = FIELD_NO_ROW, .help = "What is shared: the address with the code."),
    FIELD(link, clicks,               .flags = FIELD_NO_ROW | FIELD_SORT, .help = "Every click recorded, robots included."),
    FIELD(link, unique_clicks,        .flags = FIELD_NO_ROW | FIELD_SORT, .help = "Without robots, prefetches and repeats."),
    FIELD(link, last_click_at,        .flags = FIELD_NO_ROW),
    FIELD(link, created_at,           .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(link, updated_at),
};
const struct fields link_fields = FIELDS(list, link);

static const struct field row_list[] = {
    FIELD_ID(link_row, id,         "lnk"),
    FIELD_ID(link_row, program_id, "prg"),
    FIELD_ID(link_row, partner_id, "par"),
    FIELD(link_row, code),
    FIELD(link_row, target_url),
    FIELD(link_row, status,         .names = link_status_names),
    FIELD(link_row, partner_status, .names = partner_status_names),
};
const struct fields link_row_fields = FIELDS(row_list, link_row);

/* Codes that would look like ours. */
static const char *const reserved[] = {
    "admin", "api", "app", "account", "c", "console", "docs", "help", "health", "login", "logout", "manage",
    "metrics", "p", "portal", "root", "sign-in", "static", "support", "t", "test", "tributary", "www", NULL,
};
/* clang-format on */

err link_code_read(struct arena *arena, str text, str *out)
{
    str code = str_lower(arena, str_trim(text));
    if (code.len < 2 || code.len > 40)
        return &LINK_CODE;
    for (size_t i = 0; i < code.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", code.at[i]) || !code.at[i])
            return &LINK_CODE;
    for (const char *const *word = reserved; *word; word++)
        if (str_eq(code, str_of(*word)))
            return &LINK_CODE;
    *out = code;
    return NULL;
}

/* ---- a code made of a name
 * ---------------------------------------------------------------------------------- */

/* U+00C0 to U+017F without their accents, two letters where the language writes two. */
static const char *const latin[] = { "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e",
    "i", "i", "i", "i", "d", "n", "o", "o", "o", "o", "oe", "", "o", "u", "u", "u", "ue", "y", "th",
    "ss", "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d",
    "n", "o", "o", "o", "o", "oe", "", "o", "u", "u", "u", "ue", "y", "th", "y", "a", "a", "a", "a",
    "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d", "d", "d", "e", "e", "e", "e", "e",
    "e", "e", "e", "e", "e", "g", "g", "g", "g", "g", "g", "g", "g", "h", "h", "h", "h", "i", "i",
    "i", "i", "i", "i", "i", "i", "i", "i", "ij", "ij", "j", "j", "k", "k", "k", "l", "l", "l", "l",
    "l", "l", "l", "l", "l", "l", "n", "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o",
    "o", "o", "oe", "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s", "s", "s", "t",
    "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "w", "w",
    "y", "y", "y", "z", "z", "z", "z", "z", "z", "s" };
/* U+0430 to U+044F. */
static const char *const cyrillic[] = { "a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l",
    "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e",
    "yu", "ya" };

static const char *plain_letters(uint32_t point)
{
    if (point >= 0xc0 && point <= 0x17f)
        return latin[point - 0xc0];
    if (point >= 0x410 && point <= 0x42f)
        point += 0x20;
    if (point >= 0x430 && point <= 0x44f)
        return cyrillic[point - 0x430];
    return point == 0x451 || point == 0x401 ? "e" : NULL;
}

static bool is_code_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

str link_code_of_name(struct arena *arena, str name)
{
    struct buf b = buf_new(arena);
    name = str_lower(arena, name);
    for (size_t i = 0; i < name.len && b.len < 30; i++) {
        unsigned char c = (unsigned char)name.at[i];
        bool is_pair = (c & 0xe0) == 0xc0 && i + 1 < name.len;
        const char *letters =
            is_pair ? plain_letters((c & 0x1fu) << 6 | ((unsigned char)name.at[i + 1] & 0x3fu))
                    : NULL;
        if (letters) {
            buf_add(&b, str_of(letters));
            i++;
        } else if (is_code_letter((char)c)) {
            buf_char(&b, (char)c);
        } else if (c < 0x80 && c != '\'' && b.len > 0 && b.at[b.len - 1] != '-') {
            buf_char(&b, '-');
        }
    }
    str code = buf_str(&b);
    while (code.len > 0 && code.at[code.len - 1] == '-')
        code.len--;
    return code.len >= 2 ? str_dup(arena, code) : STR("");
}
