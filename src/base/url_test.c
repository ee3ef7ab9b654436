/* Web addresses. */
#include "base/test.h"

#include "base/url.h"

TEST(address_is_taken_apart)
{
    struct url u;
    ASSERT_TRUE(url_read(STR("https://Shop.example:8443/p/tea?x=1&y=%20#top"), &u));
    ASSERT_STR(u.scheme, "https");
    ASSERT_STR(u.host, "Shop.example");
    ASSERT_INT(u.port, 8443);
    ASSERT_STR(u.path, "/p/tea");
    ASSERT_STR(u.query, "x=1&y=%20");
    ASSERT_STR(u.fragment, "top");
    ASSERT_TRUE(url_read(STR("http://shop.example"), &u));
    ASSERT_STR(u.path, "");
    ASSERT_TRUE(u.query.at == NULL && u.fragment.at == NULL);
    ASSERT_TRUE(url_read(STR("http://shop.example?a#b?c#d"), &u));
    ASSERT_STR(u.query, "a");
    ASSERT_STR(u.fragment, "b?c#d");
}

TEST(what_can_be_read_in_two_ways_is_refused)
{
    static const char *const broken[] = { "", "shop.example/p", "//evil.example",
        "\\\\evil.example", "/\\evil.example", "https:/evil.example", "https:evil.example",
        "https:///evil.example", "https://", "https://shop.example@evil.example/",
        "https://user:pass@shop.example/", "https://shop.example:80@evil.example/",
        "https://shop.example\\@evil.example/", "https://shop.example\\.evil.example/",
        "https://[::1]/", "https://shop..example/", "https://.example/", "https://shop.example./",
        "https://-shop.example/", "https://shop-.example/", "https://shop.example:/",
        "https://shop.example:0/", "https://shop.example:65536/", "https://shop.example:+80/",
        "https://shop.example:8a/", "https://shop_example/", "https://shop%2eexample/",
        "https://shop.example/a b", "https://shop.example/\r\nSet-Cookie: a=b",
        "https://shop.example/\t", "https://shop.example/\"", "https://shop.example/<script>",
        "https://shop.example/%", "https://shop.example/%2", "https://shop.example/%zz",
        "https://sh\xc3\xb3p.example/", "https://shop.example/\xc5\xbc", "javascript:alert(1)",
        "javascript://shop.example/%0aalert(1)", "data:text/html,x", "ftp://shop.example/",
        "file:///etc/passwd", " https://shop.example/", "https://shop.example/{x}" };
    struct url u;
    EACH (text, broken) {
        test_case("%s", *text);
        ASSERT_FALSE(url_read(str_of(*text), &u));
    }
    ASSERT_TRUE(url_read(STR("https://shop.example/%20?a=[1]&b='x'"), &u)); /* the control */
}

TEST(only_listed_hosts_and_those_below_are_allowed)
{
    const str domains[] = { STR("shop.example"), STR("Tea.Example"), STR("127.0.0.1:8081") };
    static const struct {
        const char *url;
        bool is_allowed;
    } cases[] = {
        { "https://shop.example/", true },
        { "http://shop.example/", true },
        { "https://SHOP.EXAMPLE/", true },
        { "https://www.shop.example/p", true },
        { "https://a.b.shop.example/p", true },
        { "https://tea.example/", true },
        { "https://shop.example:443/", true },
        { "http://shop.example:80/", true },
        { "http://127.0.0.1:8081/p", true },
        { "https://shop.example:8443/", false },
        { "http://shop.example:443/", false },
        { "http://127.0.0.1/", false },
        { "http://127.0.0.1:8082/", false },
        { "https://evilshop.example/", false },
        { "https://shop.example.evil.example/", false },
        { "https://evil.example/shop.example", false },
        { "https://evil.example/?shop.example", false },
        { "https://evil.example#shop.example", false },
        { "https://example/", false },
        { "https://xn--shop.example/", false },
    };
    EACH (c, cases) {
        test_case("%s", c->url);
        struct url u;
        ASSERT_TRUE(url_read(str_of(c->url), &u));
        ASSERT_INT(url_allowed(&u, domains, 3), c->is_allowed);
        ASSERT_FALSE(url_allowed(&u, domains, 0));
    }
}

TEST(pasted_address_is_made_clean)
{
    static const struct {
        const char *text, *clean;
    } cases[] = {
        { "https://shop.example/p", "https://shop.example/p" },
        { "  HTTPS://Shop.Example/P  ", "https://shop.example/P" },
        { "shop.example/p/1", "https://shop.example/p/1" },
        { "http://shop.example:8081", "http://shop.example:8081" },
        { "https://shop.example/a b?q=t\xc4\x99\xc4\x85#\xc5\x82",
            "https://shop.example/a%20b?q=t%C4%99%C4%85#%C5%82" },
        { "https://shop.example/100%", "https://shop.example/100%25" },
        { "https://shop.example/{id}", "https://shop.example/%7Bid%7D" },
        { "https://b\xc3\xbc"
          "cher.example/",
            "https://xn--bcher-kva.example/" },
        { "https://B\xc3\x9c"
          "CHER.example/",
            "https://xn--bcher-kva.example/" },
        { "https://\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.\xd1\x80\xd1\x84/",
            "https://xn--e1afmkfd.xn--p1ai/" },
        { "https://za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87.example/",
            "https://xn--za-6ja4f8n1l.example/" },
        { "https://shop.example@evil.example/", NULL },
        { "//evil.example/", NULL },
        { "\\\\evil.example/", NULL },
        { "https://shop.example\\.evil.example/", NULL },
        { "javascript:alert(1)", NULL },
        { "mailto:a@shop.example", NULL },
        { "https://shop.example/\r\nX: y", NULL },
        { "https://\xef\xbd\x85vil.example/", NULL },
        { "https://shop\xe2\x80\x8b.example/", NULL },
        { "https://sh\xffp.example/", NULL },
        { "", NULL },
    };
    EACH (c, cases) {
        test_case("%s", c->text);
        str clean;
        err failed = url_clean(t->arena, str_of(c->text), &clean);
        if (!c->clean) {
            ASSERT_ERR(failed, &URL_BROKEN);
            continue;
        }
        ASSERT_OK(failed);
        ASSERT_STR(clean, c->clean);
    }
}

TEST(host_of_a_referer_is_found_or_nothing)
{
    static const struct {
        const char *text, *host;
    } cases[] = {
        { "https://Blog.example/post?x=1", "blog.example" },
        { "http://blog.example:8080", "blog.example" },
        { "https://me:secret@blog.example/", "blog.example" },
        { "android-app://com.example.app/", "com.example.app" },
        { "about:blank", NULL },
        { "https://<script>/", NULL },
        { "", NULL },
    };
    EACH (c, cases) {
        test_case("%s", c->text);
        ASSERT_STR_EQ(url_host_of(t->arena, str_of(c->text)), str_of(c->host));
    }
}

RUN_TESTS(ROW(address_is_taken_apart), ROW(what_can_be_read_in_two_ways_is_refused),
    ROW(only_listed_hosts_and_those_below_are_allowed), ROW(pasted_address_is_made_clean),
    ROW(host_of_a_referer_is_found_or_nothing))
