/* Problem documents (RFC 9457) and the words of each status. */
#pragma once

#include "base/buf.h"
#include "http/request.h"

/* The body of application/problem+json. Internal failures say nothing of themselves: the log has
 * them. */
str problem_json(const struct request *, err);
const char *problem_title(int status); /* N_ msgid: "A field is wrong" */
/* What a person is told: the error's own sentence, or for internal failures a general one. */
str problem_detail(const struct request *, err);
const char *status_words(int status); /* "Not Found", for logs */
