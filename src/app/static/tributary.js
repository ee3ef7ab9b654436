/* What pages gain with scripts; every page works without them. Small parts, each told by one attribute. */

const YEAR = 400 * 24 * 60 * 60;

function keepCookie(name, value) {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `${name}=${value}; Path=/; SameSite=Lax; Max-Age=${value === '' ? 0 : YEAR}${secure}`;
}

function readCookie(name) {
  const part = document.cookie.split('; ').find((p) => p.startsWith(`${name}=`));
  return part ? part.slice(name.length + 1) : '';
}

/* The reader's time zone, in minutes east of UTC: days on charts begin at his midnight. */
const minutes = String(-new Date().getTimezoneOffset());
if (readCookie('tz') !== minutes) keepCookie('tz', minutes);

/* data-copy="id": copies what stands in that field. The button says so for a moment. */
async function copy(button) {
  const from = document.getElementById(button.dataset.copy);
  const text = button.dataset.copyText ?? from?.value ?? from?.textContent ?? '';
  try {
    await navigator.clipboard.writeText(text.trim());
  } catch {
    from?.select?.();
    document.execCommand('copy');
  }
  const use = button.querySelector('use');
  if (!use || button.dataset.busy) return;
  const before = use.getAttribute('href');
  button.dataset.busy = '1';
  use.setAttribute('href', before.replace(/#.*/, '#check'));
  say(button.dataset.copied ?? button.textContent.trim());
  setTimeout(() => {
    use.setAttribute('href', before);
    delete button.dataset.busy;
  }, 1600);
}

/* For screen readers: one quiet voice. */
let voice;
function say(words) {
  if (!voice) {
    voice = document.createElement('div');
    voice.className = 'vh';
    voice.setAttribute('role', 'status');
    document.body.append(voice);
  }
  voice.textContent = words;
}

/* data-share="address": the phone's own sheet; without one, copies. */
async function share(button) {
  const url = button.dataset.share;
  if (navigator.share) {
    try {
      await navigator.share({ url });
    } catch {
      /* closed by the person */
    }
  } else {
    button.dataset.copyText = url;
    await copy(button);
  }
}

function toggleTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  const next = isDark ? 'light' : 'dark';
  root.dataset.theme = next;
  keepCookie('theme', next);
  document.dispatchEvent(new CustomEvent('themechange'));
}

/* data-all: a checkbox that speaks for all others of its form. */
function chooseAll(box) {
  const others = box.form?.querySelectorAll('tbody input[type="checkbox"]') ?? [];
  for (const other of others) other.checked = box.checked;
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy], [data-copy-text], [data-share], [data-theme-toggle], [data-print]');
  if (!button) return;
  if (button.matches('[data-theme-toggle]')) {
    event.preventDefault();
    toggleTheme();
    button.closest('[popover]')?.hidePopover?.();
  } else if (button.matches('[data-share]')) {
    share(button);
  } else if (button.matches('[data-print]')) {
    print();
  } else {
    copy(button);
  }
});

document.addEventListener('change', (event) => {
  if (event.target.matches('[data-all]')) chooseAll(event.target);
  /* data-submit: a filter that needs no button when there are scripts. */
  if (event.target.closest('[data-submit]')) event.target.form?.requestSubmit();
});

/* One press, one request: a second one while it is under way is not sent. */
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = '1';
  (event.submitter ?? form.querySelector('[type="submit"]'))?.setAttribute('aria-busy', 'true');
});
addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
  for (const busy of document.querySelectorAll('[type="submit"][aria-busy]')) busy.removeAttribute('aria-busy');
});

/* "/" looks for something, "?" opens the handbook. */
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.('input, select, textarea, [contenteditable]')) return;
  if (event.key === '/') {
    const field = document.querySelector('[role="search"] input');
    if (field) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  } else if (event.key === '?') {
    const help = document.querySelector('a[href^="/docs"]');
    if (help) location.assign(help.href);
  }
});

/* A message leaves after ten seconds, unless somebody is reading or using it. */
for (const toast of document.querySelectorAll('[data-toast]')) {
  const leave = () => {
    if (toast.matches(':hover, :focus-within')) setTimeout(leave, 2000);
    else toast.remove();
  };
  setTimeout(leave, 10000);
}

/* Mistakes of a form are read first. */
document.querySelector('[data-focus]')?.focus();
