/* Figures on pages without a kernel: fits panels to the width of the page, keeps the state of several controls
 * together, and makes every slider and menu usable by keyboard, by touch and by screen reader.
 * Reads what medfuse_course.plots and medfuse_course.widgets.static leave in layout.meta. Needs plotly.js only. */
(function () {
  "use strict";

  // The same numbers as in plots/images.py, and the width below which a row holds fewer panels.
  const GAP = 12;
  const MAX_PANEL = 340;
  const MIN_PANEL = 120;
  const ANIMATE = { mode: "immediate", frame: { duration: 0, redraw: true }, transition: { duration: 0 } };

  const CSS = `
    /* Classes of axes carry their number: xtick, x2tick, y10title. */
    .medfuse-figure :is(.annotation-text, text[class$="title"], [class$="tick"] text, .legendtext, .legendtitletext, .slider-label) {
      fill: currentColor !important;
    }
    .medfuse-output { background: none !important; color: inherit !important; padding: 0 !important; }
    .medfuse-figure :is(.slider-group, .updatemenu-header):focus { outline: none; }
    .medfuse-figure :is(.slider-group, .updatemenu-header):focus-visible { outline: 2px solid var(--pst-color-secondary, #2f8fd0); outline-offset: 4px; }
    .medfuse-figure .slider-group:focus-visible .slider-grip-rect { stroke: var(--pst-color-secondary, #2f8fd0) !important; stroke-width: 4px !important; }
    .medfuse-figure :is(.slider-grip-rect, .slider-rail-touch-rect) { touch-action: pan-y; }
    html[data-theme="dark"] .medfuse-figure .updatemenu-item-rect { fill: #232c37 !important; stroke: #56616e !important; }
    html[data-theme="dark"] .medfuse-figure .updatemenu-dropdown-button:hover rect { fill: #3a4756 !important; }
    html[data-theme="dark"] .medfuse-figure :is(.updatemenu-item-text, .updatemenu-header-arrow) { fill: #e6edf3 !important; }
    .medfuse-pick .draglayer .drag { cursor: pointer !important; }
    .medfuse-spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  `;

  /* Panels: as many in a row as the width allows, as high as their images. */

  function panelLayout(grid, width, margin) {
    const fitting = Math.max(1, Math.floor((width + GAP) / (MIN_PANEL + GAP)));
    const rows = Math.ceil(grid.count / Math.min(grid.columns, fitting));
    const columns = fitting < grid.columns ? Math.ceil(grid.count / rows) : grid.columns; // no lone panel in a last row
    const panel = Math.min((width - (columns - 1) * GAP) / columns, MAX_PANEL);
    const left = (width - columns * panel - (columns - 1) * GAP) / 2;
    const cell = grid.strip + panel * grid.aspect;
    const height = rows * cell + (rows - 1) * GAP;
    const update = { height: Math.ceil(height) + margin.t + margin.b };
    for (let n = 0; n < grid.count; n += 1) {
      const suffix = n === 0 ? "" : String(n + 1);
      const x = left + (n % columns) * (panel + GAP);
      const bottom = (rows - 1 - Math.floor(n / columns)) * (cell + GAP);
      update[`xaxis${suffix}.domain`] = [Math.max(x / width, 0), Math.min((x + panel) / width, 1)];
      update[`yaxis${suffix}.domain`] = [bottom / height, Math.min((bottom + panel * grid.aspect) / height, 1)];
    }
    return update;
  }

  function fit(figure) {
    const width = figure.clientWidth;
    if (width < 1 || width === figure.medfuseWidth) return;
    figure.medfuseWidth = width;
    const grid = figure.layout.meta.panels;
    if (!grid) {
      window.Plotly.Plots.resize(figure);
      return;
    }
    const margin = figure.layout.margin;
    const update = panelLayout(grid, width - margin.l - margin.r, margin);
    figure.style.height = `${update.height}px`;
    figure.parentElement.style.height = "auto"; // plotly's wrapper keeps the first height
    window.Plotly.relayout(figure, { ...update, autosize: true });
  }

  /* Controls: one state for all of them; the frame of a combination is named by its positions, "2-0-1". */

  function readControls(figure) {
    const counts = { slider: 0, menu: 0 };
    return figure.layout.meta.explore.controls.map(function (control) {
      const number = counts[control.kind];
      counts[control.kind] += 1;
      return { ...control, number };
    });
  }

  function element(figure, control) {
    const selector = control.kind === "slider" ? "g.slider-group" : "g.updatemenu-header";
    return figure.querySelectorAll(selector)[control.number];
  }

  function wire(figure) {
    const controls = readControls(figure);
    const native = figure.layout.meta.explore.native; // plotly itself moves a single control
    const spoken = document.createElement("div");
    spoken.className = "medfuse-spoken";
    spoken.setAttribute("aria-live", "polite");
    figure.after(spoken);
    let waiting = false;

    function show() {
      if (waiting) return; // a fast drag draws once per screen frame
      waiting = true;
      window.requestAnimationFrame(function () {
        waiting = false;
        const name = controls.map((control) => control.active).join("-");
        figure.dataset.frame = name;
        window.Plotly.animate(figure, [name], ANIMATE).catch(function () {}); // interrupted by the next position
      });
    }

    function describe() {
      controls.forEach(function (control, index) {
        const node = element(figure, control);
        if (node) name(node, control, index);
      });
    }

    function moved(kind, number, active) {
      const control = controls.find((one) => one.kind === kind && one.number === number);
      if (!control || control.active === active) return;
      control.active = active;
      describe();
      if (!native) show();
    }

    function move(control, position) {
      const active = Math.min(Math.max(position, 0), control.labels.length - 1);
      if (active === control.active) return;
      control.active = active;
      if (control.kind === "menu") spoken.textContent = `${control.title}: ${control.labels[active]}`;
      const place = control.kind === "slider" ? "sliders" : "updatemenus";
      window.Plotly.relayout(figure, { [`${place}[${control.number}].active`]: active }).then(show);
    }

    figure.addEventListener("keydown", function (event) {
      const node = event.target.closest("[data-control]");
      if (node) press(event, node, controls[Number(node.dataset.control)], move);
    });
    figure.on("plotly_sliderchange", (event) => moved("slider", event.slider._index, event.slider.active));
    figure.on("plotly_buttonclicked", (event) => moved("menu", event.menu._index, event.active));
    figure.on("plotly_afterplot", describe);
    describe();
    if (figure.layout.meta.explore.pick) letPick(figure, controls, move);
  }

  /* A click or a tap on a picture sets two sliders to the nearest place. Plotly covers the page while a button is down,
   * so the release is heard by the document. */

  function letPick(figure, controls, move) {
    let from = null;
    figure.classList.add("medfuse-pick");
    figure.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; }, true);
    document.addEventListener("pointerup", function (event) {
      const still = from && Math.hypot(event.clientX - from[0], event.clientY - from[1]) < 8;
      from = null;
      const shares = still && sharesOf(figure, event.clientX, event.clientY);
      if (!shares) return;
      figure.layout.meta.explore.pick.forEach(function (pick, axis) {
        const far = (place) => Math.abs(place - shares[axis]);
        const best = pick.places.reduce((old, place, k) => (far(place) < far(pick.places[old]) ? k : old), 0);
        move(controls[pick.control], best);
      });
    });
  }

  function sharesOf(figure, x, y) {
    const box = figure.getBoundingClientRect();
    const drawn = figure._fullLayout;
    for (const name of Object.keys(drawn).filter((key) => /^xaxis\d*$/.test(key))) {
      const [across, down] = [drawn[name], drawn[name.replace("x", "y")]];
      const shares = [(x - box.left - across._offset) / across._length, (y - box.top - down._offset) / down._length];
      if (shares.every((share) => share >= 0 && share <= 1)) return shares;
    }
    return null;
  }

  function name(node, control, index) {
    const label = control.labels[control.active];
    const common = { "data-control": index, tabindex: 0 };
    const roles =
      control.kind === "slider"
        ? {
            role: "slider",
            "aria-label": control.title,
            "aria-valuemin": 0,
            "aria-valuemax": control.labels.length - 1,
            "aria-valuenow": control.active,
            "aria-valuetext": label,
          }
        : { role: "combobox", "aria-haspopup": "listbox", "aria-expanded": false, "aria-label": `${control.title}: ${label}` };
    for (const [key, value] of Object.entries({ ...common, ...roles })) node.setAttribute(key, String(value));
    node.querySelectorAll(".slider-labels").forEach((labels) => labels.setAttribute("aria-hidden", "true"));
  }

  function press(event, node, control, move) {
    const last = control.labels.length - 1;
    const sign = control.kind === "slider" ? 1 : -1; // down goes to a smaller number, but to the next entry of a list
    const leap = Math.max(1, Math.round(last / 5));
    const targets = {
      ArrowRight: control.active + 1,
      ArrowLeft: control.active - 1,
      ArrowUp: control.active + sign,
      ArrowDown: control.active - sign,
      PageUp: control.active + sign * leap,
      PageDown: control.active - sign * leap,
      Home: 0,
      End: last,
    };
    if (event.key in targets) {
      event.preventDefault();
      move(control, targets[event.key]);
    } else if (control.kind === "menu" && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      node.dispatchEvent(new MouseEvent("click", { bubbles: true })); // unfolds plotly's own list, and folds it again
    }
  }

  /* Start: plotly draws each figure from an inline script; wait for it, then adopt it. */

  function adopt(figure) {
    figure.classList.add("medfuse-figure");
    const output = figure.closest(".text_html");
    if (output) output.classList.add("medfuse-output");
    if (!figure.closest("[aria-label]")) {
      figure.setAttribute("role", "figure"); // not "img", which would hide the controls inside
      figure.setAttribute("aria-label", figure.layout.meta.alt);
    }
    if (figure.layout.meta.explore) wire(figure);
    new ResizeObserver(() => fit(figure)).observe(figure);
    fit(figure);
    figure.dataset.ready = "true";
  }

  function ready(figure) {
    if (!figure._fullLayout || !figure.layout || !figure.on) return false;
    const meta = figure.layout.meta;
    return !(meta && meta.explore) || (figure._transitionData && figure._transitionData._frames.length > 0);
  }

  function start() {
    const style = document.createElement("style");
    style.textContent = CSS;
    document.head.append(style);
    let pending = [...document.querySelectorAll(".plotly-graph-div")];
    const timer = window.setInterval(function () {
      for (const figure of pending.filter(ready)) if (figure.layout.meta && figure.layout.meta.alt) adopt(figure);
      pending = pending.filter((figure) => !ready(figure));
      if (pending.length === 0) window.clearInterval(timer);
    }, 50);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
