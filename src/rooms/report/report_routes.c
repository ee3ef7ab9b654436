/* Routes of the pages that read from everywhere: Today, partners, the portal's first page, the
 * public page. */
#include "rooms/report/report_inside.h"

/* clang-format off */
#define MONEY "(amount:integer currency:string)"
#define SUMS "clicks:integer unique_clicks:integer impressions:integer conversions:integer revenue:" MONEY " commission:" MONEY \
    " ctr:integer cr:integer epc:" MONEY " aov:" MONEY
static const struct route report_routes[] = {
    /* method path              shown on  needs          handler          page */
    { GET, "/today",            MANAGE,   REPORTS_READ,  report_today,    "report/today", ROUTE_BEHIND },
    { GET, "/live",             MANAGE,   REPORTS_READ,  report_live,     "report/live" },
    { GET, "/partners",         MANAGE,   PARTNERS_READ, report_partners, "report/partners", ROUTE_BEHIND },
    { GET, "/partners/{id}",    MANAGE,   PARTNERS_READ, report_partner,  "report/partner" },
    { GET, "/reports",          MANAGE,   REPORTS_READ,  report_index,    "report/index", ROUTE_BEHIND },
    { GET, "/search",           MANAGE,   PARTNERS_READ, report_search,   "report/search" },
    { GET, "/home",             PORTAL,   REPORTS_READ,  report_home,     "report/home", ROUTE_BEHIND },
    { GET, "/performance",      PORTAL,   REPORTS_READ,  report_links,    "report/performance", ROUTE_BEHIND },
    { GET, "/p/{slug}",         PUBLIC,   NEEDS_NOTHING, report_site,     "report/site" },
    { GET, "/reports/summary",  API,      REPORTS_READ,  report_summary,  NULL, 0,
      .also = "from:string to:string complete_to:string group:string totals:(" SUMS ") compare:(" SUMS ") data:[(" SUMS " key:string name:string)]",
      .query = "from to period compare group currency",
      .summary = "Totals of a period, of the one before it, and rows by group; complete to the last second" },
    { 0 },
};

static const struct nav_item report_nav[] = {
    { MANAGE, NULL,           N_("Today"),       "/today",            "today", REPORTS_READ, 0, NULL },
    { MANAGE, N_("Evidence"), N_("Reports"),     "/reports",     "chart", REPORTS_READ, 1, NULL },
    { PORTAL, NULL,           N_("Home"),        "/home",            "home",  REPORTS_READ, 1, NULL },
    { PORTAL, NULL,           N_("Performance"), "/performance", "chart", REPORTS_READ, 4, NULL },
    { 0 },
};
/* clang-format on */

const struct room report_room = { .name = "report", .routes = report_routes, .nav = report_nav };
