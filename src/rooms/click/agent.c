/* Reads an agent text once, through the automaton made at build. */
#include "rooms/click/agent.h"

#include "base/log.h"
#include "rooms/click/agent_table.h"

#include <pthread.h>
#include <regex.h>
#include <string.h>

enum { CONFIRMS_MOST = 60, AGENT_LEN_MAX = 512, KEPT = 128, KEPT_LEN = 224 };

/* Agents repeat: what was read lately on this thread, by hash. */
struct kept {
    struct agent agent;
    size_t len;
    char text[KEPT_LEN];
};
static _Thread_local struct kept kept[KEPT];

static regex_t confirms[CONFIRMS_MOST];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void compile(void)
{
    for (int i = 0; agent_confirms[i]; i++)
        if (regcomp(&confirms[i], agent_confirms[i], REG_EXTENDED | REG_NOSUB) != 0)
            log_fatal("robot expression cannot be compiled text=\"%s\"", agent_confirms[i]);
}

void agent_start(void)
{
    pthread_once(&once, compile);
}

static bool is_confirmed(int confirm, str agent)
{
    char text[AGENT_LEN_MAX + 1];
    memcpy(text, agent.at, agent.len);
    text[agent.len] = '\0';
    return regexec(&confirms[confirm], text, 0, NULL, 0) == 0;
}

static uint32_t conditional(unsigned char condition, str agent, size_t at)
{
    uint32_t bits = 0;
    for (; condition; condition = agent_conditions[condition].next) {
        const struct agent_condition *c = &agent_conditions[condition];
        if (c->when & AGENT_AT_START && at + 1 != c->length)
            continue;
        if (c->when & AGENT_AT_END && at + 1 != agent.len)
            continue;
        if (c->confirm >= 0 && !is_confirmed(c->confirm, agent))
            continue;
        bits |= c->bits;
    }
    return bits;
}

static uint32_t scan(str agent)
{
    uint32_t bits = 0;
    unsigned state = 0;
    for (size_t i = 0; i < agent.len; i++) {
        unsigned class = agent_class[(unsigned char)agent.at[i]];
        if (class == 0) {
            state = 0;
            continue;
        }
        while (agent_check[agent_base[state] + class] != state && state != 0)
            state = agent_fail[state];
        if (agent_check[agent_base[state] + class] != state)
            continue;
        state = agent_base[state] + class;
        bits |= agent_bits[state];
        if (agent_condition_of[state])
            bits |= conditional(agent_condition_of[state], agent, i);
    }
    return bits;
}

static enum click_device device_of(uint32_t bits)
{
    if (bits & AGENT_TV)
        return DEVICE_OTHER;
    if (bits & (AGENT_IPAD | AGENT_TABLET))
        return DEVICE_TABLET;
    if (bits & AGENT_ANDROID)
        return bits & AGENT_MOBILE ? DEVICE_PHONE : DEVICE_TABLET;
    if (bits & (AGENT_IPHONE | AGENT_MOBILE))
        return DEVICE_PHONE;
    return bits & AGENT_DESKTOP ? DEVICE_DESKTOP : DEVICE_UNKNOWN;
}

/* Most browsers name their forebears too; the youngest name counts. */
static enum click_browser browser_of(uint32_t bits)
{
    static const struct {
        uint32_t bit;
        enum click_browser browser;
    } families[] = {
        { AGENT_IN_APP, BROWSER_IN_APP },
        { AGENT_EDGE, BROWSER_EDGE },
        { AGENT_OPERA, BROWSER_OPERA },
        { AGENT_SAMSUNG, BROWSER_SAMSUNG },
        { AGENT_FIREFOX, BROWSER_FIREFOX },
        { AGENT_CHROME, BROWSER_CHROME },
        { AGENT_SAFARI, BROWSER_SAFARI },
        { AGENT_MOZILLA, BROWSER_OTHER },
    };
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        if (bits & families[i].bit)
            return families[i].browser;
    return BROWSER_UNKNOWN;
}

static struct agent read_text(str agent, uint64_t hash)
{
    uint32_t bits = agent.len > 0 ? scan(agent) : AGENT_ROBOT;
    return (struct agent){ .is_robot = bits & AGENT_ROBOT,
        .device = device_of(bits),
        .browser = browser_of(bits),
        .hash = hash };
}

struct agent agent_read(str user_agent)
{
    str agent = str_first(user_agent, AGENT_LEN_MAX);
    uint64_t hash = str_hash_nocase(agent, 0);
    struct kept *k = &kept[hash % KEPT];
    if (agent.len == 0 || agent.len > KEPT_LEN)
        return read_text(agent, hash);
    if (k->len != agent.len || memcmp(k->text, agent.at, agent.len) != 0) {
        k->agent = read_text(agent, hash);
        k->len = agent.len;
        memcpy(k->text, agent.at, agent.len);
    }
    return k->agent;
}
