// What every page keeps: no inline script or style, CSRF in forms, tables that can be read aloud.
import { lineOf } from './tree.mjs';

const isPage = (path) => /^src\/.*\/pages\/.*\.html$/.test(path);
// The demo's invented shop is an English shop, as a merchant's own would be: no part of the program's words.
const isShop = (path) => path.startsWith('src/rooms/demo/pages/');
const page = 'src/rooms/x/pages/x.html';

function rule(sentence, problems, bad, good, skip = () => false) {
    return {
        sentence,
        find: (tree) => Object.entries(tree).filter(([path]) => isPage(path) && !skip(path)).flatMap(([path, text]) =>
            problems(text.replace(/\{\{!([\s\S]*?)\}\}/g, (hit) => hit.replace(/[^\n]/g, ' ')))
                .map(([index, what]) => `${path}:${lineOf(text, index)}: ${what}`)),
        bad: bad.map((text) => ({ [page]: text })),
        good: good.map((text) => ({ [page]: text })),
    };
}

const all = (text, pattern, what) => [...text.matchAll(pattern)].map((hit) => [hit.index, what ?? hit[0].slice(0, 60)]);
// Elements with their content; good enough for markup without nesting of the same element.
const elements = (text, name) => [...text.matchAll(new RegExp(`<${name}\\b([^>]*)>([\\s\\S]*?)</${name}>`, 'gi'))];

export const rules = [
    // A mail is a page without a browser's rules: mail programs know no stylesheets.
    rule('pages have no inline script, handler or style',
        (text) => /<!-- mail -->/.test(text) ? [] : [
            ...all(text, /<script\b(?![^>]*\bsrc=)(?![^>]*type="application\/(?:ld\+)?json")[^>]*>/gi),
            ...all(text, /<[a-z][^>]*\son[a-z]+\s*=/gi),
            ...all(text, /<[a-z][^>]*\sstyle\s*=/gi),
            ...all(text, /<style\b/gi),
            ...all(text, /javascript:/gi),
        ],
        ['<script>x()</script>', '<a onclick="x()">', '<p style="color: red">', '<style>p {}</style>', '<a href="javascript:x()">'],
        ['<script src="/x.js" defer></script><p class="style">{{on}}</p>', '<script type="application/json">{}</script>']),
    rule('every form that posts carries the CSRF token',
        (text) => elements(text, 'form').filter(([, head, body]) => /method="?post/i.test(head) && !/\{\{>\s*app\/csrf\s*\}\}/.test(body))
            .map((hit) => [hit.index, 'a form without {{> app/csrf}}']),
        ['<form method="post"><button>x</button></form>'],
        ['<form method="post">{{> app/csrf}}</form>', '<form method="get"></form>']),
    rule('tables have a caption and heads with a scope',
        (text) => [
            ...elements(text, 'table').filter(([, , body]) => !/<caption\b/i.test(body)).map((hit) => [hit.index, 'a table without a caption']),
            ...all(text, /<th\b(?![^>]*\bscope=)[^>]*>/gi, 'a th without a scope'),
        ],
        ['<table><tr><th scope="col">x</th></tr></table>', '<table><caption>x</caption><tr><th>x</th></tr></table>'],
        ['<table><caption>x</caption><tr><th scope="col">x</th></tr></table>']),
    rule('images have an alternative text, even an empty one',
        (text) => all(text, /<img\b(?![^>]*\balt=)[^>]*>/gi),
        ['<img src="x">'], ['<img src="x" alt="">']),
    rule('nothing is fetched from another host',
        (text) => all(text, /<(?:script|img|link|iframe|source|video|audio)\b[^>]*\b(?:src|href)="(?:https?:)?\/\/[^"]*"/gi),
        ['<script src="https://example.com/x.js"></script>', '<link rel="stylesheet" href="//example.com/x.css">'],
        ['<script src="/x.js"></script>', '<a href="https://example.com/">x</a>']),
    rule('words a person reads go through {{#_}}',
        (text) => [...text.replace(/<(script|style|code|pre|svg|title)\b[\s\S]*?<\/\1>/gi, blank)
            .replace(/\{\{#_(n [^}]*)?\}\}[\s\S]*?\{\{\/_n?\}\}/g, blank)
            .replace(/<!--[\s\S]*?-->/g, blank)
            .replace(/<[^>]*>/g, blank)
            .replace(/\{\{\{?[^}]*\}?\}\}/g, blank)
            .replace(/&[a-z]+;|&#\d+;/g, blank)
            .matchAll(/[A-Za-z]{4,}(?:[ ,]+[a-z]{2,})+/g)].map((hit) => [hit.index, `"${hit[0].slice(0, 50)}"`]),
        ['<p>This is not translated</p>', '<p>{{#_}}Good{{/_}} bad words here</p>'],
        ['<p class="some thing else">{{#_}}This is translated{{/_}}</p>', '<p>{{a_long_name}} Tributary</p>', '<code>GET some words</code>'],
        isShop),
];

function blank(hit) {
    return hit.replace(/[^\n]/g, ' ');
}
