/* The cast: 55 partners of the kinds that programmes have, ten of whom make most of the sales and a third of
 * whom sleep; four applicants; the shop's goods. All invented. */
#include "rooms/demo/demo_inside.h"

const char demo_password[] = "kettle-and-kiln";

const struct demo_person demo_people[] = {
    { "owner", "Helena Brandt", "owner@kettleandkiln.example" },
    { "manager", "Marta Zielińska", "marta@kettleandkiln.example" },
    { "finance", "Piotr Adamski", "piotr@kettleandkiln.example" },
    { "viewer", "Sam Okafor", "sam@kettleandkiln.example" },
    { "partner", "Anna Lindqvist", "anna@slowcups.example" },
    { NULL, NULL, NULL },
};

#define BLOG   PARTNER_BLOGGER
#define SHOP   PARTNER_STORE
#define SEARCH PARTNER_SEARCH
#define NICHE  PARTNER_NICHE
#define COUPON PARTNER_COUPON
#define OTHER  PARTNER_OTHER
#define STORY  "Storytellers"
#define CODES  "Coupon sites"

/* clang-format off */
const struct demo_partner demo_partners[] = {
    /* the ten that carry the programme */
    { "Czajnik i reszta",   "Joanna Wrona",      "czajnik.example",       "joanna@czajnik.example",      "PL", BLOG,   STORY, "CZAJNIK",  155, 340, 0,  "pl" },
    { "Leaf Journal",       "Harriet Moss",      "leafjournal.example",   "harriet@leafjournal.example", "GB", BLOG,   STORY, "LEAF10",   82,  410, 0,  "en" },
    { "The Quiet Pour",     "Daniel Osei",       "quietpour.example",     "daniel@quietpour.example",    "US", OTHER,  STORY, "QUIET",    137, 235, 0,  "en" },
    { "Slow Cups",          "Anna Lindqvist",    "slowcups.example",      "anna@slowcups.example",       "SE", BLOG,   STORY, "ANNA10",   72,  370, 0,  "en" },
    { "Teeliebe",           "Greta Vogel",       "teeliebe.example",      "greta@teeliebe.example",      "DE", BLOG,   NULL,  NULL,       74,  300, 0,  "en" },
    { "Самовар и Ко",       "Ольга Ветрова",     "samovar.example",       "olga@samovar.example",        "KZ", BLOG,   NULL,  "SAMOVAR",  38,  390, 0,  "ru" },
    { "Gongfu Weekly",      "Wei Lin",           "gongfuweekly.example",  "wei@gongfuweekly.example",    "CA", NICHE,  STORY, NULL,       30,  460, 0,  "en" },
    { "Rabattkompass",      "Jens Pohl",         "rabattkompass.example", "jens@rabattkompass.example",  "DE", COUPON, CODES, "KOMPASS",  16,  640, 0,  "en" },
    { "Brew Notes",         "Maya Castell",      "brewnotes.example",     "maya@brewnotes.example",      "ES", NICHE,  NULL,  NULL,       21,  420, 0,  "en" },
    { "Ceramica Viva",      "Lucia Ferri",       "ceramicaviva.example",  "lucia@ceramicaviva.example",  "IT", SHOP,   NULL,  NULL,       13,  510, 0,  "en" },
    /* the middle */
    { "Stół i ogień",       "Marek Sowa",        "stoliogien.example",    "marek@stoliogien.example",    "PL", BLOG,   NULL,  NULL,       52, 280, 0,  "pl" },
    { "Kiln & Field",       "Rory Byrne",        "kilnfield.example",     "rory@kilnfield.example",      "IE", OTHER,  NULL,  NULL,       58, 190, 0,  "en" },
    { "Morning Kettle",     "Ines Duarte",       "morningkettle.example", "ines@morningkettle.example",  "PT", BLOG,   NULL,  NULL,       46, 310, 3,  "en" },
    { "Tassen-Atelier",     "Lena Fuchs",        "tassenatelier.example", "lena@tassenatelier.example",  "AT", SHOP,   NULL,  NULL,       31, 480, 5,  "en" },
    { "Potter’s Almanac",   "George Hale",       "pottersalmanac.example","george@pottersalmanac.example","GB", NICHE, NULL,  NULL,       29, 400, 0,  "en" },
    { "Zielona łyżka",      "Kinga Mazur",       "zielonalyzka.example",  "kinga@zielonalyzka.example",  "PL", BLOG,   NULL,  NULL,       48, 260, 0,  "pl" },
    { "Sparfuchs Küche",    "Uwe Brandl",        "sparfuchs.example",     "uwe@sparfuchs.example",       "DE", COUPON, CODES, "FUCHS",    16,  600, 0,  "en" },
    { "Steep & Co",         "Nora Quist",        "steepandco.example",    "nora@steepandco.example",     "DK", BLOG,   NULL,  NULL,       35, 330, 8,  "en" },
    { "Чашка дня",          "Илья Громов",       "chashka.example",       "ilya@chashka.example",        "LV", BLOG,   NULL,  NULL,       31, 300, 0,  "ru" },
    { "Vier Blätter",       "Anke Sommer",       "vierblaetter.example",  "anke@vierblaetter.example",   "DE", BLOG,   NULL,  NULL,       29, 270, 11, "en" },
    { "Glaze Diary",        "Petra Novak",       "glazediary.example",    "petra@glazediary.example",    "CZ", NICHE,  NULL,  NULL,       23, 360, 0,  "en" },
    { "Wabi House",         "Tom Ashby",         "wabihouse.example",     "tom@wabihouse.example",       "GB", SHOP,   NULL,  NULL,       18,  470, 14, "en" },
    { "Tea Finder",         "Clara Nilsen",      "teafinder.example",     "clara@teafinder.example",     "NO", SEARCH, NULL,  NULL,       37, 220, 0,  "en" },
    { "Herbaciane noce",    "Ola Pawlak",        "herbacianenoce.example","ola@herbacianenoce.example",  "PL", BLOG,   NULL,  NULL,       25, 290, 0,  "pl" },
    { "Clay Letters",       "Ruth Engel",        "clayletters.example",   "ruth@clayletters.example",    "CH", BLOG,   STORY, NULL,       21, 340, 0,  "en" },
    { "Matcha Minute",      "Kenji Mori",        "matchaminute.example",  "kenji@matchaminute.example",  "JP", OTHER,  NULL,  NULL,       39, 160, 0,  "en" },
    { "Prijs & Pot",        "Sanne Visser",      "prijsenpot.example",    "sanne@prijsenpot.example",    "NL", SEARCH, NULL,  NULL,       25, 240, 17, "en" },
    { "The Oolong Post",    "Miriam Adler",      "oolongpost.example",    "miriam@oolongpost.example",   "US", BLOG,   NULL,  NULL,       23, 280, 0,  "en" },
    { "Küchenfunde",        "Paul Reiter",       "kuechenfunde.example",  "paul@kuechenfunde.example",   "AT", BLOG,   NULL,  NULL,       18,  250, 21, "en" },
    { "Thé et Terre",       "Élise Morel",       "theetterre.example",    "elise@theetterre.example",    "FR", NICHE,  NULL,  NULL,       16,  350, 0,  "en" },
    { "Code Corner",        "Ben Sharp",         "codecorner.example",    "ben@codecorner.example",      "GB", COUPON, CODES, "CORNER",   10,  560, 25, "en" },
    { "Second Steep",       "Aino Laine",        "secondsteep.example",   "aino@secondsteep.example",    "FI", BLOG,   NULL,  NULL,       16,  240, 0,  "en" },
    { "Кухня без спешки",   "Дарья Ким",         "bezspeshki.example",    "darya@bezspeshki.example",    "KZ", BLOG,   NULL,  NULL,       14,  260, 28, "ru" },
    { "Studio Muk",         "Eva Kral",          "studiomuk.example",     "eva@studiomuk.example",       "CZ", SHOP,   NULL,  NULL,       12,  390, 0,  "en" },
    { "Pour Over Tea",      "Liam Ward",         "pourovertea.example",   "liam@pourovertea.example",    "AU", OTHER,  NULL,  NULL,       18,  150, 33, "en" },
    { "Garncarnia",         "Zofia Lis",         "garncarnia.example",    "zofia@garncarnia.example",    "PL", NICHE,  NULL,  NULL,       12,  330, 0,  "pl" },
    { "Quiet Kitchens",     "Amara Bello",       "quietkitchens.example", "amara@quietkitchens.example", "GB", BLOG,   NULL,  NULL,       12,  230, 40, "en" },
    /* the sleepers: approved, a few clicks or none */
    { "Teapot Talk",        "Gus Lambert",       "teapottalk.example",    "gus@teapottalk.example",      "US", BLOG,   NULL,  NULL,       1, 100, 0,  "en" },
    { "Tongut",             "Silke Baum",        "tongut.example",        "silke@tongut.example",        "DE", SHOP,   NULL,  NULL,       1, 100, 0,  "en" },
    { "Leaves & Letters",   "Dora Finch",        "leavesletters.example", "dora@leavesletters.example",  "GB", BLOG,   NULL,  NULL,       1, 0,   6,  "en" },
    { "Earthen",            "Viktor Hahn",       "earthen.example",       "viktor@earthen.example",      "DE", NICHE,  NULL,  NULL,       1, 0,   0,  "en" },
    { "Okruszki",           "Iga Kot",           "okruszki.example",      "iga@okruszki.example",        "PL", BLOG,   NULL,  NULL,       1, 0,   12, "pl" },
    { "Cup of North",       "Freya Holm",        "cupofnorth.example",    "freya@cupofnorth.example",    "NO", BLOG,   NULL,  NULL,       1, 0,   0,  "en" },
    { "Polka dotyku",       "Ewa Gaj",           "polkadotyku.example",   "ewa@polkadotyku.example",     "PL", OTHER,  NULL,  NULL,       0, 0,   0,  "pl" },
    { "Deal Harbour",       "Cole Marsh",        "dealharbour.example",   "cole@dealharbour.example",    "US", COUPON, CODES, NULL,       0, 0,   0,  "en" },
    { "Samowar Studio",     "Tim Köhler",        "samowarstudio.example", "tim@samowarstudio.example",   "DE", OTHER,  NULL,  NULL,       0, 0,   9,  "en" },
    { "Glinka",             "Basia Wolna",       "glinka.example",        "basia@glinka.example",        "PL", NICHE,  NULL,  NULL,       0, 0,   0,  "pl" },
    { "Evening Infusion",   "Noah Pike",         "eveninginfusion.example","noah@eveninginfusion.example","IE", BLOG,  NULL,  NULL,       0, 0,   15, "en" },
    { "Заварник",           "Пётр Жилин",        "zavarnik.example",      "petr@zavarnik.example",       "AM", BLOG,   NULL,  NULL,       0, 0,   0,  "ru" },
    { "Bowl & Whisk",       "Hana Sato",         "bowlandwhisk.example",  "hana@bowlandwhisk.example",   "JP", SHOP,   NULL,  NULL,       0, 0,   0,  "en" },
    { "Terracotta Times",   "Marco Bassi",       "terracottatimes.example","marco@terracottatimes.example","IT", NICHE,NULL,  NULL,       0, 0,   19, "en" },
    { "Dry Leaf",           "Owen Tate",         "dryleaf.example",       "owen@dryleaf.example",        "GB", BLOG,   NULL,  NULL,       0, 0,   0,  "en" },
    { "Preisfuchs",         "Ralf Kern",         "preisfuchs.example",    "ralf@preisfuchs.example",     "DE", SEARCH, NULL,  NULL,       0, 0,   0,  "en" },
    { "Kopje Rust",         "Fleur Smit",        "kopjerust.example",     "fleur@kopjerust.example",     "NL", BLOG,   NULL,  NULL,       0, 0,   30, "en" },
    { "Hand & Wheel",       "Isla Grant",        "handandwheel.example",  "isla@handandwheel.example",   "GB", NICHE,  NULL,  NULL,       0, 0,   0,  "en" },
};
const size_t demo_partner_count = sizeof demo_partners / sizeof demo_partners[0];

const struct demo_recruit demo_recruits[] = {
    { "clayletters.example",    "slowcups.example" },
    { "quietkitchens.example",  "clayletters.example" },
    { "herbacianenoce.example", "czajnik.example" },
    { "tassenatelier.example",  "teeliebe.example" },
    { NULL, NULL },
};

const struct demo_applicant demo_applicants[] = {
    { "Clay & Steam", "https://clayandsteam.example", "clay.steam.video@mailbox.example", "LT",
      "Short films from pottery studios. I would show how the Tenmoku glaze is made and link the teapot under the film. I have done this for two other kilns.",
      "link of Slow Cups", PARTNER_OTHER, "en", 54 },
    { "Чайный дневник", "https://tea-diary.example", "irina@tea-diary.example", "KZ",
      "Веду чайный дневник с 2019 года, около 4 000 читателей в месяц. Хочу написать серию о керамике для гунфу-чаепития.",
      NULL, PARTNER_BLOGGER, "ru", 27 },
    { "Spar-Helden 24", NULL, "helden24@mailinator.com", "DE", "Deals.", NULL, PARTNER_COUPON, "en", 9 },
    { "Herbata o świcie", "https://herbataoswicie.example", "kasia@herbataoswicie.example", "PL",
      "Newsletter o porannych rytuałach, 2 300 czytelniczek i czytelników. Chętnie opowiem o warsztatach szkliwienia.",
      "newsletter", PARTNER_BLOGGER, "pl", 2 },
};
const size_t demo_applicant_count = sizeof demo_applicants / sizeof demo_applicants[0];

const struct demo_product demo_products[] = {
    { "tenmoku-600",     "Tenmoku teapot, 600 ml",   "Dark iron glaze, fired twice. Each lid is thrown for its pot.",       "T-600", "teaware",   7236 },
    { "kyusu",           "Side-handle kyusu",        "For green tea, with a ceramic sieve.",                                "T-210", "teaware",   5521 },
    { "gaiwan",          "Gaiwan, 110 ml",           "White porcelain, thin at the lip.",                                   "T-110", "teaware",   3402 },
    { "raku-bowl",       "Raku bowl, small",         "No two alike; this is what the fire decided.",                        "B-014", "teaware",   6301 },
    { "porcelain-cups",  "Porcelain cups, a pair",   "Eggshell porcelain, for two.",                                        "C-002", "teaware",   4213 },
    { "trivet",          "Cast-iron trivet",         "Keeps the table from the pot.",                                       "A-031", "teaware",   3333 },
    { "sencha-uji",      "Sencha Uji, 100 g",        "First flush, steamed deep. Tastes of peas and the sea.",              "S-100", "tea",       1210 },
    { "genmaicha",       "Genmaicha, 100 g",         "Green tea with roasted rice.",                                        "G-100", "tea",       990 },
    { "hojicha",         "Hojicha, 250 g",           "Roasted, low in caffeine, good at night.",                            "H-250", "tea",       1538 },
    { "oolong-sampler",  "Oolong sampler",           "Five oolongs from light to dark, 20 g each.",                         "O-005", "tea",       2483 },
    { "matcha-set",      "Matcha bowl and whisk",    "Everything for the first bowl but the water.",                        "M-001", "teaware",   4813 },
    { "first-glaze",     "Workshop “First glaze”",   "Two evenings online with the studio’s glaze master.",                 "W-001", "workshops", 3984 },
    { "throwing",        "Workshop “Throwing”",      "Four evenings at the wheel, seen from above.",                        "W-002", "workshops", 6423 },
};
/* clang-format on */
const size_t demo_product_count = sizeof demo_products / sizeof demo_products[0];

const struct demo_product *demo_product_find(str slug)
{
    for (size_t i = 0; i < demo_product_count; i++)
        if (str_eq(slug, str_of(demo_products[i].slug)))
            return &demo_products[i];
    return NULL;
}

uint64_t dice_next(struct dice *d)
{
    uint64_t z = (d->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int64_t dice_below(struct dice *d, int64_t below)
{
    return below > 0 ? (int64_t)(dice_next(d) % (uint64_t)below) : 0;
}

bool dice_chance(struct dice *d, int64_t of_10000)
{
    return dice_below(d, 10000) < of_10000;
}
