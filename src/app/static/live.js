/* The live counter: <div data-live="/manage/live"> is asked for anew every few seconds, while somebody looks. */
const box = document.querySelector('[data-live]');

async function ask() {
  if (document.visibilityState !== 'visible') return;
  try {
    const answer = await fetch(box.dataset.live, { credentials: 'same-origin' });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.querySelector('.livebox') ?? page.body;
    box.replaceChildren(...fresh.childNodes);
  } catch {
    /* next time */
  }
}

if (box) {
  setInterval(ask, 5000);
  document.addEventListener('visibilitychange', ask);
}
