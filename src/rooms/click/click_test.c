/* Tokens, cookies, records, repeats and counters: no store, no sockets. */
#include "rooms/click/click_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h" /* last: it has a ROW of its own */

static struct click_keys keys_of(unsigned char first)
{
    struct click_keys keys = { 0 };
    unsigned char secret[MAC_KEY_BYTES] = { first };
    secret_start();
    click_keys_make(&keys, secret);
    return keys;
}

static const struct click_token sample = {
    .id = 0x1234567890abcde, .link_id = 0x0fedcba98765432, .visitor_id = 0x1111111111111
};

TEST(token_is_read_back)
{
    struct click_keys keys = keys_of(1);
    char text[CLICK_TOKEN_LEN];
    struct click_token out = { 0 };
    click_token_write(&keys, &sample, text);
    ASSERT_TRUE(click_token_open(&keys, (str){ text, sizeof(text) }, &out));
    ASSERT_INT(out.id, sample.id);
    ASSERT_INT(out.link_id, sample.link_id);
    ASSERT_INT(out.visitor_id, sample.visitor_id);
}

TEST(token_with_one_bit_changed_is_refused)
{
    struct click_keys keys = keys_of(1);
    char text[CLICK_TOKEN_LEN];
    struct click_token out;
    click_token_write(&keys, &sample, text);
    for (size_t i = 0; i < sizeof(text); i++)
        for (int bit = 0; bit < 8; bit++) {
            test_case("letter %zu, bit %d", i, bit);
            text[i] = (char)(text[i] ^ 1 << bit);
            ASSERT_FALSE(click_token_open(&keys, (str){ text, sizeof(text) }, &out));
            text[i] = (char)(text[i] ^ 1 << bit);
        }
    for (size_t i = 0; i < sizeof(text); i++)
        for (const char *c = "AQgw-_09az"; *c; c++) { /* letters of the alphabet in each place */
            char before = text[i];
            if (before == *c)
                continue;
            text[i] = *c;
            ASSERT_FALSE(click_token_open(&keys, (str){ text, sizeof(text) }, &out));
            text[i] = before;
        }
    ASSERT_TRUE(click_token_open(&keys, (str){ text, sizeof(text) }, &out)); /* the control */
}

TEST(token_of_another_key_or_length_is_refused)
{
    struct click_keys keys = keys_of(1), other = keys_of(2);
    char text[CLICK_TOKEN_LEN + 1];
    struct click_token out;
    click_token_write(&keys, &sample, text);
    ASSERT_FALSE(click_token_open(&other, (str){ text, CLICK_TOKEN_LEN }, &out));
    ASSERT_FALSE(click_token_open(&keys, (str){ text, CLICK_TOKEN_LEN - 1 }, &out));
    text[CLICK_TOKEN_LEN] = 'A';
    ASSERT_FALSE(click_token_open(&keys, (str){ text, CLICK_TOKEN_LEN + 1 }, &out));
    ASSERT_FALSE(click_token_open(&keys, STR_NONE, &out));
    ASSERT_FALSE(click_token_open(&keys, STR(""), &out));
}

TEST(cookie_is_read_back_and_tells_nothing)
{
    struct click_keys keys = keys_of(1), other = keys_of(2);
    instant now = t->env->now(t->env);
    char text[VISITOR_LEN], next[VISITOR_LEN];
    int64_t id = id_first_at(now), out;
    click_visitor_write(&keys, id, text);
    ASSERT_TRUE(click_visitor_open(&keys, (str){ text, sizeof(text) }, now, &out));
    ASSERT_INT(out, id);

    click_visitor_write(&keys, id + 1, next);
    int same = 0;
    for (int i = 0; i < VISITOR_LEN; i++)
        same += text[i] == next[i];
    ASSERT_TRUE(same < 6);
    click_visitor_write(&other, id, next);
    ASSERT_TRUE(memcmp(text, next, sizeof(text)) != 0);
}

TEST(made_up_cookies_are_new_visitors)
{
    struct click_keys keys = keys_of(1);
    instant now = t->env->now(t->env);
    int64_t out;
    int taken = 0;
    for (int i = 0; i < 10000; i++)
        taken += click_visitor_open(&keys, str_base32_u64(t->arena, test_random(t)), now, &out);
    ASSERT_TRUE(
        taken < 10000 * 5 / 100); /* ids of the three years since 2024 among all of 63 bits */
    static const char *const broken[] = { "", "x", "0000000000000000", "ZZZZZZZZZZZZZ", "trb",
        "<script>alert" };
    EACH (text, broken)
        ASSERT_FALSE(click_visitor_open(&keys, str_of(*text), now, &out));
    ASSERT_FALSE(click_visitor_open(&keys, STR_NONE, now, &out));
    char later[VISITOR_LEN]; /* made by a clock two days ahead */
    click_visitor_write(&keys, id_first_at(instant_plus_days(now, 2)), later);
    ASSERT_FALSE(click_visitor_open(&keys, (str){ later, sizeof(later) }, now, &out));
}

TEST(record_is_read_back_whole_or_not_at_all)
{
    struct click c = { .id = 7,
        .program_id = 8,
        .link_id = 9,
        .partner_id = 10,
        .creative_id = 11,
        .visitor_id = 12,
        .visitor_hash = -13,
        .marks = CLICK_ROBOT | CLICK_LANDING,
        .device = DEVICE_PHONE,
        .browser = BROWSER_IN_APP,
        .country = STR("PL"),
        .referrer = STR("blog.example"),
        .sub1 = STR("review"),
        .sub5 = STR("x"),
        .landing = STR("https://shop.example/p"),
        .ip = STR("203.0.113.9") };
    unsigned char record[CLICK_RECORD_MAX];
    size_t size = click_record_write(&c, record);
    struct click out;
    ASSERT_TRUE(click_record_read(record, size, &out));
    ASSERT_INT(out.id, 7);
    ASSERT_INT(out.visitor_hash, -13);
    ASSERT_INT(out.marks, CLICK_ROBOT | CLICK_LANDING);
    ASSERT_INT(out.browser, BROWSER_IN_APP);
    ASSERT_STR(out.country, "PL");
    ASSERT_STR(out.sub1, "review");
    ASSERT_TRUE(out.sub2.at == NULL);
    ASSERT_STR(out.sub5, "x");
    ASSERT_STR(out.landing, "https://shop.example/p");
    ASSERT_STR(out.ip, "203.0.113.9");
    for (size_t shorter = 0; shorter < size; shorter++)
        ASSERT_FALSE(click_record_read(record, shorter, &out));
}

TEST(repeat_is_seen_within_its_window_and_no_longer)
{
    struct repeats *r = repeats_new();
    uint64_t key = UINT64_C(0x123456789abcdef0);
    ASSERT_FALSE(repeats_seen(r, key, 1000, 3600));
    ASSERT_TRUE(repeats_seen(r, key, 1001, 3600));
    ASSERT_TRUE(repeats_seen(r, key, 1000 + 3599, 3600));
    ASSERT_FALSE(repeats_seen(r, key, 1000 + 3600, 3600)); /* and begins anew */
    ASSERT_TRUE(repeats_seen(r, key, 1000 + 3700, 3600));
    ASSERT_FALSE(repeats_seen(r, key ^ UINT64_C(1) << 40, 1001, 3600));
    repeats_free(r);
}

TEST(full_bucket_forgets_its_oldest)
{
    struct repeats *r = repeats_new();
    for (uint64_t i = 1; i <= 9; i++) /* nine keys of one bucket with eight places */
        ASSERT_FALSE(repeats_seen(r, i << 30, 1000 + (int64_t)i, 3600));
    ASSERT_TRUE(repeats_seen(r, UINT64_C(9) << 30, 1020, 3600));
    ASSERT_TRUE(repeats_seen(r, UINT64_C(2) << 30, 1020, 3600));
    ASSERT_FALSE(repeats_seen(r, UINT64_C(1) << 30, 1020, 3600));
    repeats_free(r);
}

TEST(minutes_are_counted_and_forgotten)
{
    struct minutes m = { 0 };
    instant now = test_instant("2026-12-01T10:30:20Z");
    int64_t out[60];
    for (int i = 0; i < 5; i++)
        minutes_count(&m, now);
    minutes_count(&m, instant_plus_ms(now, -3 * MINUTE_MS));
    minutes_read(&m, now, out);
    ASSERT_INT(out[59], 5);
    ASSERT_INT(out[56], 1);
    ASSERT_INT(out[58], 0);
    minutes_read(&m, instant_plus_ms(now, 61 * MINUTE_MS), out);
    for (int i = 0; i < 60; i++)
        ASSERT_INT(out[i], 0);
}

RUN_TESTS(ROW(token_is_read_back), ROW(token_with_one_bit_changed_is_refused),
    ROW(token_of_another_key_or_length_is_refused), ROW(cookie_is_read_back_and_tells_nothing),
    ROW(made_up_cookies_are_new_visitors), ROW(record_is_read_back_whole_or_not_at_all),
    ROW(repeat_is_seen_within_its_window_and_no_longer), ROW(full_bucket_forgets_its_oldest),
    ROW(minutes_are_counted_and_forgotten))
