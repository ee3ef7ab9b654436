/* Compiles npm's crawler-user-agents and our own words of browsers and devices into one
 * Aho-Corasick automaton, kept as a double array, so that an agent text is read once. Call: robots
 * IN.json TABLE.c INSTANCES.c */
#include "rooms/click/agent_table.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORDS_MOST = 8000,
    NODES_MOST = 60000,
    SLOTS_MOST = 65000,
    CONDITIONS_MOST = 250,
    CONFIRMS_MOST = 60
};

struct word {
    char text[200];
    size_t len;
    unsigned when;  /* enum agent_when */
    unsigned value; /* bits */
    int confirm;    /* index of a regular expression, -1: none */
};

struct node {
    int child[256];
    int fail;
    unsigned bits;
    int condition; /* 0: none */
    int slot;
};

static struct word words[WORDS_MOST];
static size_t word_count;
static const char *confirms[CONFIRMS_MOST];
static int confirm_count;
static struct node *nodes;
static int node_count = 1;
static struct agent_condition conditions[CONDITIONS_MOST];
static int condition_count = 1;

/* clang-format off */
static const struct { const char *text; unsigned bit; } own_words[] = {
    { "Mobile",          AGENT_MOBILE },   { "Android",   AGENT_ANDROID }, { "iPhone",     AGENT_IPHONE },
    { "iPod",            AGENT_IPHONE },   { "iPad",      AGENT_IPAD },    { "Tablet",     AGENT_TABLET },
    { "Windows NT",      AGENT_DESKTOP },  { "Macintosh", AGENT_DESKTOP }, { "X11;",       AGENT_DESKTOP },
    { "CrOS",            AGENT_DESKTOP },  { "TV",        AGENT_TV },      { "PlayStation", AGENT_TV },
    { "Xbox",            AGENT_TV },
    { "Edg/",            AGENT_EDGE },     { "EdgA/",     AGENT_EDGE },    { "EdgiOS/",    AGENT_EDGE },
    { "OPR/",            AGENT_OPERA },    { "Opera",     AGENT_OPERA },   { "OPT/",       AGENT_OPERA },
    { "SamsungBrowser/", AGENT_SAMSUNG },  { "Firefox/",  AGENT_FIREFOX }, { "FxiOS/",     AGENT_FIREFOX },
    { "Chrome/",         AGENT_CHROME },   { "CriOS/",    AGENT_CHROME },  { "Safari/",    AGENT_SAFARI },
    { "FBAN/",           AGENT_IN_APP },   { "FBAV/",     AGENT_IN_APP },  { "Instagram ", AGENT_IN_APP },
    { "musical_ly",      AGENT_IN_APP },   { "TikTok",    AGENT_IN_APP },  { "BytedanceWebview", AGENT_IN_APP },
    { "Snapchat",        AGENT_IN_APP },   { "[Pinterest/", AGENT_IN_APP }, { " Line/",    AGENT_IN_APP },
    { "; wv)",           AGENT_IN_APP },   { "LinkedInApp", AGENT_IN_APP }, { "Mozilla/",  AGENT_MOZILLA },
};
/* clang-format on */

static void stop(const char *why, const char *what)
{
    fprintf(stderr, "robots: %s: %s\n", why, what);
    exit(1);
}

static void add_word(const char *text, size_t len, unsigned when, unsigned value, int confirm)
{
    if (word_count == WORDS_MOST || len == 0 || len >= sizeof(words[0].text))
        stop("no room for a word, or an empty one", text);
    struct word *w = &words[word_count++];
    memcpy(w->text, text, len);
    w->len = len;
    w->when = when;
    w->value = value;
    w->confirm = confirm;
}

/* ---- the small regular expressions of the list
 * ---------------------------------------------------------- */

/* All texts that a part of a pattern may stand for. */
struct texts {
    struct word at[256];
    size_t count;
};

static bool parse_choices(const char **at, struct texts *out);

static bool cross(struct texts *left, const struct texts *right)
{
    static struct texts product;
    product.count = 0;
    for (size_t i = 0; i < left->count; i++)
        for (size_t j = 0; j < right->count; j++) {
            const struct word *a = &left->at[i], *b = &right->at[j];
            bool is_misplaced =
                (b->when & AGENT_AT_START && a->len > 0) || (a->when & AGENT_AT_END && b->len > 0);
            if (product.count == 256 || a->len + b->len >= sizeof(a->text) || is_misplaced)
                return false;
            struct word *w = &product.at[product.count++];
            memset(w, 0, sizeof(*w));
            memcpy(w->text, a->text, a->len);
            memcpy(w->text + a->len, b->text, b->len);
            w->len = a->len + b->len;
            w->when = a->when | b->when;
        }
    *left = product;
    return true;
}

static bool add_char(struct texts *out, char c)
{
    if (out->count == 256)
        return false;
    out->at[out->count++] = (struct word){ .text = { c }, .len = 1 };
    return true;
}

static bool parse_class(const char **at, struct texts *out)
{
    const char *p = *at;
    if (*p == '^')
        return false;
    for (; *p && *p != ']'; p++)
        if (*p == '\\' || p[1] == '-' || !add_char(out, *p))
            return false;
    *at = p + 1;
    return *p == ']';
}

/* False: an expression that has no short list of texts. */
static bool parse_atom(const char **at, struct texts *out)
{
    char c = *(*at)++;
    out->count = 0;
    if (c == '(') {
        bool is_whole = parse_choices(at, out) && **at == ')';
        (*at)++;
        return is_whole;
    }
    if (c == '[')
        return parse_class(at, out);
    if (c == '^' || c == '$') {
        out->at[out->count++] = (struct word){ .when = c == '^' ? AGENT_AT_START : AGENT_AT_END };
        return true;
    }
    if (c == '\\') {
        c = *(*at)++;
        return !strchr("dDwWsSbB", c) && c && add_char(out, c);
    }
    return c != '.' && c != '*' && c != '+' && c != '?' && c != '{' && add_char(out, c);
}

static bool parse_sequence(const char **at, struct texts *out)
{
    struct texts *atom = malloc(sizeof(*atom));
    out->count = 1;
    out->at[0] = (struct word){ .len = 0 };
    bool is_plain = true;
    while (is_plain && **at && **at != '|' && **at != ')') {
        is_plain = parse_atom(at, atom) && !(**at && strchr("*+?{", **at)) && cross(out, atom);
    }
    free(atom);
    return is_plain;
}

static bool parse_choices(const char **at, struct texts *out)
{
    struct texts *choice = malloc(sizeof(*choice));
    bool is_plain = parse_sequence(at, out);
    while (is_plain && **at == '|') {
        (*at)++;
        is_plain = parse_sequence(at, choice) && out->count + choice->count <= 256;
        for (size_t i = 0; is_plain && i < choice->count; i++)
            out->at[out->count++] = choice->at[i];
    }
    free(choice);
    return is_plain;
}

/* A pattern without a short list: its longest plain part is looked for, and a POSIX expression
 * confirms. */
static void add_confirmed(const char *pattern)
{
    char best[200] = "", part[200];
    size_t best_len = 0, len = 0;
    static char posix[CONFIRMS_MOST][400];
    size_t out = 0;
    for (const char *p = pattern;; p++) {
        bool is_plain = *p && !strchr("\\^$.*+?()[]{}|", *p);
        bool is_escaped = *p == '\\' && p[1] && !strchr("dDwWsSbB", p[1]);
        bool is_repeated = (is_plain || is_escaped) && p[is_escaped ? 2 : 1] &&
                           strchr("*+?{", p[is_escaped ? 2 : 1]);
        if ((is_plain || is_escaped) && !is_repeated)
            part[len++] = p[is_escaped];
        else if (len > best_len)
            memcpy(best, part, best_len = len);
        if ((!is_plain && !is_escaped) || is_repeated)
            len = 0;
        if (*p == '[' || *p == '(')
            for (char close = *p == '[' ? ']' : ')';
                 p[1] && *p != close;) { /* taken over as it is */
                posix[confirm_count][out++] = *p++;
            }
        if (is_escaped)
            posix[confirm_count][out++] = *p++;
        if (!*p)
            break;
        posix[confirm_count][out++] = *p;
        if (out > 390)
            stop("pattern too long", pattern);
    }
    if (best_len < 4 || confirm_count == CONFIRMS_MOST)
        stop("pattern has no plain part to look for", pattern);

    char *any = posix[confirm_count];
    for (char *hit; (hit = strstr(any, "[\\s\\S]"));) {
        *hit = '.';
        memmove(hit + 1, hit + 6, strlen(hit + 6) + 1);
    }
    static char with_digits[CONFIRMS_MOST][600];
    char *to = with_digits[confirm_count];
    for (const char *p = any; *p; p++) {
        if (p[0] == '\\' && p[1] == 'd') {
            to += sprintf(to, "[0-9]");
            p++;
        } else if (p[0] == '\\' && strchr("/-", p[1])) {
            continue; /* plain in POSIX */
        } else {
            *to++ = *p;
        }
    }
    *to = '\0';
    confirms[confirm_count] = with_digits[confirm_count];
    add_word(best, best_len, 0, AGENT_ROBOT, confirm_count++);
}

static void add_pattern(const char *pattern)
{
    struct texts *texts = malloc(sizeof(*texts));
    const char *at = pattern;
    if (parse_choices(&at, texts) && !*at) {
        for (size_t i = 0; i < texts->count; i++)
            add_word(texts->at[i].text, texts->at[i].len, texts->at[i].when, AGENT_ROBOT, -1);
    } else {
        add_confirmed(pattern);
    }
    free(texts);
}

/* ---- the automaton
 * -------------------------------------------------------------------------------------- */

static int condition_add(struct agent_condition c)
{
    if (condition_count == CONDITIONS_MOST)
        stop("too many conditions", "");
    conditions[condition_count] = c;
    return condition_count++;
}

static void trie_add(const struct word *w)
{
    int n = 0;
    for (size_t i = 0; i < w->len; i++) {
        int *child = &nodes[n].child[(unsigned char)w->text[i]];
        if (*child == 0) {
            if (node_count == NODES_MOST)
                stop("too many nodes", w->text);
            *child = node_count++;
        }
        n = *child;
    }
    if (w->when == 0 && w->confirm < 0) {
        nodes[n].bits |= w->value;
        return;
    }
    nodes[n].condition = condition_add((struct agent_condition){ .when = (unsigned char)w->when,
        .length = (unsigned char)w->len,
        .confirm = (signed char)w->confirm,
        .bits = w->value,
        .next = (unsigned char)nodes[n].condition });
}

/* The suffix's conditions hang behind one's own. */
static void conditions_inherit(struct node *n, int from)
{
    if (from == 0)
        return;
    if (n->condition == 0) {
        n->condition = from;
        return;
    }
    int last = n->condition;
    while (conditions[last].next)
        last = conditions[last].next;
    conditions[last].next = (unsigned char)from;
}

static int *breadth_first(void)
{
    int *order = calloc((size_t)node_count, sizeof(*order)), count = 1;
    for (int i = 0; i < count; i++) {
        int n = order[i];
        for (int c = 0; c < 256; c++) {
            int child = nodes[n].child[c];
            if (child == 0)
                continue;
            order[count++] = child;
            int fail = n == 0 ? 0 : nodes[n].fail;
            while (n != 0 && fail != 0 && nodes[fail].child[c] == 0)
                fail = nodes[fail].fail;
            nodes[child].fail = n == 0 ? 0 : nodes[fail].child[c];
            nodes[child].bits |= nodes[nodes[child].fail].bits;
            conditions_inherit(&nodes[child], nodes[nodes[child].fail].condition);
        }
    }
    return order;
}

static int classes[256], class_count = 1;
static int base[SLOTS_MOST], check[SLOTS_MOST], node_of[SLOTS_MOST], slot_count;

static bool fits(const struct node *n, int at)
{
    for (int c = 0; c < 256; c++)
        if (n->child[c] && check[at + classes[c]] >= 0)
            return false;
    return true;
}

static void place(const int *order)
{
    for (int i = 0; i < SLOTS_MOST; i++)
        check[i] = -1;
    check[0] = 0; /* the root's own place; no child has class 0 */
    int first_free = 1;
    for (int i = 0; i < node_count; i++) {
        struct node *n = &nodes[order[i]];
        while (first_free < SLOTS_MOST - 300 && check[first_free] >= 0)
            first_free++;
        int at = first_free > class_count ? first_free - class_count : 0;
        while (!fits(n, at))
            if (++at > SLOTS_MOST - 300)
                stop("no place for a node", "");
        base[n->slot] = at;
        for (int c = 0; c < 256; c++)
            if (n->child[c]) {
                int slot = at + classes[c];
                check[slot] = n->slot;
                node_of[slot] = n->child[c];
                nodes[n->child[c]].slot = slot;
                if (slot >= slot_count)
                    slot_count = slot + 1;
            }
    }
    slot_count += class_count; /* base + class is never outside */
}

static void print_numbers(
    FILE *out, const char *type, const char *name, const int *numbers, int count)
{
    fprintf(out, "const %s %s[] = {", type, name);
    for (int i = 0; i < count; i++)
        fprintf(out, "%s%u,", i % 24 == 0 ? "\n" : "", (unsigned)numbers[i]);
    fprintf(out, "\n};\n");
}

static void print_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p < ' ' || *p > '~' || *p == '?')
            fprintf(out, "\\%03o", *p);
        else
            fputc(*p, out);
    }
    fputc('"', out);
}

static void print_table(FILE *out)
{
    int *numbers = calloc(SLOTS_MOST, sizeof(int));
    fprintf(out,
        "/* Made by tools/robots.c from %zu words. */\n#include \"rooms/click/agent_table.h\"\n",
        word_count);
    print_numbers(out, "unsigned char", "agent_class", classes, 256);
    print_numbers(out, "uint16_t", "agent_base", base, slot_count);
    for (int i = 0; i < slot_count; i++)
        numbers[i] = check[i] < 0 ? 65535 : check[i];
    print_numbers(out, "uint16_t", "agent_check", numbers, slot_count);
    for (int i = 0; i < slot_count; i++)
        numbers[i] = nodes[nodes[node_of[i]].fail].slot;
    print_numbers(out, "uint16_t", "agent_fail", numbers, slot_count);
    for (int i = 0; i < slot_count; i++)
        numbers[i] = (int)nodes[node_of[i]].bits;
    print_numbers(out, "uint32_t", "agent_bits", numbers, slot_count);
    for (int i = 0; i < slot_count; i++)
        numbers[i] = nodes[node_of[i]].condition;
    print_numbers(out, "unsigned char", "agent_condition_of", numbers, slot_count);

    fprintf(out, "const struct agent_condition agent_conditions[] = {\n");
    for (int i = 0; i < condition_count; i++)
        fprintf(out, "    { %u, %u, %d, %u, %u },\n", conditions[i].when, conditions[i].length,
            i == 0 ? -1 : conditions[i].confirm, conditions[i].next, conditions[i].bits);
    fprintf(out, "};\nconst char *const agent_confirms[] = {\n");
    for (int i = 0; i < confirm_count; i++) {
        fprintf(out, "    ");
        print_text(out, confirms[i]);
        fprintf(out, ",\n");
    }
    fprintf(out, "    0,\n};\n");
    free(numbers);
}

static void print_instances(FILE *out, json_t *list)
{
    size_t i, j;
    json_t *row, *instance;
    fprintf(out,
        "/* Made by tools/robots.c: agents that are robots, for the test. */\n"
        "#include \"rooms/click/agent_table.h\"\nconst char *const agent_instances[] = {\n");
    json_array_foreach(list, i, row)
        json_array_foreach(json_object_get(row, "instances"), j, instance)
    {
        fprintf(out, "    ");
        print_text(out, json_string_value(instance));
        fprintf(out, ",\n");
    }
    fprintf(out, "    0,\n};\n");
}

int main(int argc, char **argv)
{
    if (argc != 4)
        stop("usage", "robots IN.json TABLE.c INSTANCES.c");
    json_error_t error;
    json_t *list = json_load_file(argv[1], 0, &error);
    if (!json_is_array(list))
        stop("cannot read", argv[1]);

    size_t i;
    json_t *row;
    json_array_foreach(list, i, row)
        add_pattern(json_string_value(json_object_get(row, "pattern")));
    for (i = 0; i < sizeof(own_words) / sizeof(own_words[0]); i++)
        add_word(own_words[i].text, strlen(own_words[i].text), 0, own_words[i].bit, -1);

    nodes = calloc(NODES_MOST, sizeof(*nodes));
    for (i = 0; i < word_count; i++) {
        trie_add(&words[i]);
        for (size_t k = 0; k < words[i].len; k++) {
            int *class = &classes[(unsigned char)words[i].text[k]];
            if (*class == 0)
                *class = class_count++;
        }
    }
    int *order = breadth_first();
    place(order);

    FILE *table = fopen(argv[2], "w"), *instances = fopen(argv[3], "w");
    if (!table || !instances)
        stop("cannot write", argv[2]);
    print_table(table);
    print_instances(instances, list);
    if (fclose(table) != 0 || fclose(instances) != 0)
        stop("cannot write", argv[2]);
    free(order);
    free(nodes);
    json_decref(list);
    return 0;
}
