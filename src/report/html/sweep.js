// The report of a sweep: its points on a plane of two figures, filtered by the values of the axes.

const WIDTH = 780;
const HEIGHT = 470;
const LEFT = 84;
const BOTTOM = HEIGHT - 52;
const CLASSES = { front: "front", not_distinguishable: "near", dominated: "beaten", none: "beaten" };
const NAMES = {
  front: `on the Pareto front${data.worlds ? " of its world" : ""}`, not_distinguishable: "not distinguishable from it",
  dominated: "beaten by a point of the front", none: "no choice: tasks wait, or figures lack",
};

const off = data.axes.map(() => new Set());
const columns = [
  { name: "#", number: true },
  ...data.axes.map((axis) => ({ name: axis.short, title: axis.name })),
  ...data.metrics.map((metric) => ({
    name: metric.short, title: metric.path, number: true, unit: metric.unit,
  })),
  { name: "stands" },
];
const rows = data.points.map((point) => ({
  point,
  cells: [
    point.point,
    // Numbers sort as numbers.
    ...point.values.map((value, axis) => data.axes[axis].numbers[value] ?? data.axes[axis].values[value]),
    ...point.figures.map((of) => (of ? of[0] : null)),
    point.error ?? NAMES[point.standing],
  ],
}));
let [across, up] = [data.objectives[0] ?? 0, data.objectives[1] ?? Math.min(1, data.metrics.length - 1)];
let chosen = null;

const plane = make("div");
const card = make("div", { class: "card", "aria-live": "polite" });
const tip = make("div", { class: "tip", hidden: true });
const shown = make("span", { class: "muted", id: "shown", "aria-live": "polite" });
const scenario = make("div");
const table = sortable(columns, rows, {
  label: "points", open: (row) => choose(row.point), sorted: 1 + data.axes.length + across,
});

function visible(point) {
  return point.values.every((value, axis) => !off[axis].has(value));
}

/** Round steps from `low` to `high`. */
function ticks(low, high) {
  const rough = (high - low) / 6 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((known) => known >= rough);
  const found = [];
  for (let at = Math.ceil(low / step); at * step <= high + step * 1e-9; at += 1) found.push(at * step);
  return found;
}

/** A scale over the means of `metric`, with room around. */
function scale(points, metric, from, to) {
  const means = points.map((point) => point.figures[metric][0]);
  let [low, high] = [Math.min(...means), Math.max(...means)];
  const room = (high - low) * 0.12 || Math.abs(high) * 0.1 || 1;
  [low, high] = [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
  if (low > 0 && low < 0.4 * high) low = 0;
  const place = (value) => from + ((value - low) / (high - low)) * (to - from);
  return { low, high, place };
}

function draw() {
  const points = data.points.filter((point) => visible(point) && point.figures[across]
    && point.figures[up]);
  shown.textContent = `${points.length} of ${data.points.length} points`;
  table.show(rows.filter((row) => visible(row.point)));
  const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": "points" });
  if (points.length) {
    const x = scale(points, across, LEFT, WIDTH - 14);
    const y = scale(points, up, BOTTOM, 30);
    const [mx, my] = [data.metrics[across], data.metrics[up]];
    for (const value of ticks(x.low, x.high)) {
      const at = x.place(value);
      svg.append(make("line", { class: "grid", x1: at, x2: at, y1: 30, y2: BOTTOM }),
        make("text", { x: at, y: BOTTOM + 18, "text-anchor": "middle" }, tick(value, mx.unit)));
    }
    for (const value of ticks(y.low, y.high)) {
      const at = y.place(value);
      svg.append(make("line", { class: "grid", x1: LEFT, x2: WIDTH - 14, y1: at, y2: at }),
        make("text", { x: LEFT - 8, y: at + 4, "text-anchor": "end" }, tick(value, my.unit)));
    }
    svg.append(make("text", { class: "muted", x: LEFT, y: 16 }, my.name),
      make("text", { class: "muted", x: (LEFT + WIDTH) / 2, y: HEIGHT - 8, "text-anchor": "middle" },
        mx.name));
    const order = ["none", "dominated", "not_distinguishable", "front"];
    const sorted = [...points].sort((a, b) => order.indexOf(a.standing) - order.indexOf(b.standing));
    for (const point of sorted) svg.append(...mark(point, x, y));
    if (chosen && points.includes(chosen)) svg.append(...runsOf(chosen, x, y));
  } else {
    svg.append(make("text", { x: WIDTH / 2, y: HEIGHT / 2, "text-anchor": "middle" },
      "No point is left: set a filter back."));
  }
  plane.replaceChildren(svg);
}

function clip(value, [low, high]) {
  return Math.min(Math.max(value, low), high);
}

function mark(point, x, y) {
  const [a, b] = [point.figures[across], point.figures[up]];
  const [px, py] = [x.place(a[0]), y.place(b[0])];
  const kind = CLASSES[point.standing];
  const line = (x1, y1, x2, y2) => make("line",
    { class: kind, x1, y1, x2, y2, "stroke-opacity": 0.45, "stroke-width": 1.2 });
  const [wide, high] = [[LEFT, WIDTH - 14], [30, BOTTOM]];
  return [
    a[1] === null ? null
      : line(clip(x.place(a[1]), wide), py, clip(x.place(a[2]), wide), py),
    b[1] === null ? null
      : line(px, clip(y.place(b[1]), high), px, clip(y.place(b[2]), high)),
    make("circle", {
      class: `point ${kind}${point === chosen ? " chosen" : ""}`, cx: px, cy: py,
      r: point.standing === "front" ? 7 : 5, tabindex: 0, role: "button",
      "aria-label": `${point.label}: ${words(point)}`, "data-point": point.point,
      onmouseenter: (event) => hover(point, event), onmousemove: (event) => hover(point, event),
      onmouseleave: () => { tip.hidden = true; },
      onfocus: (event) => hover(point, event), onblur: () => { tip.hidden = true; },
      onclick: () => choose(point),
      onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") choose(point); },
    }),
  ].filter((node) => node !== null);
}

/** The runs of a point, small. */
function runsOf(point, x, y) {
  return point.runs.filter((run) => run.figures[across] !== null && run.figures[up] !== null)
    .map((run) => {
      const said = `seed ${run.seed}: ${figure(run.figures[across], data.metrics[across].unit)}, `
        + figure(run.figures[up], data.metrics[up].unit);
      return make("circle", {
        class: "run", r: 3, fill: "none", stroke: "currentColor",
        cx: clip(x.place(run.figures[across]), [LEFT, WIDTH - 14]),
        cy: clip(y.place(run.figures[up]), [30, BOTTOM]),
      }, make("title", {}, said));
    });
}

/** Of several runs that differ. */
function range([, low, high], unit) {
  return low === null || low === high ? "" : `${figure(low, unit)} to ${figure(high, unit)}`;
}

function interval(of, unit) {
  const said = range(of, unit);
  return figure(of[0], unit) + (said ? ` (95 %: ${said})` : "");
}

function words(point) {
  return [across, up].map((at) => {
    const metric = data.metrics[at];
    return `${metric.name} ${interval(point.figures[at], metric.unit)}`;
  }).join("; ");
}

function hover(point, event) {
  const box = event.target.getBoundingClientRect();
  tip.replaceChildren(make("b", {}, point.label), ...[across, up].map((at) => {
    const metric = data.metrics[at];
    return make("div", {}, `${metric.name}: ${interval(point.figures[at], metric.unit)}`);
  }), make("div", { class: "muted" }, `${point.runs.length} runs; ${NAMES[point.standing]}`));
  tip.hidden = false;
  const left = Math.min(box.right + 10, innerWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${Math.max(8, Math.min(box.top, innerHeight - tip.offsetHeight - 8))}px`;
}

/** Shows a point's figures and the scenario behind it. */
function choose(point) {
  chosen = point;
  table.choose(rows.find((row) => row.point === point));
  const figures = data.metrics.map((metric, at) => {
    const of = point.figures[at];
    return make("tr", {}, make("td", {}, metric.name),
      make("td", { class: "number" }, of ? figure(of[0], metric.unit) : "–"),
      make("td", { class: "number muted" }, of ? range(of, metric.unit) : ""));
  });
  card.replaceChildren(make("b", {}, `Point ${point.point}: ${point.label}`),
    point.error ? make("p", {}, `It cannot run: ${point.error}`)
      : make("table", {}, make("tr", {}, make("td"), make("td", { class: "number muted" }, "mean"),
        make("td", { class: "number muted" }, point.runs.length > 1 ? "95 % interval" : "")), ...figures));
  // A name in quotes may hold a quote.
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const others = point.values.map((value, axis) => data.axes[axis])
    .filter((axis, at) => !axis.sets[point.values[at]].length).map((axis) => axis.name);
  const sets = point.values.flatMap((value, axis) => data.axes[axis].sets[value]);
  scenario.replaceChildren(...heading("The scenario behind the point",
    `Point ${point.point}: ${point.label}`),
  make("pre", {}, ["taskyard run SCENARIO \\", ...sets.map((set) => `  --set ${quoted(set)} \\`),
    `  --seed ${point.runs[0]?.seed ?? 1}`].join("\n")),
  make("p", { class: "muted" }, others.length ? `${others.join(", ")}: another scenario, see the sweep below.`
    : "SCENARIO is the file that the sweep varies."));
  draw();
}

function filters() {
  return data.axes.map((axis, at) => make("fieldset", {}, make("legend", {}, axis.name),
    ...axis.values.map((name, value) => make("label", {}, make("input", {
      type: "checkbox", checked: true, "data-axis": at, "data-value": value,
      onchange: (event) => {
        if (event.target.checked) off[at].delete(value); else off[at].add(value);
        draw();
      },
    }), ` ${name}`))));
}

function picker(label, current, set) {
  return make("label", {}, `${label} `, make("select", {
    onchange: (event) => { set(Number(event.target.value)); draw(); },
  }, ...data.metrics.map((metric, at) => make("option",
    { value: at, selected: at === current }, metric.name))));
}

head();
page.append(...heading("Filter"), make("div", { class: "bar" }, ...filters()),
  make("div", { class: "bar" },
    picker("across", across, (at) => { across = at; }), picker("up", up, (at) => { up = at; }), shown,
    ...["front", "not_distinguishable", "dominated"]
      .filter((kind) => data.points.some((point) => point.standing === kind))
      .map((kind) => make("span", {}, make("span", { class: `swatch ${CLASSES[kind]}` }), NAMES[kind]))),
  make("div", { class: "plane" }, plane, card), ...heading("Points", "Click a row for its scenario."),
  table.node, scenario,
  ...(data.resolved ? [...heading("The sweep"), make("details", {},
    make("summary", {}, "sweep.resolved.toml"), make("pre", {}, data.resolved))] : []),
  make("p", { class: "muted" }, data.foot), tip);
card.replaceChildren(make("span", { class: "muted" }, "Click a point for its figures and its scenario."));
draw();
