/* The leaderboard to look at: a plot of two measures, filters, and columns that sort. Without it the tables stand as they are.
 * Reads the script of type application/json that stands behind each table. Needs nothing else. */
(function () {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const COLORS = ["#56b4e9", "#e69f00", "#cc79a7", "#2fbf8f", "#f0e442", "#d55e00", "#c9d1d9"];
  const SHAPES = ["M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0", "M0-6L6 0L0 6L-6 0Z", "M-5-5H5V5H-5Z", "M0-6L6 5H-6Z",
    "M-6-2H-2V-6H2V-2H6V2H2V6H-2V2H-6Z", "M0 6L6-5H-6Z", "M-6-2H6V2H-6Z"];
  const HEIGHT = 340;
  const MARGIN = { left: 56, right: 14, top: 12, bottom: 46 };

  function make(name, attributes, parent, text) {
    const node = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
    if (text) node.textContent = text;
    parent.append(node);
    return node;
  }

  function tag(name, parent, text, attributes) {
    const node = document.createElement(name);
    if (text) node.textContent = text;
    Object.entries(attributes || {}).forEach(([key, value]) => node.setAttribute(key, value));
    parent.append(node);
    return node;
  }

  function steps(low, high) {
    const raw = (high - low) / 4 || 1;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((digit) => digit * power).find((value) => value >= raw);
    const found = [];
    for (let k = Math.ceil(low / step); k * step <= high; k += 1) found.push(Number((k * step).toPrecision(6)));
    return found;
  }

  class Board {
    constructor(data, table) {
      this.data = JSON.parse(data.textContent);
      this.table = table;
      this.rows = [...table.querySelectorAll("tbody tr")];
      this.families = [...new Set(this.data.rows.map((row) => row.family))];
      this.box = document.createElement("div");
      this.box.className = "leaderboard-plot";
      (table.closest(".pst-scrollable-table-container") || table).before(this.box);
      this.controls();
      this.heads();
      this.apply();
      new ResizeObserver(() => this.draw()).observe(this.box);
    }

    select(label, options, chosen) {
      const field = tag("label", this.bar, label);
      const list = tag("select", field);
      options.forEach(([value, text]) => tag("option", list, text, { value }));
      list.value = chosen;
      list.addEventListener("change", () => this.apply());
      return list;
    }

    controls() {
      this.bar = tag("div", this.box, "", { class: "leaderboard-bar" });
      const measures = this.data.metrics.map((metric) => [metric.slug, metric.heading]);
      const all = (values) => [["", "all"], ...values.map((value) => [value, value])];
      this.x = this.select("To the right", measures, measures[0][0]);
      this.y = this.select("Up", measures, (measures[3] || measures[measures.length - 1])[0]);
      this.family = this.select("Family", all(this.families), "");
      this.evidence = this.select("Evidence", all([...new Set(this.data.rows.map((row) => row.evidence))]), "");
      this.svg = make("svg", { class: "leaderboard-svg", role: "group" }, this.box);
      this.svg.addEventListener("keydown", (event) => this.walk(event));
      this.legend = tag("p", this.box, "", { class: "leaderboard-legend" });
      this.said = tag("p", this.box, "", { class: "card-note", "aria-live": "polite" });
    }

    /* A button in each head: sorts downwards, upwards, and as it was. */
    heads() {
      this.table.querySelectorAll("thead th").forEach((head, column) => {
        const text = head.textContent.trim();
        head.textContent = "";
        const button = tag("button", head, text, { type: "button", class: "leaderboard-sort", title: "sort" });
        button.addEventListener("click", () => this.sort(head, column));
      });
    }

    sort(head, column) {
      const next = { none: "descending", descending: "ascending", ascending: "none" };
      const way = next[head.getAttribute("aria-sort") || "none"];
      this.table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
      if (way !== "none") head.setAttribute("aria-sort", way);
      const order = this.data.rows.map((row, place) => place);
      const value = (place) => {
        const row = this.data.rows[place];
        if (column === 0) return row.title.toLowerCase();
        const found = row.values[this.data.metrics[column - 1].slug];
        return found ? found[0] : -Infinity;
      };
      const turn = way === "ascending" ? 1 : -1;
      if (way !== "none") order.sort((a, b) => (value(a) < value(b) ? -turn : value(a) > value(b) ? turn : a - b));
      const body = this.table.querySelector("tbody");
      order.forEach((place) => body.append(this.rows[place]));
    }

    apply() {
      this.shown = this.data.rows.map((row) =>
        (!this.family.value || row.family === this.family.value) &&
        (!this.evidence.value || row.evidence === this.evidence.value));
      this.rows.forEach((row, place) => { row.hidden = !this.shown[place]; });
      this.draw();
    }

    metric(slug) {
      return this.data.metrics.find((metric) => metric.slug === slug);
    }

    draw() {
      const width = Math.max(this.box.clientWidth, 260); // read once: it lays out the whole page
      const axes = [this.x.value, this.y.value];
      const points = this.data.rows
        .map((row, place) => ({ row, place, at: axes.map((slug) => row.values[slug]) }))
        .filter((point) => this.shown[point.place] && point.at.every(Boolean));
      this.svg.replaceChildren();
      this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      this.svg.setAttribute("height", HEIGHT);
      this.said.textContent = `${points.length} of ${this.data.rows.length} methods. ${this.data.said}`;
      this.svg.setAttribute("aria-label", `${this.metric(axes[1]).heading} over ${this.metric(axes[0]).heading}, ` +
        `${points.length} methods; the table below has the same numbers.`);
      this.drawLegend();
      if (!points.length) return;
      const ends = axes.map((slug, k) => this.range(points.map((point) => point.at[k])));
      const right = (value) => MARGIN.left + (value - ends[0][0]) / (ends[0][1] - ends[0][0]) * (width - MARGIN.left - MARGIN.right);
      const up = (value) => HEIGHT - MARGIN.bottom - (value - ends[1][0]) / (ends[1][1] - ends[1][0]) * (HEIGHT - MARGIN.top - MARGIN.bottom);
      this.drawAxes(ends, right, up, width);
      points.sort((a, b) => a.at[0][0] - b.at[0][0]); // so that the arrow keys go from left to right
      points.forEach((point) => this.drawPoint(point, right, up, width));
    }

    /* One stop for the tab key; the arrow keys go from mark to mark. */
    walk(event) {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const marks = [...this.svg.querySelectorAll(".point")];
      const next = marks[marks.indexOf(document.activeElement) + step];
      if (!step) return;
      event.preventDefault();
      if (next) next.focus();
    }

    range(values) {
      const all = values.flat().filter((value) => Number.isFinite(value));
      const [low, high] = [Math.min(...all), Math.max(...all)];
      const room = 0.06 * (high - low) || 0.01;
      return [low - room, high + room];
    }

    drawAxes(ends, right, up, width) {
      const [x, y] = [this.metric(this.x.value), this.metric(this.y.value)];
      steps(...ends[0]).forEach((value) => {
        make("line", { x1: right(value), x2: right(value), y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, class: "grid" }, this.svg);
        make("text", { x: right(value), y: HEIGHT - MARGIN.bottom + 16, "text-anchor": "middle" }, this.svg, String(value));
      });
      steps(...ends[1]).forEach((value) => {
        make("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: up(value), y2: up(value), class: "grid" }, this.svg);
        make("text", { x: MARGIN.left - 6, y: up(value) + 4, "text-anchor": "end" }, this.svg, String(value));
      });
      make("text", { x: width / 2, y: HEIGHT - 8, "text-anchor": "middle", class: "title" }, this.svg, x.heading);
      make("text", { transform: `translate(14 ${HEIGHT / 2}) rotate(-90)`, "text-anchor": "middle", class: "title" }, this.svg, y.heading);
    }

    drawPoint(point, right, up, width) {
      const [x, y] = point.at;
      const family = this.families.indexOf(point.row.family);
      const color = COLORS[family % COLORS.length];
      const first = this.svg.querySelector(".point") === null;
      const group = make("g", { tabindex: first ? 0 : -1, role: "img", class: "point" }, this.svg);
      const said = this.data.metrics.filter((metric) => [this.x.value, this.y.value].includes(metric.slug))
        .map((metric) => `${metric.heading} ${Number(point.row.values[metric.slug][0].toPrecision(3))}`);
      const words = `${point.row.title} (${point.row.family}): ${said.join(", ")}`;
      group.setAttribute("aria-label", words);
      make("title", {}, group, words);
      const line = { stroke: color, "stroke-width": 1.2, opacity: 0.8 };
      if (x.length > 1) make("line", { x1: right(x[1]), x2: right(x[2]), y1: up(y[0]), y2: up(y[0]), ...line }, group);
      if (y.length > 1) make("line", { x1: right(x[0]), x2: right(x[0]), y1: up(y[1]), y2: up(y[2]), ...line }, group);
      make("path", { d: SHAPES[family % SHAPES.length], transform: `translate(${right(x[0])} ${up(y[0])})`, fill: color }, group);
      const name = make("text", { x: right(x[0]) + 9, y: up(y[0]) - 7, class: "name" }, group, point.row.title);
      if (right(x[0]) > width * 0.6) {
        name.setAttribute("text-anchor", "end");
        name.setAttribute("x", right(x[0]) - 9);
      }
      group.classList.toggle("baseline", point.row.baseline);
      const mark = (on) => this.rows[point.place].classList.toggle("is-pointed", on);
      ["mouseenter", "focus"].forEach((event) => group.addEventListener(event, () => mark(true)));
      ["mouseleave", "blur"].forEach((event) => group.addEventListener(event, () => mark(false)));
    }

    drawLegend() {
      this.legend.replaceChildren();
      this.families.forEach((family, place) => {
        const item = tag("span", this.legend);
        const svg = make("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" }, item);
        make("path", { d: SHAPES[place % SHAPES.length], fill: COLORS[place % COLORS.length] }, svg);
        item.append(` ${family}`);
      });
    }
  }

  function begin() {
    document.querySelectorAll("script.leaderboard-data").forEach((data) => {
      let before = data.previousElementSibling;
      while (before && !before.matches("table.leaderboard") && !before.querySelector("table.leaderboard")) before = before.previousElementSibling;
      if (before) new Board(data, before.matches("table") ? before : before.querySelector("table.leaderboard"));
    });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
