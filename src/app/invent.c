/* Passwords that the program makes up itself. */
#include "app/invent.h"

#include "base/arena.h"

enum { GROUPS = 4, LETTERS = 5 };

str invent_password(const struct env *env, struct arena *arena)
{
    /* 32 letters: without i, l, o and u, as in ids. */
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    unsigned char dice[GROUPS * LETTERS];
    char text[GROUPS * (LETTERS + 1)];

    env->random(env, dice, sizeof(dice));
    for (int i = 0, at = 0; i < GROUPS * LETTERS; i++) {
        if (i && i % LETTERS == 0)
            text[at++] = '-';
        text[at++] = alphabet[dice[i] & 31];
    }
    return str_dup(arena, (str){ text, GROUPS * (LETTERS + 1) - 1 });
}
