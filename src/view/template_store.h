/* Where compiled templates are kept. */
#pragma once

#include "view/template.h"
#include "view/template_node.h"

/* While a page is rendered nothing is compiled anew; from a disk folder one page is rendered at a
 * time. */
void templates_enter(struct templates *);
void templates_leave(struct templates *);
bool templates_strict(const struct templates *);
/* The template, read again when its file has changed; null when there is none. Errors live in
 * `arena`. */
MUST_CHECK err templates_find(
    struct templates *, str name, struct arena *, const struct template **out);
