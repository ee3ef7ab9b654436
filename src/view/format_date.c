/* Dates and times in the reader's form and zone. Held against Intl by tests/house/formats.test.mjs.
 */
#include "view/lang.h"

#include "base/arena.h"
#include "base/buf.h"

struct date_words {
    const char *months[12];     /* inside a date: genitive in Polish and Russian */
    const char *standalone[12]; /* in a heading */
    const char *short_months[12];
    const char *short_alone[12];
    const char *weekdays[7];  /* Monday first */
    const char *weekday_then; /* between weekday and day */
    const char *year_then;    /* after a year */
    const char *full_then;    /* between date and time of day */
};

/* clang-format off */
static const struct date_words words[LANGUAGES] = {
    {
        { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December" },
        { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December" },
        { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" },
        { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" },
        { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" },
        " ", "", ", ",
    }, {
        { "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września",
          "października", "listopada", "grudnia" },
        { "styczeń", "luty", "marzec", "kwiecień", "maj", "czerwiec", "lipiec", "sierpień", "wrzesień",
          "październik", "listopad", "grudzień" },
        { "sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru" },
        { "sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru" },
        { "poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela" },
        ", ", "", " ",
    }, {
        { "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
          "ноября", "декабря" },
        { "январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь",
          "ноябрь", "декабрь" },
        { "янв.", "февр.", "мар.", "апр.", "мая", "июн.", "июл.", "авг.", "сент.", "окт.", "нояб.", "дек." },
        { "янв.", "февр.", "март", "апр.", "май", "июнь", "июль", "авг.", "сент.", "окт.", "нояб.", "дек." },
        { "понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье" },
        ", ", "\xc2\xa0г.", " в ",
    },
};
/* clang-format on */

static struct civil local(instant at, int offset_minutes)
{
    return instant_civil(instant_plus_ms(at, (int64_t)offset_minutes * MINUTE_MS));
}

static str clock_of(struct arena *arena, const struct civil *c, enum date_form form)
{
    if (form == DATE_CLOCK)
        return str_printf(arena, "%02d:%02d:%02d", c->hour, c->minute, c->second);
    if (form == DATE_TIME_MS)
        return str_printf(arena, "%02d:%02d:%02d.%03d", c->hour, c->minute, c->second, c->ms);
    return str_printf(arena, "%02d:%02d", c->hour, c->minute);
}

str format_date(struct arena *arena, const struct lang *lang, instant at, enum date_form form,
    int offset_minutes)
{
    const struct date_words *w = &words[lang->index];
    struct civil c = local(at, offset_minutes);
    const char *month = w->months[c.month - 1], *short_month = w->short_months[c.month - 1];

    switch (form) {
    case DATE_LONG:
        return str_printf(arena, "%d %s %d%s", c.day, month, c.year, w->year_then);
    case DATE_SHORT:
        return str_printf(arena, "%d %s", c.day, short_month);
    case DATE_SHORT_YEAR:
        return str_printf(arena, "%d %s %d%s", c.day, short_month, c.year, w->year_then);
    case DATE_TIME:
    case DATE_TIME_MS:
        return str_printf(
            arena, "%d %s, %" PRI_STR, c.day, short_month, STR_ARG(clock_of(arena, &c, form)));
    case DATE_FULL:
        return str_printf(arena, "%d %s %d%s%s%" PRI_STR, c.day, month, c.year, w->year_then,
            w->full_then, STR_ARG(clock_of(arena, &c, form)));
    case DATE_WEEKDAY:
        return str_printf(
            arena, "%s%s%d %s", w->weekdays[c.weekday], w->weekday_then, c.day, month);
    case DATE_DAY:
        return str_printf(arena, "%d %s", c.day, month);
    case DATE_MONTH:
        return str_printf(arena, "%s %d%s", w->standalone[c.month - 1], c.year, w->year_then);
    case DATE_MONTH_SHORT:
        return str_of(w->short_alone[c.month - 1]);
    case DATE_CLOCK:
    case DATE_MINUTE:
        break;
    }
    return clock_of(arena, &c, form);
}

str format_input_date(struct arena *arena, instant at, int offset_minutes)
{
    struct civil c = local(at, offset_minutes);

    return str_printf(arena, "%04d-%02d-%02d", c.year, c.month, c.day);
}

str format_input_time(struct arena *arena, instant at, int offset_minutes)
{
    struct civil c = local(at, offset_minutes);

    return str_printf(arena, "%04d-%02d-%02dT%02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

enum unit { UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_MONTH, UNIT_YEAR };

struct ago_words {
    const char *just_now;
    const char *before;      /* in front of what is to come: "in 3 days" */
    const char *ago;         /* behind what has been */
    const char *units[5][3]; /* by plural form; one case serves both ways in the three languages */
};

/* clang-format off */
static const struct ago_words ago_words[LANGUAGES] = {
    { "just now", "in ", " ago", {
        { "min", "min" }, { "h", "h" }, { "day", "days" }, { "month", "months" }, { "year", "years" } } },
    { "przed chwilą", "za ", " temu", {
        { "min", "min", "min" }, { "godz.", "godz.", "godz." }, { "dzień", "dni", "dni" },
        { "miesiąc", "miesiące", "miesięcy" }, { "rok", "lata", "lat" } } },
    { "только что", "через ", " назад", {
        { "мин.", "мин.", "мин." }, { "ч", "ч", "ч" }, { "день", "дня", "дней" },
        { "месяц", "месяца", "месяцев" }, { "год", "года", "лет" } } },
};
/* clang-format on */

static int64_t count_units(int64_t ms, enum unit *out)
{
    static const struct {
        enum unit unit;
        int64_t ms;
    } steps[] = {
        { UNIT_YEAR, 365 * DAY_MS },
        { UNIT_MONTH, 30 * DAY_MS },
        { UNIT_DAY, DAY_MS },
        { UNIT_HOUR, HOUR_MS },
        { UNIT_MINUTE, MINUTE_MS },
    };

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (ms >= steps[i].ms) {
            *out = steps[i].unit;
            return ms / steps[i].ms;
        }
    }
    return 0;
}

str format_ago(struct arena *arena, const struct lang *lang, instant then, instant now)
{
    const struct ago_words *w = &ago_words[lang->index];
    bool is_past = then.ms <= now.ms;
    enum unit unit = UNIT_MINUTE;
    int64_t n = count_units(is_past ? now.ms - then.ms : then.ms - now.ms, &unit);
    str amount_of_time;

    if (n == 0)
        return str_of(w->just_now);
    amount_of_time = str_printf(arena, "%" PRI_STR " %s", STR_ARG(format_int(arena, lang, n)),
        w->units[unit][lang_plural_index(lang, n)]);
    return is_past ? str_printf(arena, "%" PRI_STR "%s", STR_ARG(amount_of_time), w->ago)
                   : str_printf(arena, "%s%" PRI_STR, w->before, STR_ARG(amount_of_time));
}
