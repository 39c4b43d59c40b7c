"use strict";
// What both kinds of report use. Texts of the data only ever become text nodes.

const data = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("report");

/** An element: attributes, `on...` as listeners, children as nodes or texts. */
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "circle", "line", "path", "text", "title"].includes(tag);
  const found = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) found.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) {
      found.setAttribute(name, value === true ? "" : value);
    }
  }
  found.append(...children.filter((child) => child !== null && child !== undefined));
  return found;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A number as it is read: thousands apart, `digits` decimals at most. */
function number(value, digits = 0) {
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** A time: `84.2 s`, `4 min 10 s`, `2 h 5 min`. */
function time(seconds) {
  const sign = seconds < 0 ? "-" : "";
  const size = Math.abs(seconds);
  if (size < 180) return `${sign}${number(size, 1)} s`;
  const whole = Math.round(size);
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([unit]) => whole >= unit);
  const [unit, name] = parts[first];
  const rest = parts[first + 1];
  const below = rest ? Math.floor((whole % unit) / rest[0]) : 0;
  return `${sign}${Math.floor(whole / unit)} ${name}${below ? ` ${below} ${rest[1]}` : ""}`;
}

/** A figure with its unit. */
function figure(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "$") {
    const digits = Math.abs(value) < 1 ? 4 : 2;
    const text = Math.abs(value).toLocaleString("en-US",
      { minimumFractionDigits: 2, maximumFractionDigits: digits });
    return `${value < 0 ? "-" : ""}$${text}`;
  }
  if (unit === "s") return time(value);
  const digits = Math.abs(value) < 10 ? 3 : 1;
  return unit === "%" ? `${number(value, digits)} %` : number(value, digits);
}

/** A figure on an axis: no more digits than it needs. */
function tick(value, unit) {
  if (unit !== "$") return figure(value, unit);
  return `${value < 0 ? "-" : ""}$${number(Math.abs(value), 4)}`;
}

function heading(title, text) {
  return [make("h2", {}, title), ...(text ? [make("p", { class: "muted" }, text)] : [])];
}

/**
 * A table that sorts by its columns and is filtered by a text. Columns: {name, unit, number}; rows:
 * {cells}.
 * `open` is called with a row that is chosen. Returns {node, show(rows), choose(row)}.
 */
function sortable(columns, rows, { label, open, filter, sorted } = {}) {
  const body = make("tbody");
  const count = make("span", { class: "muted", "aria-live": "polite" });
  let by = sorted ?? null;
  let down = false;
  let all = rows;
  let chosen = null;
  let words = "";
  const shown = (cell, column) => (column.number ? figure(cell, column.unit) : cell ?? "");
  const known = (row, cell, at) => String(shown(cell, columns[at])).toLowerCase().includes(words);
  function draw() {
    let list = words ? all.filter((row) => row.cells.some((cell, at) => known(row, cell, at))) : all;
    if (by !== null) {
      const [a, b] = [-1, 1].map((sign) => (down ? -sign : sign));
      list = [...list].sort((one, other) => {
        const [x, y] = [one.cells[by], other.cells[by]];
        if (x === y) return 0;
        // What is not there stands last, whichever way.
        if (x === null || x === "") return 1;
        if (y === null || y === "") return -1;
        return x < y ? a : b;
      });
    }
    body.replaceChildren(...list.map((row) => {
      const cells = row.cells.map((cell, at) => {
        const text = shown(cell, columns[at]);
        return make("td", { class: columns[at].number && "number", title: text }, text);
      });
      const choose = open && (() => open(row));
      return make("tr", {
        class: open && (row === chosen ? "open chosen" : "open"), tabindex: open && 0,
        onclick: choose || (() => {}),
        onkeydown: (event) => event.key === "Enter" && choose && choose(),
      }, ...cells);
    }));
    count.textContent = list.length === rows.length ? `${number(rows.length)} ${rows.length === 1 ? "row" : "rows"}`
      : `${number(list.length)} of ${number(rows.length)} rows`;
    heads.forEach((head, at) => {
      head.setAttribute("aria-sort", by !== at ? "none" : down ? "descending" : "ascending");
    });
  }
  const heads = columns.map((column, at) => make("th",
    { scope: "col", class: column.number && "number", title: column.title },
    make("button", {
      type: "button",
      onclick: () => { down = by === at && !down; by = at; draw(); },
    }, column.name)));
  const search = make("input", {
    type: "search", placeholder: "filter", "aria-label": `filter ${label}`,
    oninput: (event) => { words = event.target.value.trim().toLowerCase(); draw(); },
  });
  const node = make("div", {},
    make("div", { class: "bar" }, filter === false ? null : search, count),
    make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
      make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body)));
  draw();
  return {
    node,
    show(list) { all = list; draw(); },
    choose(row) { chosen = row; draw(); },
  };
}

/** The head of a page. */
function head() {
  document.title = data.title;
  page.append(
    make("h1", {}, data.title), make("p", { class: "muted" }, data.subtitle),
    ...(data.answer ? [make("p", {}, data.answer)] : []),
    make("div", { class: "facts" }, ...data.facts.map(([name, value]) => make("div", {},
      make("span", {}, name), make("b", {}, value)))));
  if (data.warnings.length) {
    page.append(make("div", { class: "warnings" }, make("ul", {},
      ...data.warnings.map((text) => make("li", {}, text)))));
  }
}
