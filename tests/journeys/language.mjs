/* The language of journeys, taken apart: lines into statements. tests/journeys/README.md tells it to people. */

export class Mistake extends Error {}

/* ---- words of a line ------------------------------------------------------------------------------------- */

/* Parts of a line: quoted texts, JSON in braces, words. Comments begin with # at the start or after a space. */
function tokens(text) {
  const found = [];
  let at = 0;
  while (at < text.length) {
    const c = text[at];
    if (/\s/.test(c)) {
      at++;
    } else if (c === '#') {
      break;
    } else if (c === '"' || c === '{' || c === '[') {
      const end = c === '"' ? endOfText(text, at) : endOfJson(text, at);
      found.push(text.slice(at, end));
      at = end;
    } else {
      let end = at;
      while (end < text.length && !/\s/.test(text[end])) {
        if (text[end] === '"') end = endOfText(text, end);
        else if (text[end] === ',' && (end + 1 === text.length || /\s/.test(text[end + 1]))) break;
        else end++;
      }
      if (end > at) found.push(text.slice(at, end));
      at = end;
      if (text[at] === ',') at++; /* commas between checks are for the eye */
    }
  }
  return found;
}

function endOfText(text, at) {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  throw new Mistake('a text that never ends');
}

function endOfJson(text, at) {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text[i] === '"') i = endOfText(text, i) - 1;
    else if ('{['.includes(text[i])) depth++;
    else if ('}]'.includes(text[i]) && --depth === 0) return i + 1;
  }
  return Infinity; /* goes on in the next line */
}

/* Does a brace or bracket stay open? Then the statement goes on. */
function isOpen(text) {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') {
      let end = i + 1;
      while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
      i = end;
    } else if (text[i] === '#' && depth === 0 && (i === 0 || /\s/.test(text[i - 1]))) {
      return false;
    } else if ('{['.includes(text[i])) {
      depth++;
    } else if ('}]'.includes(text[i])) {
      depth--;
    }
  }
  return depth > 0;
}

/* ---- statements ------------------------------------------------------------------------------------------ */

/* Lines joined: open braces, a line that begins with "->" or with white space and "." or "@". */
function join(source) {
  const lines = source.split('\n');
  const out = [];
  for (let i = 0; i < lines.length; i++) {
    const number = i + 1;
    let text = lines[i];
    if (!text.trim() || text.trim().startsWith('#')) continue;
    while (i + 1 < lines.length && (isOpen(text) || /^\s+(->|[.@])/.test(lines[i + 1]))) text += `\n${lines[++i]}`;
    const here = /<<(\w+)\s*(->.*)?$/.exec(text);
    let document;
    if (here) {
      const body = [];
      while (i + 1 < lines.length && lines[i + 1].trim() !== here[1]) body.push(lines[++i]);
      i++;
      document = body.map((line) => `${line}\n`).join('');
      text = text.replace(`<<${here[1]}`, '<<');
    }
    out.push({ line: number, text: text.trim(), document });
  }
  return out;
}

const METHODS = new Set(['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']);
const OPERATORS = new Set(['==', '!=', '<', '<=', '>', '>=', 'has', 'lacks', 'matches', '->']);

/* After "->": a status, then checks and captures. */
function readChecks(words) {
  const checks = [];
  let status;
  let at = 0;
  if (words[at] && /^(\d{3}|\dxx)$/.test(words[at])) status = words[at++];
  while (at < words.length) {
    const subject = words[at++];
    if (!/^[.@]|^body$/.test(subject)) throw new Mistake(`a check begins with .path, @header or body, not ${subject}`);
    const operator = words[at++];
    if (operator === 'is') {
      checks.push({ subject, operator: 'is', value: words[at++] });
      continue;
    }
    if (!OPERATORS.has(operator)) throw new Mistake(`what is to be checked of ${subject}?`);
    if (at >= words.length) throw new Mistake(`${subject} ${operator} what?`);
    checks.push({ subject, operator, value: words[at++] });
  }
  return { status, checks };
}

function splitAnswer(words) {
  const at = words.indexOf('->');
  return at < 0 ? [words, []] : [words.slice(0, at), words.slice(at + 1)];
}

function readRequest(words, document) {
  const [asked, answered] = splitAnswer(words);
  const request = { kind: 'request', method: asked[0], path: asked[1], headers: [], ...readChecks(answered) };
  if (!request.path) throw new Mistake('a request needs a path');
  for (let at = 2; at < asked.length; at++) {
    const word = asked[at];
    if (word === 'with') request.headers.push(asked[++at]);
    else if (word === 'form') request.form = asked[++at];
    else if (word === 'on') request.page = asked[++at];
    else if (word === 'latin1') request.isLatin = true;
    else if (word === '<<') request.document = document;
    else if (/^[a-z]+\/[a-z0-9.+-]+$/.test(word)) request.type = word;
    else if (/^[{["$]/.test(word)) request.body = word;
    else throw new Mistake(`what is ${word}?`);
  }
  return request;
}

const UNITS = { ms: 1, second: 1000, minute: 60000, hour: 3600000, day: 86400000, week: 604800000 };

function readAdvance(words) {
  const unit = UNITS[words[2]?.replace(/s$/, '')] ?? UNITS[words[2]];
  if (words.length !== 3 || !unit) throw new Mistake('advance 31 days');
  return { kind: 'advance', count: words[1], unit };
}

const STATEMENTS = {
  as: (w) => ({ kind: 'as', name: w[1] }),
  key: (w) => {
    const of = w.indexOf('of');
    return { kind: 'key', name: w[1], of: of > 0 ? w[of + 1] : undefined, test: w.includes('test'),
      scopes: w.slice(2, of > 0 ? of : undefined).filter((x) => x !== 'test') };
  },
  sign: (w) => ({ kind: 'sign-in', name: w[2], email: w[3], password: w[4] }),
  click: (w) => {
    const [asked, answered] = splitAnswer(w);
    const after = (word) => (asked.includes(word) ? asked[asked.indexOf(word) + 1] : undefined);
    return { kind: 'click', code: asked[1], visitor: after('by'), times: after('times'), agent: after('with'), variable: answered[0] };
  },
  advance: readAdvance,
  at: (w) => ({ kind: 'at', time: w[1] }),
  let: (w) => ({ kind: 'let', name: w[1], words: w.slice(3) }),
  expect: (w) => ({ kind: 'expect', words: w.slice(1) }),
  known: () => ({ kind: 'known' }),
  verify: () => ({ kind: 'verify' }),
  take: (w) => {
    if (w.length !== 6 || w[2] !== 'from' || w[4] !== 'by') throw new Mistake('take $token from $mail by "welcome/(\\S+)"');
    return { kind: 'take', name: w[1], from: w[3], by: w[5] };
  },
  move: (w) => ({ kind: 'move', folder: w[2] }),
  restart: () => ({ kind: 'restart' }),
  include: (w) => ({ kind: 'include', file: w[1] }),
  $: (w) => {
    const [asked, answered] = splitAnswer(w);
    return { kind: 'command', args: asked.slice(1), code: answered[0] ?? '0', variable: answered[1] };
  },
};

function readOne({ line, text, document }) {
  try {
    const words = tokens(text);
    const make = METHODS.has(words[0]) ? (w) => readRequest(w, document) : STATEMENTS[words[0]];
    if (!make) throw new Mistake(`nothing is called ${words[0]}`);
    return { line, text, ...make(words) };
  } catch (failure) {
    if (failure instanceof Mistake) failure.line ??= line;
    throw failure;
  }
}

/* The statements of a file; `repeat 10 as $i` … `end` hold statements themselves. */
export function parse(source) {
  const open = [{ body: [] }];
  for (const row of join(source)) {
    const words = tokens(row.text);
    if (words[0] === 'repeat') {
      open.push({ line: row.line, text: row.text, kind: 'repeat', count: words[1], variable: words[3], body: [] });
    } else if (words[0] === 'end') {
      if (open.length === 1) throw Object.assign(new Mistake('end of what?'), { line: row.line });
      const block = open.pop();
      open.at(-1).body.push(block);
    } else {
      open.at(-1).body.push(readOne(row));
    }
  }
  if (open.length > 1) throw Object.assign(new Mistake('repeat without end'), { line: open.at(-1).line });
  return open[0].body;
}

/* ---- values ------------------------------------------------------------------------------------------------ */

/* Puts variables in: in JSON a bare $name becomes its value, inside a text {$name} its words. */
export function fill(text, variables) {
  const find = (name) => {
    if (!variables.has(name)) throw new Mistake(`$${name} is not known yet`);
    return variables.get(name);
  };
  let out = '';
  for (let at = 0; at < text.length;) {
    if (text[at] === '"') {
      const end = endOfText(text, at);
      out += text.slice(at, end).replace(/\{\$(\w+)\}/g, (_, name) => JSON.stringify(String(find(name))).slice(1, -1));
      at = end;
      continue;
    }
    const match = /^\$(\w+)/.exec(text.slice(at));
    if (match) {
      out += JSON.stringify(find(match[1]));
      at += match[0].length;
    } else {
      out += text[at++];
    }
  }
  return out;
}

/* In a path, a code or an argument: $name and {$name} as plain words. */
export function words(text, variables) {
  return text.replace(/\{\$(\w+)\}|\$(\w+)/g, (_, a, b) => {
    if (!variables.has(a ?? b)) throw new Mistake(`$${a ?? b} is not known yet`);
    return String(variables.get(a ?? b));
  });
}

export function value(text, variables) {
  const filled = fill(text, variables);
  try {
    return JSON.parse(filled);
  } catch {
    return filled; /* a bare word stands for itself: == pending */
  }
}

/* The letter at a place made another one: what forged tokens look like. */
function altered(text, place) {
  if (typeof text !== 'string' || !(place >= 1 && place <= text.length)) throw new Mistake(`no letter ${place} to alter`);
  const letter = text[place - 1] === 'A' ? 'B' : 'A';
  return text.slice(0, place - 1) + letter + text.slice(place);
}

/* "$a + $b - 3": whole numbers, from left to right. Of a text, "x" * 3 is "xxx" and $token ~ 5 has its fifth letter altered. */
export function sum(parts, variables) {
  let total = value(parts[0], variables);
  for (let i = 1; i < parts.length; i += 2) {
    const next = value(parts[i + 1], variables);
    if (parts[i] === '+') total += next;
    else if (parts[i] === '-') total -= next;
    else if (parts[i] === '*') total = typeof total === 'string' ? total.repeat(next) : total * next;
    else if (parts[i] === '~') total = altered(total, next);
    else throw new Mistake(`${parts[i]} is not + - * or ~`);
  }
  return total;
}

/* ".data.0.id", ".data.length", ".commissions[partner_id=$anna].amount" */
export function look(root, path, variables) {
  let at = root;
  for (const part of path.match(/\.[^.[\]]+|\[[^\]]+\]/g) ?? []) {
    if (at === undefined || at === null) return undefined;
    if (part[0] === '.') {
      at = at[part.slice(1)];
      continue;
    }
    const [name, wanted] = part.slice(1, -1).split('=');
    at = Array.isArray(at) ? at.find((item) => String(look(item, `.${name}`, variables)) === words(wanted, variables)) : undefined;
  }
  return at;
}
