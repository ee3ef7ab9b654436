/* Tributary on a shop's pages. It remembers, on the shop's own domain, which click brought the visitor, and tells
 * of a sale or a lead. No cookie before there is a click to remember.
 *
 *   <script src="https://go.shop.example/t.js" data-program="kettle" defer></script>
 *   tributary('sale', { order_id: 'A-1', amount: 4990, currency: 'EUR', coupon: 'ANNA10' })
 *   tributary('lead', { order_id: 'L-1', customer_id: 'c-77' })
 *
 * May be called before it has loaded:
 *   window.tributary = window.tributary || function () { (tributary.q = tributary.q || []).push(arguments) }
 * In the tag: data-days (30), data-parameter (tclid), data-ref (ref), data-cookie-domain. */
(() => {
  'use strict';

  const tag = document.currentScript;
  const origin = new URL(tag.src, location.href).origin;
  const { program = '', parameter = 'tclid', ref = 'ref', cookieDomain = '' } = tag.dataset;
  const TOKEN = /^[A-Za-z0-9_-]{55}$/;
  const KEY = 'tributary';
  const OUTBOX = 'tributary.outbox';
  const DAY_MS = 86400000;
  let days = Number(tag.dataset.days) || 30;

  /* ---- what is kept: in a cookie and beside it, whichever the browser leaves us ---- */

  const storage = (() => {
    try {
      localStorage.setItem(`${KEY}.try`, '1');
      localStorage.removeItem(`${KEY}.try`);
      return localStorage;
    } catch {
      return null;
    }
  })();

  function readStored() {
    try {
      const kept = JSON.parse(storage?.getItem(KEY) ?? 'null');
      if (kept && TOKEN.test(kept.click) && kept.until > Date.now()) return kept.click;
    } catch {
      /* not ours */
    }
    const part = document.cookie.split('; ').find((p) => p.startsWith(`${KEY}=`));
    const click = part ? part.slice(KEY.length + 1) : '';
    return TOKEN.test(click) ? click : '';
  }

  function keep(click) {
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    const domain = cookieDomain ? `; Domain=${cookieDomain}` : '';
    document.cookie = `${KEY}=${click}; Path=/; Max-Age=${Math.round(days * 86400)}; SameSite=Lax${secure}${domain}`;
    storage?.setItem(KEY, JSON.stringify({ click, until: Date.now() + days * DAY_MS }));
  }

  /* ---- what is sent: as plain text, so that browsers ask nobody first ---- */

  async function post(path, body) {
    return fetch(origin + path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'text/plain' },
      credentials: 'omit',
      keepalive: true,
      mode: 'cors',
    });
  }

  function readOutbox() {
    try {
      const list = JSON.parse(storage?.getItem(OUTBOX) ?? '[]');
      return Array.isArray(list) ? list : [];
    } catch {
      return [];
    }
  }

  const isSame = (a, b) => a.type === b.type && a.order_id === b.order_id;

  function putOutbox(list) {
    if (list.length > 0) storage?.setItem(OUTBOX, JSON.stringify(list.slice(-20)));
    else storage?.removeItem(OUTBOX);
  }

  /* An event stays in the outbox until it was answered; its order_id makes a second delivery harmless. */
  async function deliver(event, tries = 3) {
    for (let i = 0; i < tries; i += 1) {
      try {
        const answer = await post('/t/conversion', event);
        if (answer.ok || (answer.status >= 400 && answer.status < 500 && answer.status !== 429)) {
          putOutbox(readOutbox().filter((other) => !isSame(other, event)));
          return answer.ok;
        }
      } catch {
        /* no network: again, or on the next page */
      }
      await new Promise((resolve) => { setTimeout(resolve, 1000 * 2 ** i); });
    }
    return false;
  }

  async function report(type, facts = {}) {
    await landed;
    const event = { ...facts, type, click: facts.click ?? (readStored() || undefined), program: program || undefined };
    if (event.order_id) putOutbox([...readOutbox().filter((other) => !isSame(other, event)), event]);
    return deliver(event);
  }

  /* ---- where the visitor came from ---- */

  async function land() {
    const query = new URLSearchParams(location.search);
    const click = query.get(parameter) ?? '';
    if (TOKEN.test(click)) {
      keep(click);
      return;
    }
    const code = query.get(ref);
    if (!code || code.length > 40) return;
    try {
      const answer = await post('/t/click', {
        program: program || undefined,
        code,
        query: location.search.slice(1, 2000),
        referrer: document.referrer.slice(0, 2000) || undefined,
        previous: readStored() || undefined,
      });
      if (!answer.ok) return;
      const made = await answer.json();
      days = Number(tag.dataset.days) || made.window_days || days;
      if (TOKEN.test(made.click ?? '')) keep(made.click);
    } catch {
      /* the visitor's way goes on without us */
    }
  }

  const calls = { sale: (facts) => report('sale', facts), lead: (facts) => report('lead', facts), click: () => readStored() };
  const early = window.tributary?.q ?? [];
  window.tributary = (name, facts) => calls[name]?.(facts);

  const landed = land();
  for (const event of readOutbox()) landed.then(() => deliver(event, 1));
  for (const call of early) window.tributary(...call);
})();
