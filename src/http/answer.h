/* From a reply, or an error, to the bytes of an answer. */
#pragma once

#include "http/edge.h"
#include "http/reply.h"

struct server;

/* Pages for people, or JSON for programs? Decided by surface and row. */
bool answer_is_page(const struct request *);
/* Headers that every answer carries, and those of the reply. */
struct answer answer_reply(struct server *, struct request *, struct reply *);
/* The error as a problem document or a page; after a refused form the same page again.
 * Headers that the reply had are kept: Allow, cookies. */
struct answer answer_error(struct server *, struct request *, struct reply *, err);
/* A redirect of the server's own: sign in first, no slash at the end. */
struct answer answer_redirect(struct request *, int status, str location);
