/* Clicks for tests of the books: a token first, its row when the test says so. */
#include "rooms/conversion/books_testing.h"
#include "rooms/conversion/conversion_inside.h"

#include "base/arena.h"
#include "base/id.h"
#include "rooms/click/click_testing.h"
#include "rooms/link/link.h"

struct insertion {
    struct books *b;
    int p;
    struct click click;
};

/* Ids of links follow from their partner's. */
static int64_t link_of(const struct books *b, int p)
{
    return b->partners[p] + 2;
}

static err insert_link(struct db *db, void *arg)
{
    const struct insertion *i = arg;
    struct link link = { .id = link_of(i->b, i->p),
        .program_id = i->b->program.id,
        .partner_id = i->b->partners[i->p],
        .code = str_printf(db_arena(db), "link%d", i->p),
        .target_url = STR("https://shop.example/"),
        .status = LINK_ACTIVE,
        .created_at = db_now(db),
        .updated_at = db_now(db) };
    bool found;

    TRY(link_find(db, link.id, &link, &found));
    return found ? NULL : link_insert(db, &link, STR_NONE);
}

static struct app *app_of(struct books *b)
{
    struct app *app = ARENA_NEW(b->t->arena, struct app);
    app->live = click_testing_live(b->t->arena);
    return app;
}

struct books_click books_click(struct books *b, int p)
{
    struct insertion link = { .b = b, .p = p };
    struct books_click click = { .id = id_new(b->t->env), .p = p, .app = app_of(b) };
    struct click_token token = { .id = click.id, .link_id = link_of(b, p), .visitor_id = click.id };

    ASSERT_OK(books_write(b, insert_link, &link));
    click.token = click_token_make(b->t->arena, click.app->live, &token);
    return click;
}

static err insert_click(struct db *db, void *arg)
{
    const struct insertion *i = arg;
    return click_testing_insert(db, &i->click);
}

void books_drain(struct books *b, const struct books_click *click, const char *sub1)
{
    struct insertion row = { .click = { .id = click->id,
                                 .program_id = b->program.id,
                                 .link_id = link_of(b, click->p),
                                 .partner_id = b->partners[click->p],
                                 .visitor_id = click->id,
                                 .sub1 = sub1 ? str_of(sub1) : STR_NONE } };
    ASSERT_OK(books_write(b, insert_click, &row));
}

struct hearing {
    struct ledger_act act;
    int64_t program_id, conversion_id;
    bool waits;
};

static err hear(struct db *db, void *arg)
{
    struct hearing *h = arg;
    return conversion_hear(db, &h->act, h->program_id, h->conversion_id, &h->waits);
}

bool books_hear(struct books *b, int64_t conversion_id)
{
    struct hearing h = { books_act(b), b->program.id, conversion_id, false };
    ASSERT_OK(books_write(b, hear, &h));
    return h.waits;
}
