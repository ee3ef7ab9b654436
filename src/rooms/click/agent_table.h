/* The automaton that tools/robots.c compiles, and what it finds. */
#pragma once

#include <stdint.h>

enum agent_bit {
    AGENT_ROBOT = 1 << 0,
    AGENT_MOBILE = 1 << 1,
    AGENT_ANDROID = 1 << 2,
    AGENT_IPHONE = 1 << 3,
    AGENT_IPAD = 1 << 4,
    AGENT_TABLET = 1 << 5,
    AGENT_DESKTOP = 1 << 6,
    AGENT_TV = 1 << 7,
    AGENT_EDGE = 1 << 8,
    AGENT_OPERA = 1 << 9,
    AGENT_SAMSUNG = 1 << 10,
    AGENT_FIREFOX = 1 << 11,
    AGENT_CHROME = 1 << 12,
    AGENT_SAFARI = 1 << 13,
    AGENT_IN_APP = 1 << 14,
    AGENT_MOZILLA = 1 << 15,
};

enum agent_when { AGENT_AT_START = 1, AGENT_AT_END = 2 };

/* A word that counts only at its place, or when a regular expression agrees. */
struct agent_condition {
    unsigned char when, length;
    signed char confirm; /* index into agent_confirms; -1: none */
    unsigned char next;  /* 0: the last */
    uint32_t bits;
};

/* A double array: from state s with class c to agent_base[s] + c, if agent_check there is s; else
 * on from agent_fail[s]. State 0 is the root, class 0 occurs in no word. */
extern const unsigned char agent_class[256];
extern const uint16_t agent_base[], agent_check[], agent_fail[];
extern const uint32_t agent_bits[];
extern const unsigned char agent_condition_of[];
extern const struct agent_condition agent_conditions[];
extern const char *const agent_confirms[]; /* POSIX extended */

extern const char *const agent_instances[]; /* tests alone */
