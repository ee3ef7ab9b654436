/* The live counter: asks every few seconds while the page is looked at.
   <div data-live="/manage/live" data-live-max="…">: .livebars rect are the minutes, .live b the last one. */
const box = document.querySelector('[data-live]');

function draw(minutes) {
  const bars = box.querySelectorAll('.livebars rect');
  const most = Math.max(1, ...minutes);
  bars.forEach((bar, i) => {
    const height = Math.max(0.4, (20 * (minutes[i] ?? 0)) / most);
    bar.setAttribute('height', height.toFixed(1));
    bar.setAttribute('y', (20 - height).toFixed(1));
  });
  const number = box.querySelector('.live b');
  if (number) number.textContent = String(minutes.at(-1) ?? 0);
}

async function ask() {
  if (document.visibilityState !== 'visible') return;
  try {
    const answer = await fetch(box.dataset.live, { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
    if (answer.ok) draw((await answer.json()).minutes);
  } catch {
    /* next time */
  }
}

if (box) {
  setInterval(ask, 5000);
  document.addEventListener('visibilitychange', ask);
}
