/* The public application form: the programme's own questions, and what keeps robots out without a
 * third party: a signed stamp with the time at which the form was opened, a field no person sees,
 * and a limit per address. */
#include "rooms/partner/partner_inside.h"

#include <string.h>

#include "base/buf.h"
#include "rooms/partner/partner.h"
#include "rooms/program/program.h"
#include "rooms/room.h"

enum { QUESTIONS_MOST = 12, ANSWER_BYTES = 2000, APPLY_BURST = 5 };

static const struct err APPLY_CLOSED = { ERR_CONFLICT, "program_closed",
    N_("This programme takes no applications at present."), NULL };
static const struct err TERMS_NEEDED = { ERR_INVALID, "required",
    N_("Without your agreement to the terms we cannot take the application."), "terms" };
static const struct err ANSWER_NEEDED = { ERR_INVALID, "required",
    N_("Please answer this question."), NULL };
static const struct err ANSWER_LONG = { ERR_INVALID, "too_long",
    N_("Please keep it under 2,000 characters."), NULL };

struct application {
    str email, name, website, country;
    enum partner_kind kind;
    str about, lang, source;
    str recruiter; /* "par_…" out of the address by which he came */
    bool terms;
    str homepage; /* no person sees this input: what fills it in is a robot */
    str answer_1, answer_2, answer_3, answer_4, answer_5, answer_6;
    str answer_7, answer_8, answer_9, answer_10, answer_11, answer_12;
};

/* clang-format off */
static const struct field application_list[] = {
    FIELD(application, email,    .flags = FIELD_REQUIRED, .max = 254),
    FIELD(application, name,     .flags = FIELD_REQUIRED, .max = 120),
    FIELD(application, website,  .flags = FIELD_TAKEN, .max = 500),
    FIELD(application, country,  .flags = FIELD_TAKEN, .max = 2),
    FIELD(application, kind,     .flags = FIELD_TAKEN, .names = partner_kind_names),
    FIELD(application, about,    .flags = FIELD_TAKEN, .max = 4000),
    FIELD(application, lang,     .flags = FIELD_TAKEN, .max = 5),
    FIELD(application, source,   .flags = FIELD_TAKEN, .max = 120),
    FIELD(application, recruiter, .flags = FIELD_TAKEN, .max = 40),
    FIELD(application, terms,    .flags = FIELD_TAKEN),
    FIELD(application, homepage, .flags = FIELD_TAKEN, .max = 500),
#define ANSWER(n) FIELD(application, answer_##n, .flags = FIELD_TAKEN, .max = 8000)
    ANSWER(1), ANSWER(2), ANSWER(3), ANSWER(4), ANSWER(5), ANSWER(6),
    ANSWER(7), ANSWER(8), ANSWER(9), ANSWER(10), ANSWER(11), ANSWER(12),
#undef ANSWER
};
static const struct fields application_fields = FIELDS(application_list, application);

static const char *const answer_names[QUESTIONS_MOST] = { "answer_1", "answer_2", "answer_3", "answer_4",
    "answer_5", "answer_6", "answer_7", "answer_8", "answer_9", "answer_10", "answer_11", "answer_12" };
/* clang-format on */

struct question {
    const char *name; /* of the input */
    str words;
    bool is_required;
};

static size_t read_questions(str lines, struct question out[QUESTIONS_MOST])
{
    size_t count = 0;
    str line;

    while (count < QUESTIONS_MOST && str_cut(&lines, '\n', &line)) {
        line = str_trim(line);
        if (str_empty(line))
            continue;
        out[count].is_required = str_ends(line, STR("*"));
        if (out[count].is_required)
            line = str_trim(str_first(line, line.len - 1));
        out[count].words = line;
        out[count].name = answer_names[count];
        count++;
    }
    return count;
}

static err load_program(struct request *rq, struct program *out)
{
    return program_by_slug(rq->db, request_param(rq, "slug"), out);
}

static err show_program(struct request *rq, struct reply *rp, const struct program *p)
{
    struct view *v = view_object(reply_view(rp), "program");
    struct program_terms terms = { 0 };

    view_record(v, NULL, &program_fields, p);
    view_percent_bp(view_page(v), "percent", p->commission.percent_bp);
    view_money(view_page(v), "fixed", (amount){ p->commission.amount, p->currency });
    TRY(program_terms_at(rq->db, p->id, rq->now, &terms));
    view_record(v, "terms", &program_terms_fields, &terms);
    return NULL;
}

err partner_apply_form(struct request *rq, struct reply *rp)
{
    struct question questions[QUESTIONS_MOST];
    const struct lang *mails;
    struct program p = { 0 };
    struct view *list;
    size_t count;

    TRY(load_program(rq, &p));
    TRY(show_program(rq, rp, &p));
    count = read_questions(p.questions, questions);
    list = view_list(reply_view(rp), "questions");
    for (size_t i = 0; i < count; i++) {
        struct view *item = view_item(list);

        view_text(item, "name", questions[i].name);
        view_str(item, "words", questions[i].words);
        view_bool(item, "required", questions[i].is_required);
        str typed = request_typed(rq, questions[i].name);

        view_str(item, "value", typed);
        view_bool(
            item, "wrong", typed.at && questions[i].is_required && str_empty(str_trim(typed)));
    }
    mails = lang_find(request_typed(rq, "lang"));
    view_bool(reply_form(rp),
        str_c(rq->arena, str_printf(rq->arena, "lang_is_%s", (mails ? mails : rq->lang)->tag)),
        true);
    view_bool(reply_form(rp), "kind_is_blogger", true);
    if (!str_empty(request_query(rq, "from")))
        view_str(reply_form(rp), "source", request_query(rq, "from"));
    if (!str_empty(request_query(rq, "recruiter")))
        view_str(reply_form(rp), "recruiter", request_query(rq, "recruiter"));
    return NULL;
}

/* The answers as a JSON list of questions and answers, in the order of the form. */
static str keep_answers(struct request *rq, const struct question *questions, size_t count)
{
    struct buf b = buf_new(rq->arena);
    bool first = true;

    buf_char(&b, '[');
    for (size_t i = 0; i < count; i++) {
        str answer = str_trim(request_form(rq, questions[i].name));

        if (str_empty(answer)) {
            if (questions[i].is_required)
                request_problem(rq, questions[i].name, &ANSWER_NEEDED);
            continue;
        }
        if (answer.len > ANSWER_BYTES)
            request_problem(rq, questions[i].name, &ANSWER_LONG);
        if (!first)
            buf_char(&b, ',');
        first = false;
        buf_add(&b, STR("{\"question\":"));
        buf_json(&b, questions[i].words);
        buf_add(&b, STR(",\"answer\":"));
        buf_json(&b, answer);
        buf_char(&b, '}');
    }
    buf_char(&b, ']');
    return buf_str(&b);
}

static err apply_write(struct db *db, void *arg)
{
    struct partner_application *a = arg;

    return partner_apply(db, a, &a->partner);
}

struct deciding {
    struct partner_decision decision;
    struct partner partner;
};

static err decide_write(struct db *db, void *arg)
{
    struct deciding *d = arg;

    return partner_decide(db, &d->decision, &d->partner);
}

/* Applications without a flag, where the programme says so. */
static err approve_at_once(
    struct request *rq, const struct program *program, const struct partner *p)
{
    struct deciding d = { 0 };

    if (!program->auto_approve_partners || p->flags & ~(int64_t)FLAG_FREE_MAIL)
        return NULL;
    partner_decision_begin(rq, &d.decision);
    d.decision.program_id = program->id;
    d.decision.partner_id = p->id;
    d.decision.to = PARTNER_APPROVED;
    d.decision.who = NULL;
    d.decision.by = STR("Tributary");
    return store_write(rq->store, decide_write, &d);
}

static struct partner_application application_of(
    struct request *rq, const struct program *program, const struct application *form)
{
    struct partner_application a = { .event_id = id_new(rq->env),
        .audit_id = id_new(rq->env),
        .message_id = id_new(rq->env),
        .address = rq->peer_address };

    a.partner = (struct partner){ .id = id_new(rq->env),
        .program_id = program->id,
        .email = form->email,
        .name = form->name,
        .website = form->website,
        .country = form->country,
        .kind = form->kind,
        .about = form->about,
        .source = form->source,
        .lang = lang_find(form->lang) ? form->lang : str_of(rq->lang->tag),
        .terms_version = program->terms_version,
        .terms_accepted_at = rq->now,
        .created_at = rq->now,
        .updated_at = rq->now };
    if (request_form_age_ms(rq) >= 0 && request_form_age_ms(rq) < 4 * SECOND_MS)
        a.partner.flags |= FLAG_TOO_FAST;
    return a;
}

/* An address that somebody has mangled is no reason to lose an applicant. */
static void read_recruiter(struct request *rq, str code, struct partner *p)
{
    struct partner recruiter = { 0 };
    int64_t id;

    if (id_read("par", code, &id) && !partner_get(rq->db, p->program_id, id, &recruiter) &&
        recruiter.status == PARTNER_APPROVED)
        p->recruited_by = id;
}

err partner_apply_send(struct request *rq, struct reply *rp)
{
    struct application form = { .kind = PARTNER_OTHER };
    struct question questions[QUESTIONS_MOST];
    struct partner_application a;
    struct program program = { 0 };
    size_t count;
    err failed;

    TRY(load_program(rq, &program));
    if (program.status == PROGRAM_CLOSED)
        return &APPLY_CLOSED;
    TRY(request_limit(rq, "apply", rq->peer_address, APPLY_BURST, HOUR_MS));
    failed = request_read(rq, &application_fields, &form);
    if (failed && !request_problems(rq))
        return failed;
    a = application_of(rq, &program, &form);
    count = read_questions(program.questions, questions);
    a.partner.answers = keep_answers(rq, questions, count);
    partner_tidy(rq->arena, &a.partner);
    read_recruiter(rq, form.recruiter, &a.partner);
    if (!form.terms)
        request_problem(rq, "terms", &TERMS_NEEDED);
    TRY(partner_check(rq, &a.partner));
    if (str_empty(form.homepage)) { /* a robot gets the same thanks, and nothing is kept */
        TRY(store_write(rq->store, apply_write, &a));
        TRY(approve_at_once(rq, &program, &a.partner));
    }
    return reply_redirect(
        rp, 303, str_printf(rq->arena, "/p/%" PRI_STR "/applied", STR_ARG(program.slug)));
}

err partner_applied(struct request *rq, struct reply *rp)
{
    struct program p = { 0 };

    TRY(load_program(rq, &p));
    return show_program(rq, rp, &p);
}
