/* Charts that answer the pointer: uPlot in the place of the server's SVG, in the colours of the sheet. The drawn
   SVG, its labels and the table stay where scripts are off, and come back when this cannot run. */

/* English dates as the house writes them: 24 Oct. */
const lang = (document.documentElement.lang || 'en').replace(/^en$/, 'en-GB');

function loadScript(src) {
  return new Promise((done, fail) => {
    const script = document.createElement('script');
    script.src = src;
    script.addEventListener('load', done, { once: true });
    script.addEventListener('error', fail, { once: true });
    document.head.append(script);
  });
}

/* A token of the sheet as a colour that a canvas understands. */
function colours() {
  const probe = document.createElement('span');
  probe.className = 'vh';
  document.body.append(probe);
  const read = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = { accent: read('--accent'), past: read('--ink-3'), line: read('--line'), zero: read('--line-2'), ink: read('--ink-3'), mark: read('--mark'), surface: read('--surface') };
  probe.remove();
  return found;
}

function formats(data) {
  const decimals = data.decimals ?? 0;
  const scale = 10 ** decimals;
  const money = data.currency
    ? { style: 'currency', currency: data.currency }
    : {};
  const exact = new Intl.NumberFormat(lang, { ...money, ...(data.currency ? { minimumFractionDigits: decimals, maximumFractionDigits: decimals } : {}) });
  const axis = new Intl.NumberFormat(lang, { ...money, minimumFractionDigits: 0, maximumFractionDigits: 2, notation: 'standard' });
  const day = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  return {
    value: (v) => (v === null || v === undefined ? '' : exact.format(v / scale)),
    tick: (v) => (v === 0 ? '0' : axis.format(v / scale)),
    day: (s) => day.format(new Date(s * 1000)),
  };
}

/* Three to five lines, from zero. */
function scaleOf(data) {
  const most = Math.max(1, ...data.now.filter((v) => v !== null), ...(data.past ?? []).filter((v) => v !== null));
  const least = Math.min(0, ...data.now.filter((v) => v !== null));
  return [least, most * 1.06];
}

function draw(figure, data) {
  const plot = figure.querySelector('.plot');
  const c = colours();
  const f = formats(data);
  const box = document.createElement('div');
  box.className = 'uplot-box';
  const tip = document.createElement('output');
  tip.className = 'plot-tip';
  tip.hidden = true;
  const open = data.open && data.now.length > 1;
  const whole = open ? data.now.map((v, i) => (i === data.now.length - 1 ? null : v)) : data.now;
  const last = open ? data.now.map((v, i) => (i >= data.now.length - 2 ? v : null)) : null;
  const series = [{}, { label: data.name, stroke: c.accent, width: 2, fill: `color-mix(in oklab, ${c.accent} 7%, transparent)`, points: { show: false } }];
  const columns = [data.times, whole];
  if (last) {
    series.push({ stroke: c.accent, width: 2, dash: [2, 5], points: { show: false } });
    columns.push(last);
  }
  if (data.past) {
    series.push({ stroke: c.past, width: 1.5, dash: [1, 4], points: { show: false } });
    columns.push(data.past);
  }
  const notes = (u) => {
    u.ctx.save();
    u.ctx.setLineDash([]);
    u.ctx.strokeStyle = c.mark;
    u.ctx.fillStyle = c.mark;
    for (const note of data.notes ?? []) {
      const x = Math.round(u.valToPos(data.times[note.index], 'x', true)) + 0.5;
      u.ctx.beginPath();
      u.ctx.moveTo(x, u.bbox.top);
      u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
      u.ctx.stroke();
      u.ctx.beginPath();
      u.ctx.arc(x, u.bbox.top, 3 * devicePixelRatio, 0, 2 * Math.PI);
      u.ctx.fill();
    }
    u.ctx.restore();
  };
  const point = (u) => {
    const i = u.cursor.idx;
    if (i === null || i === undefined) {
      tip.hidden = true;
      return;
    }
    const then = data.past ? ` · ${f.value(data.past[i])}` : '';
    tip.textContent = `${f.day(data.times[i] + (data.offset ?? 0) * 60)}: ${f.value(data.now[i])}${then}`;
    tip.hidden = false;
    const left = u.valToPos(data.times[i], 'x');
    tip.style.insetInlineStart = `${Math.min(Math.max(0, left - tip.offsetWidth / 2), u.over.clientWidth - tip.offsetWidth) + u.over.offsetLeft}px`;
  };
  const height = plot.querySelector('svg').getBoundingClientRect().height + 34;
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const [low, high] = scaleOf(data);
  const chart = new window.uPlot({
    width: plot.clientWidth,
    height,
    legend: { show: false },
    padding: [8, 28, 0, 0], /* the last date is centred under the last point */
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 9, fill: () => c.accent, stroke: () => c.surface } },
    scales: { x: { time: true }, y: { range: [low, high] } },
    axes: [
      { stroke: c.ink, font, size: 26, grid: { show: false }, ticks: { show: false }, values: (u, splits) => splits.map((s) => f.day(s)), space: 64 },
      { stroke: c.ink, font, size: 60, grid: { stroke: c.line, width: 1 }, ticks: { show: false }, values: (u, splits) => splits.map(f.tick), space: 48 },
    ],
    series,
    hooks: { draw: [notes], setCursor: [point] },
  }, columns, box);
  plot.classList.add('is-live');
  plot.append(box);
  box.append(tip);
  return { chart, plot, box, height };
}

async function begin() {
  const figures = [...document.querySelectorAll('figure[data-chart]')].filter((f) => f.querySelector('.chart-data'));
  if (!figures.length) return;
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = document.querySelector('meta[name="asset-uplot-css"]').content;
  document.head.append(link);
  await loadScript(document.querySelector('meta[name="asset-uplot"]').content);
  const drawn = new Map();
  const redraw = (figure) => {
    drawn.get(figure)?.box.remove();
    figure.querySelector('.plot').classList.remove('is-live');
    try {
      drawn.set(figure, draw(figure, JSON.parse(figure.querySelector('.chart-data').textContent)));
    } catch (failure) {
      figure.querySelector('.plot').classList.remove('is-live');
      console.warn('the chart stays as it was drawn', failure);
    }
  };
  figures.forEach(redraw);
  document.addEventListener('themechange', () => figures.forEach(redraw));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => figures.forEach(redraw));
  const sizes = new ResizeObserver((entries) => {
    for (const entry of entries) {
      const one = drawn.get(entry.target.closest('figure'));
      if (one && one.chart.width !== entry.target.clientWidth && entry.target.clientWidth > 0)
        one.chart.setSize({ width: entry.target.clientWidth, height: one.height });
    }
  });
  for (const figure of figures) sizes.observe(figure.querySelector('.plot'));
}

begin();
