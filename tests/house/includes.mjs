// Who may include whom, and where foreign headers stay.
import { isC, isTest, placeOf, isLeftOf, rooms, codeOf, lineOf } from './tree.mjs';

const mayInclude = {
    base: ['base'],
    store: ['base', 'store'],
    view: ['base', 'view'],
    http: ['base', 'view', 'http'],
    work: ['base', 'store', 'work'],
    rooms: ['base', 'store', 'view', 'http', 'work', 'rooms'],
    app: ['base', 'store', 'view', 'http', 'work', 'rooms', 'app'],
};

// header → the files that may include it; everything else goes through them
const foreign = {
    'sqlite3.h': { where: /^src\/store\//, most: 1 },
    'libpq-fe.h': { where: /^src\/store\//, most: 1 },
    'curl/curl.h': { where: /^src\/http\/client\.c$|^src\/rooms\/message\/[a-z_]+\.c$/, most: 2 },
    'sodium.h': { where: /^src\/base\/|^tools\// },
    'jansson.h': { where: /^src\/(base|http|store)\/json[a-z_]*\.[ch]$|^tools\//, most: 9 },
    'cmark.h': { where: /^src\/(view|app|rooms)\//, most: 1 },
    'qrencode.h': { where: /^src\/(view|app|rooms)\//, most: 1 },
    'sys/epoll.h': { where: /^src\/http\// },
    'sys/socket.h': { where: /^src\/http\/|^src\/app\/cmd_serve\.c$/ }, // there: a word to systemd
    'netinet/in.h': { where: /^src\/http\// },
    'arpa/inet.h': { where: /^src\/http\/|^src\/app\/cmd_serve\.c$/ },
};

function includesOf(text) {
    return [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]/gm)]
        .map((hit) => ({ own: hit[1] === '"', header: hit[2], line: lineOf(text, hit.index) }));
}

function forbidden(path, header) {
    const from = placeOf(path);
    const made = { 'migrations.h': ['store', 'work', 'rooms', 'app'], 'pages.h': ['view', 'app'] }[header];
    if (made) return made.includes(from.floor) ? null : 'is not for this floor';
    const to = placeOf(`src/${header}`);
    if (!to.floor || !mayInclude[to.floor]) return null; // a neighbour in the same folder
    if (from.floor === 'http' && header === 'store/store.h') return null; // the read loan
    if (!mayInclude[from.floor]?.includes(to.floor)) return `: ${from.floor}/ may not include ${to.floor}/`;
    if (from.floor !== 'rooms' || to.floor !== 'rooms' || !to.room || to.room === from.room) return null;
    if (!isLeftOf(to.room, from.room)) return `: ${to.room} does not stand to the left of ${from.room}`;
    return header === `rooms/${to.room}/${to.room}.h` ? null : `is not the door of ${to.room}`;
}

const directions = {
    sentence: 'floors include downwards, rooms include doors to their left',
    find: (tree) => Object.entries(tree).filter(([path]) => /^src\/.*\.[ch]$/.test(path) && !isTest(path))
        .flatMap(([path, text]) => includesOf(text).filter((i) => i.own)
            .map((i) => [forbidden(path, i.header), i])
            .filter(([why]) => why)
            .map(([why, i]) => `${path}:${i.line}: ${i.header} ${why}`)),
    bad: [
        { 'src/base/x.c': '#include "store/store.h"' },
        { 'src/store/x.c': '#include "view/view.h"' },
        { 'src/view/x.c': '#include "http/reply.h"' },
        { 'src/http/x.c': '#include "store/inside.h"' },
        { 'src/http/x.c': '#include "rooms/account/account.h"' },
        { 'src/work/x.c': '#include "http/request.h"' },
        { 'src/work/x.h': '#  include "rooms/room.h"' },
        { 'src/rooms/coupon/x.c': '#include "rooms/conversion/conversion.h"' },
        { 'src/rooms/coupon/x.c': '#include "rooms/partner/partner_row.h"' },
        { 'src/rooms/coupon/x.c': '#include "app/config.h"' },
        { 'src/view/x.c': '#include "migrations.h"' },
    ],
    good: [
        { 'src/http/x.c': '#include "store/store.h"\n#include "view/view.h"' },
        { 'src/rooms/coupon/x.c': '#include "rooms/partner/partner.h"\n#include "rooms/coupon/coupon.sql.h"\n#include "rooms/room.h"\n#include "migrations.h"' },
        { 'src/app/x.c': '#include "rooms/coupon/coupon.h"' },
        { 'src/http/x_test.c': '#include "base/test.h"' },
    ],
};

const edges = {
    sentence: 'foreign headers stay at their edge',
    find: (tree) => {
        const users = {};
        const problems = [];
        for (const [path, text] of Object.entries(tree)) {
            if (!isC(path) || isTest(path)) continue;
            for (const { header, line } of includesOf(text)) {
                const rule = foreign[header];
                if (!rule) continue;
                (users[header] ??= []).push(path);
                if (!rule.where.test(path)) problems.push(`${path}:${line}: ${header} does not belong here`);
            }
        }
        for (const [header, paths] of Object.entries(users))
            if (paths.length > (foreign[header].most ?? Infinity))
                problems.push(`${header} is included by ${paths.join(', ')}; ${foreign[header].most} may`);
        return problems;
    },
    bad: [
        { 'src/rooms/ledger/x.c': '#include <sqlite3.h>' },
        { 'src/store/a.c': '#include <sqlite3.h>', 'src/store/b.c': '#include <sqlite3.h>' },
        { 'src/rooms/payout/x.c': '#include <curl/curl.h>' },
        { 'src/rooms/account/x.c': '#include <sodium.h>' },
        { 'src/rooms/x/x.c': '#include <sys/socket.h>' },
    ],
    good: [{ 'src/store/sqlite.c': '#include <sqlite3.h>', 'src/base/crypt.c': '#include <sodium.h>' }],
};

// The deadline of a pthread_cond_timedwait is in the system's own clock, whatever env says.
const waitsAt = (code, index) => code.slice(index).split('\n').slice(0, 12).join('\n').includes('pthread_cond_timedwait');

const fromEnv = {
    sentence: 'only env asks the system for time or randomness (and the log for its time, libsodium for its salts)',
    find: (tree) => Object.entries(tree)
        .filter(([path]) => /^src\/.*\.[ch]$/.test(path) && !isTest(path) && !/^src\/base\/(env|log|secret)\.c$/.test(path))
        .flatMap(([path, text]) => [...codeOf(text).matchAll(
            /(?<![\w.>])(time|clock_gettime|gettimeofday|localtime(?:_r)?|rand(?:om)?|srand|getrandom|randombytes_\w+|env_system)\s*\(/g)]
            .filter((hit) => !(hit[1] === 'env_system' && /^src\/(app\/|base\/env\.h)/.test(path)))
            .filter((hit) => !(hit[1] === 'clock_gettime' && waitsAt(codeOf(text), hit.index)))
            .map((hit) => `${path}:${lineOf(codeOf(text), hit.index)}: ${hit[1]}()`)),
    bad: [
        { 'src/rooms/x/x.c': 'int64_t now = time(NULL);' },
        { 'src/store/x.c': 'clock_gettime(CLOCK_MONOTONIC, &t);' },
        { 'src/rooms/x/x.c': 'randombytes_buf(out, 8);' },
        { 'src/rooms/x/x.c': 'const struct env *env = env_system();' },
    ],
    good: [{ 'src/base/env.c': 'clock_gettime(CLOCK_REALTIME, &t);', 'src/rooms/x/x.c': 'env->now(env); /* like time(NULL) */ format_time(x); env->random(env, o, 8);', 'src/app/main.c': 'env_system()' }],
};

const heads = {
    sentence: 'every C file begins by saying what lives there, every header is included once',
    find: (tree) => Object.entries(tree).filter(([path]) => isC(path)).flatMap(([path, text]) => [
        ...(text.startsWith('/*') ? [] : [`${path}: no first line that says what lives here`]),
        ...(!path.endsWith('.h') || /^#pragma once$/m.test(text) ? [] : [`${path}: no #pragma once`]),
    ]),
    bad: [{ 'src/base/x.c': '#include "x.h"' }, { 'src/base/x.h': '/* X. */\nint x;' }],
    good: [{ 'src/base/x.h': '/* X. */\n#pragma once\n' }],
};

const sizes = {
    sentence: 'no C file is longer than 700 lines',
    find: (tree) => Object.entries(tree).filter(([path]) => isC(path))
        .map(([path, text]) => [path, text.split('\n').length - 1])
        .filter(([, lines]) => lines > 700)
        .map(([path, lines]) => `${path}: ${lines} lines; look for the second noun hiding in it`),
    bad: [{ 'src/base/x.c': '\n'.repeat(800) }],
    good: [{ 'src/base/x.c': '\n'.repeat(400) }],
};

const tableOf = (text) => [...text.matchAll(/(?:&|\bROW\()([a-z]+)(?:_room\b|\))/g)].map((hit) => hit[1]).filter((room) => rooms.includes(room));
const order = {
    sentence: 'app/rooms.c lists every room, in the order in which they may know each other',
    find: (tree) => {
        const listed = tableOf(tree['src/app/rooms.c'] ?? '');
        const there = rooms.filter((room) => Object.entries(tree).some(([path, text]) =>
            path.startsWith(`src/rooms/${room}/`) && path.endsWith('.c') && text.includes(`const struct room ${room}_room = `)));
        return [
            ...there.filter((room) => !listed.includes(room)).map((room) => `${room} is in no row`),
            ...listed.filter((room, i) => i > 0 && !isLeftOf(listed[i - 1], room)).map((room) => `${room} stands in the wrong place`),
        ];
    },
    bad: [
        { 'src/rooms/coupon/x.c': 'const struct room coupon_room = {', 'src/app/rooms.c': 'ROW(partner)' },
        { 'src/app/rooms.c': '&coupon_room, &partner_room' },
        { 'src/app/rooms.c': 'ROW(coupon) ROW(partner)' },
    ],
    good: [{ 'src/rooms/coupon/x.c': 'const struct room coupon_room = {', 'src/app/rooms.c': 'ROW(partner) ROW(coupon) ROW(house)' }],
};

export const rules = [directions, order, edges, fromEnv, heads, sizes];
