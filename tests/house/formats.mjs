// Numbers, money, dates and plurals as the program writes them, held against Intl. English differs from Intl where the
// design says so: a true minus, dates of the form "12 November 2026", "4 min ago". All put a space before the per cent sign.
import { ask, randomFrom } from './probe.mjs';

const languages = ['en', 'pl', 'ru'];
const least = -(2n ** 63n), most = 2n ** 63n - 1n;
const minus = (lang, text) => lang === 'en' ? text.replace('-', '\u2212') : text;
// CLDR changes its mind about which space stands in a date; ours does not break before "г.".
const spaces = (text) => text.replace(/[\u00a0\u202f]/g, ' ');

function numbers(r, count) {
    const edges = [0n, 1n, -1n, 5n, 10n, 49n, 50n, -50n, 99n, 100n, 101n, 999n, 1000n, 9999n, 10000n, 99999n, 123456n,
        -123456n, 999999n, 1000000n, -1000000n, 12345678901n, least, most];
    const random = Array.from({ length: count }, () => {
        const digits = 1 + r.below(18);
        const size = BigInt(Array.from({ length: digits }, () => r.below(10)).join(''));
        return r.chance(0.5) ? size : -size;
    });
    return [...edges, ...random];
}

// 12345n with two decimals is "123.45".
function decimal(n, decimals) {
    const digits = String(n < 0n ? -n : n).padStart(decimals + 1, '0');
    const whole = digits.slice(0, digits.length - decimals), fraction = digits.slice(digits.length - decimals);
    return `${n < 0n ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

const printers = new Map();
function number(lang, options, text) {
    const key = lang + JSON.stringify(options);
    if (!printers.has(key)) printers.set(key, new Intl.NumberFormat(lang, { signDisplay: 'negative', ...options }));
    return minus(lang, printers.get(key).format(text));
}
const digits = (least, most = least) => ({ minimumFractionDigits: least, maximumFractionDigits: most });

// [{ question, wanted }] → problems
function compare(cases, tidy = (text) => text) {
    const answers = ask(cases.map(({ question }) => question));
    return cases.flatMap(({ question, wanted }, i) => tidy(answers[i]) === tidy(wanted) ? []
        : [`${JSON.stringify(question, (key, item) => typeof item === 'bigint' ? String(item) : item)}: ${JSON.stringify(answers[i])}, Intl says ${JSON.stringify(wanted)}`]);
}

const each = (values, make) => languages.flatMap((lang) => values.map((value) => make(lang, value)));

function findNumbers() {
    return compare(each(numbers(randomFrom(1), 500), (lang, n) =>
        ({ question: { do: 'int', lang, n }, wanted: number(lang, {}, n) })));
}

function findMoney() {
    const r = randomFrom(2);
    const [codes] = ask([{ do: 'codes' }]);
    const cases = Object.entries(codes).flatMap(([code, decimals]) => each(numbers(r, 8), (lang, minor) => {
        const options = { style: 'currency', currency: code };
        return [
            { question: { do: 'money', lang, minor, code }, wanted: number(lang, { ...options, ...digits(decimals) }, decimal(minor, decimals)) },
            { question: { do: 'whole', lang, minor, code }, wanted: number(lang, { ...options, ...digits(0) }, decimal(minor, decimals)) },
        ];
    }).flat());
    return Object.keys(codes).length > 100 ? compare(cases) : ['the program knows hardly any currency'];
}

function findExact() {
    return compare(each(numbers(randomFrom(3), 300), (lang, n) => {
        const text = decimal(n, 4);
        return [
            { question: { do: 'exact', lang, minor: 0, code: 'EUR', decimal: text }, wanted: number(lang, { style: 'currency', currency: 'EUR', signDisplay: 'auto', ...digits(4) }, text) },
            { question: { do: 'decimal', lang, decimal: text }, wanted: number(lang, digits(4), text) },
        ];
    }).flat());
}

function findPercent() {
    return compare(each(numbers(randomFrom(4), 300), (lang, bp) =>
        ({ question: { do: 'percent', lang, bp }, wanted: `${number(lang, digits(0, 2), decimal(bp, 2))}\u00a0%` })));
}

// Half away from zero, in whole numbers.
function divide(top, bottom, decimals) {
    const size = (n) => (n < 0n ? -n : n);
    const scaled = size(top) * 100n * 10n ** BigInt(decimals);
    const rounded = (2n * scaled + size(bottom)) / (2n * size(bottom));
    return decimal((top < 0n) !== (bottom < 0n) ? -rounded : rounded, decimals);
}

function findRatios() {
    const r = randomFrom(5);
    const values = numbers(r, 200);
    return compare(each(values, (lang, top) => {
        const bottom = r.pick(values) || 7n, decimals = r.below(7);
        return {
            question: { do: 'ratio', lang, top, bottom, decimals },
            wanted: `${number(lang, digits(decimals), divide(top, bottom, decimals))}\u00a0%`,
        };
    }));
}

const day = { day: 'numeric', month: 'long' }, short = { day: 'numeric', month: 'short' };
const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
// In the order of enum date_form. English: the parts it is put together from.
const forms = [
    [{ ...day, year: 'numeric' }, 'day month year'],
    [short, 'day month'],
    [{ ...short, ...clock }, 'day month, hour:minute'],
    [{ ...short, ...clock, second: '2-digit', fractionalSecondDigits: 3 }, 'day month, hour:minute:second.fractionalSecond'],
    [{ ...day, weekday: 'long' }, 'weekday day month'],
    [{ month: 'long', year: 'numeric' }, 'month year'],
    [{ ...clock, second: '2-digit' }, 'hour:minute:second'],
    [day, 'day month'],
    [{ ...short, year: 'numeric' }, 'day month year'],
    [{ ...day, year: 'numeric', ...clock }, 'day month year, hour:minute'],
    [clock, 'hour:minute'],
    [{ month: 'short' }, 'month'],
];

function dateBy(lang, form, ms, offset) {
    const sign = offset < 0 ? '-' : '+', size = Math.abs(offset);
    const zone = `${sign}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`;
    const [options, english] = forms[form];
    const printer = new Intl.DateTimeFormat(lang, { ...options, timeZone: zone });
    if (lang !== 'en') return printer.format(ms).replace(/(:\d\d),(\d{3})$/, '$1.$2'); // milliseconds are no decimals of a price
    const parts = Object.fromEntries(printer.formatToParts(ms).map((part) => [part.type, part.value]));
    return english.replace(/\w+/g, (name) => parts[name]);
}

function findDates() {
    const r = randomFrom(6);
    const from = Date.UTC(1990, 0, 1), to = Date.UTC(2100, 0, 1);
    const times = [
        ...Array.from({ length: 12 }, (_, month) => Date.UTC(2026, month, 1)),
        ...Array.from({ length: 7 }, (_, i) => Date.UTC(2028, 1, 26 + i, 23, 59, 59, 999)),
        ...Array.from({ length: 120 }, () => from + r.below(to - from)),
    ];
    const offsets = [0, 60, 120, -300, 345, -720, 840];
    return compare(each(times, (lang, ms) => forms.map((_, form) => {
        const offset = r.pick(offsets);
        return { question: { do: 'date', lang, form, ms: BigInt(ms), offset }, wanted: dateBy(lang, form, ms, offset) };
    })).flat(), spaces);
}

const minute = 60000, hour = 60 * minute, oneDay = 24 * hour;
const units = [['minute', minute, 59], ['hour', hour, 23], ['day', oneDay, 29], ['month', 30 * oneDay, 12], ['year', 365 * oneDay, 60]];

function findAgo() {
    const now = Date.UTC(2026, 11, 1);
    const cases = languages.flatMap((lang) => units.flatMap(([unit, ms, last]) => {
        const printer = new Intl.RelativeTimeFormat(lang, { numeric: 'always', style: ms < oneDay ? 'short' : 'long' });
        return Array.from({ length: last }, (_, i) => i + 1).flatMap((n) => [-1, 1].map((way) => ({
            question: { do: 'ago', lang, now: BigInt(now), then: BigInt(now + way * (n * ms + (unit === 'year' || n < last ? 1 : 0))) },
            wanted: printer.format(way * n, unit).replace(lang === 'en' ? 'min.' : '', lang === 'en' ? 'min' : '').replace(lang === 'en' ? 'hr.' : '', lang === 'en' ? 'h' : ''),
        })));
    }));
    return compare(cases, spaces);
}

function findPlurals() {
    const values = [...Array(1300).keys()].map(BigInt).concat([1000000n, 1000001n, 1000002n, 999999n, 2n ** 40n]);
    return compare(each(values, (lang, n) => ({
        question: { do: 'plural', lang, n },
        wanted: (lang === 'en' ? ['one', 'other'] : ['one', 'few', 'many']).indexOf(new Intl.PluralRules(lang).select(Number(n))),
    })));
}

// The comparison itself is tried first: a wrong expectation must be told.
const bites = { sentence: 'a form that differs from Intl is told', find: ({ wanted }) => wanted ? compare([{ question: { do: 'int', lang: 'en', n: 1234n }, wanted }]) : [], bad: [{ wanted: '1234' }], good: [{ wanted: '1,234' }] };

export const rules = [
    bites,
    { sentence: 'whole numbers are grouped as Intl groups them', find: findNumbers },
    { sentence: 'money of every currency stands as Intl writes it', find: findMoney },
    { sentence: 'exact decimals stand as Intl writes them', find: findExact },
    { sentence: 'percentages have the digits Intl gives them', find: findPercent },
    { sentence: 'ratios are rounded once, half away from zero', find: findRatios },
    { sentence: 'dates of every form stand as Intl writes them', find: findDates },
    { sentence: 'time that has passed is told as Intl tells it', find: findAgo },
    { sentence: 'plural forms are those of Intl', find: findPlurals },
];
