/* Crawlers and browsers, told by their agents. */
#include "rooms/click/agent.h"
#include "rooms/click/agent_table.h"

#include "base/test.h" /* last: it has a ROW of its own */

TEST(every_known_crawler_is_a_robot)
{
    agent_start();
    size_t count = 0, missed = 0;
    for (const char *const *agent = agent_instances; *agent; agent++, count++)
        if (!agent_read(str_of(*agent)).is_robot) {
            test_case("%s", *agent);
            missed++;
        }
    ASSERT_TRUE(count > 1500);
    ASSERT_INT(missed, 0);
}

TEST(browsers_are_no_robots_and_told_apart)
{
    /* clang-format off */
    static const struct { const char *agent; enum click_device device; enum click_browser browser; } cases[] = {
        { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", DEVICE_DESKTOP, BROWSER_CHROME },
        { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", DEVICE_DESKTOP, BROWSER_EDGE },
        { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0", DEVICE_DESKTOP, BROWSER_OPERA },
        { "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", DEVICE_DESKTOP, BROWSER_FIREFOX },
        { "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", DEVICE_DESKTOP, BROWSER_SAFARI },
        { "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", DEVICE_DESKTOP, BROWSER_CHROME },
        { "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1", DEVICE_PHONE, BROWSER_SAFARI },
        { "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.0.0 Mobile/15E148 Safari/604.1", DEVICE_PHONE, BROWSER_CHROME },
        { "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1", DEVICE_TABLET, BROWSER_SAFARI },
        { "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36", DEVICE_PHONE, BROWSER_CHROME },
        { "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", DEVICE_TABLET, BROWSER_CHROME },
        { "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36", DEVICE_PHONE, BROWSER_SAMSUNG },
        { "Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36", DEVICE_PHONE, BROWSER_CHROME },
        { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F90 Instagram 335.0.3.26.94 (iPhone14,5; iOS 17_5)", DEVICE_PHONE, BROWSER_IN_APP },
        { "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36", DEVICE_PHONE, BROWSER_IN_APP },
        { "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/7.0 TV Safari/537.36", DEVICE_OTHER, BROWSER_SAFARI },
    };
    /* clang-format on */
    agent_start();
    EACH (c, cases) {
        test_case("%s", c->agent);
        struct agent agent = agent_read(str_of(c->agent));
        ASSERT_FALSE(agent.is_robot);
        ASSERT_INT(agent.device, c->device);
        ASSERT_INT(agent.browser, c->browser);
    }
}

TEST(words_count_only_at_their_place)
{
    static const struct {
        const char *agent;
        bool is_robot;
    } cases[] = {
        { "curl/8.5.0", true },
        { "Mozilla/5.0 (compatible; libcurl wrapper)", false },
        { "sentry/8.22.0 (https://sentry.io)", true },
        { "Mozilla/5.0 Asentry/1", false },
        { "AdsBot-Google (+http://www.google.com/adsbot.html)", true },
        { "AdsBot-Google", true },
        { "SSL Labs", true },
        { "SSL Labs is not at the end", false },
        { "", true },
    };
    agent_start();
    EACH (c, cases) {
        test_case("%s", c->agent);
        ASSERT_INT(agent_read(str_of(c->agent)).is_robot, c->is_robot);
    }
}

RUN_TESTS(ROW(every_known_crawler_is_a_robot), ROW(browsers_are_no_robots_and_told_apart),
    ROW(words_count_only_at_their_place))
