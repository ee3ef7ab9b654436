/* From a visit to a click: what is kept, which marks it gets, where the visitor goes. */
#include "rooms/click/click_inside.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/url.h"

#include <string.h>

/* ---- the query
 * ------------------------------------------------------------------------------------------------
 */

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes into `out`; false when it is too long or a bad escape. */
static bool decode(str text, bool plus_is_space, char *out, size_t room, size_t *out_len)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int c = (unsigned char)text.at[i];
        if (c == '%') {
            int high = i + 1 < text.len ? hex_of(text.at[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_of(text.at[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = high << 4 | low;
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (len == room)
            return false;
        out[len++] = (char)c;
    }
    *out_len = len;
    return true;
}

static bool is_fit_to_keep(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == 127)
            return false;
    return str_is_utf8(text);
}

static void take_sub(struct click_plan *plan, int which, str value)
{
    str *subs[CLICK_SUBS] = { &plan->click.sub1, &plan->click.sub2, &plan->click.sub3,
        &plan->click.sub4, &plan->click.sub5 };
    size_t len;
    if (value.len == 0)
        return;
    str kept = { plan->subs[which], 0 };
    if (!decode(value, true, plan->subs[which], CLICK_SUB_MAX, &len) ||
        !is_fit_to_keep((kept.len = len, kept))) {
        plan->click.marks |= CLICK_SUB_DROPPED;
        return;
    }
    *subs[which] = kept;
}

/* An address that was pasted without its escapes is made clean; that is rare, and the only use of
 * an arena. */
static bool read_deep_link(struct click_plan *plan, struct arena *arena, str value, str *out)
{
    struct url u;
    size_t len;
    if (!decode(value, false, plan->landing, CLICK_LANDING_MAX, &len))
        return false;
    *out = (str){ plan->landing, len };
    return url_read(*out, &u) || url_clean(arena, *out, out) == NULL;
}

/* False: not an address that this programme's links may lead to. */
static bool take_deep_link(struct click_plan *plan, const struct link_program *program, str value)
{
    struct arena *arena = arena_new();
    struct url u;
    str to;
    bool is_allowed = read_deep_link(plan, arena, value, &to) && to.len <= CLICK_LANDING_MAX &&
                      url_read(to, &u) && url_allowed(&u, program->domains, program->domain_count);
    if (is_allowed) {
        struct link_split split = link_split(arena, to, program->click_parameter);
        memmove(plan->landing, to.at, to.len);
        plan->click.landing = (str){ plan->landing, to.len };
        memcpy(plan->head, split.head.at, split.head.len);
        memcpy(plan->tail, split.tail.at, split.tail.len);
        plan->head_len = split.head.len;
        plan->tail_len = split.tail.len;
        plan->plain_len = split.plain;
    }
    arena_free(arena);
    return is_allowed;
}

static void read_query(struct click_plan *plan, const struct link_program *program, str query)
{
    str part;
    while (query.at && str_cut(&query, '&', &part)) {
        size_t equals;
        if (!str_find(part, '=', &equals))
            continue;
        str name = str_first(part, equals), value = str_from(part, equals + 1);
        if (name.len == 4 && memcmp(name.at, "sub", 3) == 0 && name.at[3] >= '1' &&
            name.at[3] <= '5')
            take_sub(plan, name.at[3] - '1', value);
        else if (str_eq(name, STR("to")) && !plan->click.landing.at && value.len > 0 &&
                 !take_deep_link(plan, program, value))
            plan->click.marks |= CLICK_TO_REFUSED;
        else if (str_eq(name, STR("cr")) && !id_read("crv", value, &plan->click.creative_id))
            plan->click.creative_id = 0;
    }
}

/* ---- who
 * ----------------------------------------------------------------------------------------------------------
 */

static uint64_t address_hash(
    struct live *live, const struct click_visit *v, const struct agent *agent, int64_t program_id)
{
    const struct salt *salt = &live->salts[atomic_load(&live->salt_now) & 1];
    uint64_t key[2] = { atomic_load(&salt->words[0]), atomic_load(&salt->words[1]) };
    uint64_t text[4] = { (uint64_t)program_id, agent->hash };
    memcpy(&text[2], v->ip, sizeof(v->ip));
    uint64_t hash = secret_short((const unsigned char *)key, text, sizeof(text));
    return hash ? hash : 1;
}

/* For a table in memory: a collision makes a mark too many, nothing worse. */
static uint64_t repeat_key(const struct live *live, uint64_t who, int64_t link_id)
{
    uint64_t key[2];
    memcpy(key, live->keys.repeat, sizeof(key));
    unsigned __int128 product =
        (unsigned __int128)(who ^ key[0]) * (((uint64_t)link_id ^ key[1]) | 1);
    uint64_t mixed = (uint64_t)product ^ (uint64_t)(product >> 64);
    return (mixed ^ mixed >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
}

static void find_visitor(struct live *live, const struct click_visit *v, const struct agent *agent,
    struct click_plan *plan)
{
    struct click *c = &plan->click;
    bool knows =
        !v->refuses_cookies && click_visitor_open(&live->keys, v->cookie, c->at, &c->visitor_id);
    if (!knows) {
        c->visitor_id = c->id;
        c->visitor_hash = (int64_t)address_hash(live, v, agent, c->program_id);
    }
    if (v->refuses_cookies)
        c->marks |= CLICK_NO_COOKIE;
    plan->sets_cookie = !v->refuses_cookies;
}

/* By the cookie where one came, else by address and agent; a first click counts for both. */
struct repeat_keys {
    uint64_t by_cookie, by_address;
};

static struct repeat_keys expect_repeat(struct live *live, const struct click *c)
{
    struct repeat_keys keys = { .by_cookie =
                                    repeat_key(live, (uint64_t)c->visitor_id, c->link_id) };
    repeats_expect(live->repeats, keys.by_cookie);
    if (c->visitor_hash) {
        keys.by_address = repeat_key(live, (uint64_t)c->visitor_hash, c->link_id);
        repeats_expect(live->repeats, keys.by_address);
    }
    return keys;
}

static bool is_repeat(
    struct live *live, const struct click *c, struct repeat_keys keys, int64_t window_ms)
{
    if (window_ms <= 0)
        return false;
    int64_t now_s = c->at.ms / SECOND_MS, window_s = window_ms / SECOND_MS;
    bool by_address =
        c->visitor_hash != 0 && repeats_seen(live->repeats, keys.by_address, now_s, window_s);
    bool by_cookie = repeats_seen(live->repeats, keys.by_cookie, now_s, window_s);
    return by_address || by_cookie;
}

static bool is_prefetch(const struct click_visit *v)
{
    if (v->is_head || v->purpose.len == 0)
        return v->is_head;
    return str_has(v->purpose, STR("prefetch")) || str_has(v->purpose, STR("prerender")) ||
           str_has(v->purpose, STR("preview"));
}

static void mark(const struct click_visit *v, const struct agent *agent, struct click *c)
{
    c->device = agent->device;
    c->browser = agent->browser;
    if (agent->is_robot)
        c->marks |= CLICK_ROBOT;
    if (is_prefetch(v))
        c->marks |= CLICK_PREFETCH;
    if (v->is_landing)
        c->marks |= CLICK_LANDING;
}

static void keep_texts(struct live *live, const struct click_visit *v,
    const struct link_program *program, struct click_plan *plan)
{
    size_t referrer = url_host_copy(v->referrer, plan->referrer);
    if (referrer > 0 && referrer <= CLICK_REFERRER_MAX)
        plan->click.referrer = (str){ plan->referrer, referrer };
    bool is_country = live->trust_country && v->country.len == 2 && v->country.at[0] >= 'A' &&
                      v->country.at[0] <= 'Z' && v->country.at[1] >= 'A' && v->country.at[1] <= 'Z';
    if (is_country && !str_eq(v->country, STR("XX"))) {
        memcpy(plan->country, v->country.at, 2);
        plan->click.country = (str){ plan->country, 2 };
    }
    if (program->keep_ip) {
        struct address address;
        memcpy(address.ip, v->ip, sizeof(address.ip));
        plan->click.ip = address_text(address, plan->ip);
    }
}

void click_plan(struct live *live, const struct link_hot *link, const struct click_visit *v,
    const struct agent *agent, struct click_plan *plan)
{
    const struct link_program *program = links_program(link);
    int64_t id = v->now.ms ? id_new_at(live->env, v->now) : id_new(live->env);
    plan->click = (struct click){ .id = id,
        .at = id_instant(id),
        .program_id = link->program_id,
        .link_id = link->id,
        .partner_id = link->partner_id };
    struct click *c = &plan->click;

    find_visitor(live, v, agent, plan);
    struct repeat_keys keys = expect_repeat(live, c);
    read_query(plan, program, v->query);
    if (!c->landing.at) {
        plan->head_len = link->target_head.len;
        plan->tail_len = link->target_tail.len;
        plan->plain_len = link->plain;
        memcpy(plan->head, link->target_head.at, link->target_head.len);
        memcpy(plan->tail, link->target_tail.at, link->target_tail.len);
    }
    mark(v, agent, c);
    keep_texts(live, v, program, plan);
    uint64_t shown = click_visitor_shown(&live->keys, c->visitor_id);
    click_visitor_print(shown, plan->visitor);
    click_token_print(&live->keys, &(struct click_token){ .id = c->id, .link_id = c->link_id },
        shown, plan->token);
    /* What nobody saw is no first click of anybody. */
    if (!(c->marks & (CLICK_ROBOT | CLICK_PREFETCH)) &&
        is_repeat(live, c, keys, program->repeat_ms))
        c->marks |= CLICK_REPEAT;
}

/* ---- waiting for it: workers, the demo
 * --------------------------------------------------------------------- */

struct waiting_click {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done, is_safe;
};

static void wake(void *arg, bool ok)
{
    struct waiting_click *w = arg;
    pthread_mutex_lock(&w->lock);
    w->is_done = true;
    w->is_safe = ok;
    pthread_cond_signal(&w->done);
    pthread_mutex_unlock(&w->lock);
}

/* A full queue empties; a disk that is full does not. */
static bool record_history(struct live *live, const unsigned char *record, size_t size)
{
    if (!spool_append(live->spool, record, size, NULL, NULL))
        return true;
    return !spool_flush(live->spool) && !spool_append(live->spool, record, size, NULL, NULL);
}

static bool record_and_wait(struct live *live, const struct click *c, bool is_history)
{
    unsigned char record[CLICK_RECORD_MAX];
    struct waiting_click w = { .lock = PTHREAD_MUTEX_INITIALIZER,
        .done = PTHREAD_COND_INITIALIZER };
    size_t size = click_record_write(c, record);
    if (is_history)
        return record_history(live, record, size);
    if (!live_may_record(live, live->env->ticks_us(live->env)) ||
        spool_append(live->spool, record, size, wake, &w))
        return false;
    pthread_mutex_lock(&w.lock);
    while (!w.is_done)
        pthread_cond_wait(&w.done, &w.lock);
    pthread_mutex_unlock(&w.lock);
    pthread_mutex_destroy(&w.lock);
    pthread_cond_destroy(&w.done);
    return w.is_safe;
}

void click_noted(struct live *live, struct click_note n, bool is_safe)
{
    if (!is_safe) {
        atomic_fetch_add_explicit(&live->unrecorded, 1, memory_order_relaxed);
        return;
    }
    atomic_fetch_add_explicit(&live->recorded, 1, memory_order_relaxed);
    if (!(n.marks & (CLICK_ROBOT | CLICK_PREFETCH)))
        live_count(live, n.program_id, n.at);
}

static bool plan_open(struct live *live, const struct click_visit *v, struct click_plan *plan)
{
    struct agent agent = agent_read(v->agent);
    int ticket = links_enter(live->links);
    const struct link_hot *link = links_find(live->links, v->code);
    bool is_open = link && link->is_open;
    if (is_open)
        click_plan(live, link, v, &agent, plan);
    links_leave(live->links, ticket);
    return is_open;
}

err click_follow(
    struct live *live, struct arena *arena, const struct click_visit *v, struct click_followed *out)
{
    struct click_plan *plan = ARENA_NEW(arena, struct click_plan);
    links_refresh(live->links);
    bool is_open = plan_open(live, v, plan);
    if (!is_open) {
        links_look(live->links, v->code);
        is_open = plan_open(live, v, plan);
    }
    if (!is_open)
        return &LINK_NOT_FOUND;

    bool is_safe = record_and_wait(live, &plan->click, v->is_history);
    click_noted(live,
        (struct click_note){ plan->click.program_id, plan->click.marks, plan->click.at }, is_safe);
    str head = { plan->head, is_safe ? plan->head_len : plan->plain_len };
    str token = { plan->token, is_safe ? CLICK_TOKEN_LEN : 0 };
    *out =
        (struct click_followed){ .id = is_safe ? plan->click.id : 0, .marks = plan->click.marks };
    out->location = str_printf(arena, "%" PRI_STR "%" PRI_STR "%.*s", STR_ARG(head), STR_ARG(token),
        (int)plan->tail_len, plan->tail);
    if (is_safe)
        out->token = str_dup(arena, token);
    if (plan->sets_cookie && is_safe)
        out->visitor = str_dup(arena, (str){ plan->visitor, VISITOR_LEN });
    return NULL;
}
