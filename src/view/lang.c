/* Which languages there are, which one a reader wants, and what a message says in it. */
#include "view/lang.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "view/catalogue.h"

static const struct lang english = { "en", "English", 0 };
static const struct lang polish = { "pl", "polski", 1 };
static const struct lang russian = { "ru", "русский", 2 };

const struct lang *const languages[] = { &english, &polish, &russian, NULL };

const struct lang *lang_find(str tag)
{
    for (size_t i = 0; languages[i]; i++) {
        str own = str_of(languages[i]->tag);

        if (str_eq_nocase(str_first(tag, own.len), own) &&
            (tag.len == own.len || tag.at[own.len] == '-' || tag.at[own.len] == '_'))
            return languages[i];
    }
    return NULL;
}

/* The weight of one entry, in thousandths: ";q=0.8". What cannot be read weighs nothing. */
static int weight_of(str parameters)
{
    str rest = str_trim(parameters), digits;
    int weight = 0, scale = 100;

    if (rest.len == 0)
        return 1000;
    if (rest.len < 3 || (rest.at[0] != 'q' && rest.at[0] != 'Q') || rest.at[1] != '=')
        return 0;
    if (rest.at[2] == '1')
        return 1000;
    digits = str_from(rest, 4);
    for (size_t i = 0; i < digits.len && i < 3; i++, scale /= 10) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return 0;
        weight += (digits.at[i] - '0') * scale;
    }
    return weight;
}

const struct lang *lang_accept(str header)
{
    const struct lang *best = languages[0];
    int best_weight = 0;
    str entry, tag;

    while (str_cut(&header, ',', &entry)) {
        const struct lang *found;
        int weight;

        if (!str_cut(&entry, ';', &tag))
            continue;
        found = lang_find(str_trim(tag));
        weight = weight_of(entry);
        if (found && weight > best_weight) {
            best = found;
            best_weight = weight;
        }
    }
    return best;
}

/* Bytewise, context first when there is one: as the compiled rows are sorted. */
static int key_cmp(const char *context, str msgid, const char *key)
{
    if (context) {
        size_t len = strlen(context);
        int order = strncmp(context, key, len);

        if (order)
            return order;
        if (key[len] != '\004')
            return 4 - (unsigned char)key[len];
        key += len + 1;
    }
    return str_cmp(msgid, str_of(key));
}

static const struct message *message_find(const struct lang *lang, const char *context, str msgid)
{
    const struct catalogue *c = &catalogues[lang->index];
    size_t low = 0, high = c->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = key_cmp(context, msgid, c->at[middle].key);

        if (order == 0)
            return &c->at[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

str lang_text(const struct lang *lang, const char *context, str msgid)
{
    const struct message *m = message_find(lang, context, msgid);

    return m ? str_of(m->forms[0]) : msgid;
}

unsigned lang_plural_count(const struct lang *lang)
{
    return lang == &english ? 2 : 3;
}

unsigned lang_plural_index(const struct lang *lang, int64_t n)
{
    uint64_t size = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    unsigned tens = (unsigned)(size % 100), ones = (unsigned)(size % 10);
    bool is_few = ones >= 2 && ones <= 4 && (tens < 12 || tens > 14);

    if (lang == &polish)
        return size == 1 ? 0 : is_few ? 1 : 2;
    if (lang == &russian)
        return ones == 1 && tens != 11 ? 0 : is_few ? 1 : 2;
    return size != 1;
}

str lang_plural_form(const struct lang *lang, str one, str many, unsigned i)
{
    const struct message *m = message_find(lang, NULL, one);

    if (lang == &english)
        return i == 0 ? one : many;
    return m && m->forms[1] && i < lang_plural_count(lang) ? str_of(m->forms[i]) : STR_NONE;
}

str lang_plural(const struct lang *lang, str one, str many, int64_t n)
{
    str form = lang_plural_form(lang, one, many, lang_plural_index(lang, n));

    if (form.at)
        return form;
    return lang_plural_index(&english, n) == 0 ? one : many;
}

static str value_of(str name, va_list values)
{
    const char *key;

    while ((key = va_arg(values, const char *))) {
        str value = va_arg(values, str);

        if (str_eq(str_of(key), name))
            return value.at ? value : STR("");
    }
    return STR_NONE;
}

str lang_fill(struct arena *arena, str text, ...)
{
    struct buf out = buf_new(arena);

    for (size_t i = 0; i < text.len; i++) {
        str rest = str_from(text, i + 1);
        str value = STR_NONE;
        size_t end = 0;

        if (text.at[i] == '{' && str_find(rest, '}', &end)) {
            va_list values;

            va_start(values, text);
            value = value_of(str_first(rest, end), values);
            va_end(values);
        }
        if (value.at) {
            buf_add(&out, value);
            i += end + 1;
        } else {
            buf_char(&out, text.at[i]);
        }
    }
    return buf_str(&out);
}
