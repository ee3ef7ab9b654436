/* Roles, their permissions and the scope words of keys: the table of permission.h, looked up. */
#include "http/permission.h"

#include <assert.h>
#include <string.h>

#define MAY(role, allowed) ((allowed) ? 1u << (role) : 0u)

/* clang-format off */
#define PERMISSION_ROW(name, word, owner, manager, finance, viewer, partner)                                  \
    [name] = { word, MAY(ROLE_OWNER, owner) | MAY(ROLE_MANAGER, manager) | MAY(ROLE_FINANCE, finance) | \
                     MAY(ROLE_VIEWER, viewer) | MAY(ROLE_PARTNER, partner) },
/* clang-format on */
static const struct {
    const char *word;
    unsigned roles;
} permissions[PERMISSION_COUNT] = { PERMISSIONS(PERMISSION_ROW) };
#undef PERMISSION_ROW

static const char *const role_names[ROLE_COUNT] = { "nobody", "owner", "manager", "finance",
    "viewer", "partner" };

bool role_may(enum role role, enum permission permission)
{
    assert(permission < PERMISSION_COUNT);
    return permission == NEEDS_NOTHING || (permissions[permission].roles >> role & 1) != 0;
}

const char *permission_word(enum permission permission)
{
    assert(permission < PERMISSION_COUNT);
    return permissions[permission].word;
}

bool permission_find(const char *word, enum permission *out)
{
    for (unsigned i = NEEDS_NOTHING + 1; i < PERMISSION_COUNT; i++) {
        if (strcmp(permissions[i].word, word) == 0) {
            *out = (enum permission)i;
            return true;
        }
    }
    return false;
}

const char *role_name(enum role role)
{
    assert(role < ROLE_COUNT);
    return role_names[role];
}

bool who_may(const struct who *who, enum permission permission)
{
    if (permission == NEEDS_NOTHING)
        return true;
    return role_may(who->role, permission) && (who->scopes >> permission & 1) != 0;
}
