// The report of a run: curves over time, its tasks and instances, what it rests on.

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
  86400, 172800, 432000, 864000, 2592000];

/** Values upon one another, the hidden ones left out; the last series lies at the bottom. */
function stacked(chart, hidden) {
  const sums = new Array(chart.times.length).fill(0);
  const above = [];
  for (let at = chart.series.length - 1; at >= 0; at -= 1) {
    if (!hidden[at]) chart.series[at].values.forEach((value, i) => { sums[i] += value ?? 0; });
    above[at] = [...sums];
  }
  return [chart.times, ...above];
}

function draw(chart, into) {
  const hidden = chart.series.map(() => false);
  const lines = () => (chart.stacked ? stacked(chart, hidden)
    : [chart.times, ...chart.series.map((series) => series.values)]);
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 }, font: "13px sans-serif" };
  const stepped = uPlot.paths.stepped({ align: 1 });
  const plot = new uPlot({
    width: into.clientWidth, height: 250,
    cursor: { sync: { key: "time", scales: ["x", null] }, y: false, points: { show: false } },
    scales: { x: { time: false }, y: { range: (_, low, high) => [Math.min(0, low), high * 1.06 || 1] } },
    axes: [
      { ...axis, incrs: STEPS, space: 80, values: (_, ticks) => ticks.map(time) },
      { ...axis, size: 74, values: (_, ticks) => ticks.map((at) => tick(at, chart.unit)) },
    ],
    series: [
      { label: "time", value: (_, value) => (value === null ? "–" : time(value)) },
      ...chart.series.map((series) => ({
        label: series.name, stroke: series.colour, width: chart.stacked ? 0 : 1.5,
        fill: chart.stacked ? series.colour : series.fill && `${series.colour}55`, paths: stepped,
        points: { show: false }, spanGaps: false,
        value: (self, _, at, i) => (i === null || i === undefined ? "–"
          : figure(chart.series[at - 1].values[i], chart.unit)),
      })),
    ],
    hooks: {
      setSeries: [(self, at, options) => {
        if (!chart.stacked || at === null || options.show === undefined) return;
        hidden[at - 1] = !options.show;
        self.setData(lines(), false);
      }],
      draw: [(self) => moments(self)],
    },
  }, lines(), into);
  if (data.until < chart.times[chart.times.length - 1]) plot.setScale("x", { min: 0, max: data.until });
  // The names of the legend hide and show: also by keys.
  into.querySelectorAll(".u-series th").forEach((name, at) => {
    if (at === 0) return;
    name.tabIndex = 0;
    name.setAttribute("role", "button");
    name.addEventListener("keydown", (event) => event.key === "Enter" && name.click());
  });
  return plot;
}

/** What was done from outside. */
function moments(plot) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour("--ink");
  ctx.fillStyle = colour("--ink");
  ctx.font = `${12 * devicePixelRatio}px sans-serif`;
  ctx.setLineDash([4, 4]);
  let free = 0;
  for (const [at, name] of data.moments) {
    const x = plot.valToPos(at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (x > free) {
      ctx.fillText(name, x + 4, bbox.top + 12 * devicePixelRatio);
      free = x + 12 + ctx.measureText(name).width;
    }
  }
  ctx.restore();
}

function charts() {
  const places = data.charts.map((chart) => {
    const place = make("div", { class: "chart", role: "img", "aria-label": chart.title });
    page.append(...heading(chart.title, chart.text), place);
    return place;
  });
  let plots = [];
  const all = () => {
    plots.forEach((plot) => plot.destroy());
    plots = data.charts.map((chart, at) => draw(chart, places[at]));
  };
  all();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => plots.forEach((plot, at) => {
      plot.setSize({ width: places[at].clientWidth, height: 250 });
    }), 100);
  });
}

function tables() {
  for (const table of data.tables) {
    const rows = table.rows.map((cells) => ({ cells }));
    page.append(...heading(table.title, table.text),
      sortable(table.columns, rows, { label: table.title }).node);
  }
}

head();
if (data.charts.length) {
  const quiet = data.until < data.horizon ? ` Shown are the first ${time(data.until)}: then little changes.` : "";
  page.append(make("p", { class: "muted" }, "Hover for values, drag to zoom in, double-click for all; "
    + `a name of the legend hides its curve.${quiet}`));
}
charts();
tables();
page.append(...heading("The scenario", "Every value, those that were not stated too."),
  make("details", {}, make("summary", {}, "scenario.resolved.toml"), make("pre", {}, data.scenario)),
  make("p", { class: "muted" }, data.foot));
