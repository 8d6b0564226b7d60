/* The trainer on a page: controls, the loop of frames, what is said. Needs gan.js, gan_data.js and gan_draw.js. */
(function () {
  "use strict";

  const { Game, Pass } = window.medfuseGan;
  const { Random, SIGMA, grid, ring, points, modeCoverage, balance } = window.medfuseGanData;
  const { RANGE, SHOWN, Surface, Painter } = window.medfuseGanDraw;

  const SIZE = { width: 48, layers: 3, batch: 64 };
  const DRAWN = 256; // real points and samples in the picture
  const COUNTED = 1000; // samples that are judged
  const BUDGET = 14; // milliseconds of training in a frame
  const SLOW = 1000; // milliseconds between pictures for who wants little motion
  const OFTEN = 10; // frames between counts
  const SAID = 1000; // steps between what is said while it runs
  const MOST_POINTS = 60;
  const APART = 0.25; // of two points of one stroke
  const TRIANGLE = [[-1, -0.8], [1, -0.8], [0, 1]];

  class Lab {
    constructor(root) {
      this.root = root;
      this.canvas = root.querySelector("canvas");
      this.painter = new Painter(this.canvas);
      this.own = TRIANGLE.map((place) => [...place]);
      this.cross = [0, 0];
      this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
      Object.assign(this, { running: false, target: Infinity, visible: true, frames: 0, painted: 0 });
      this.wire();
      this.reset();
      root.querySelectorAll(":disabled").forEach((control) => (control.disabled = false));
      root.dataset.ready = "true";
    }

    part(name) {
      return this.root.querySelector(`[data-part="${name}"]`);
    }

    /* The game */

    get data() {
      const made = { grid, ring, own: () => ({ centers: this.own, sigma: SIGMA }) };
      return made[this.part("data").value]();
    }

    reset() {
      const objective = this.part("objective").value;
      this.objective = objective;
      const seed = Math.trunc(Number(this.part("seed").value)) || 0;
      this.game = new Game({ objective, turns: Number(this.part("turns").value), ...SIZE });
      this.part("turns").options[0].text = `usual (${window.medfuseGan.OBJECTIVES[objective].turns} : 1)`;
      this.random = new Random(seed);
      this.game.generator.begin(this.random);
      this.game.discriminator.begin(this.random);
      const { generator, discriminator } = this.game;
      const looks = new Random(~seed);
      this.noise = looks.normals(2 * COUNTED);
      this.spread = looks.normals(2 * DRAWN);
      this.surface = new Surface(discriminator, objective);
      this.showing = new Pass(generator, DRAWN);
      this.counting = new Pass(generator, COUNTED);
      this.judgingReal = new Pass(discriminator, DRAWN);
      this.feeling = new Pass(discriminator, DRAWN);
      this.place();
      this.root.querySelector(".gan-own").hidden = !this.drawing;
      this.look(true);
      this.say(`Ready: ${this.data.centers.length} modes, seed ${seed}.`);
    }

    // Real points for the picture; they follow what is drawn.
    place() {
      const { centers, sigma } = this.data;
      this.real = this.spread.map((value, k) => (centers.length ? centers[(k >> 1) % centers.length][k & 1] + sigma * value : NaN));
    }

    train() {
      const { batch } = SIZE;
      const real = points(this.data, batch, this.random);
      const noise = this.random.normals(2 * batch);
      const share = this.game.between ? Float64Array.from({ length: batch }, () => this.random.uniform()) : null;
      const { discriminator } = this.game.step(real, noise, share);
      if (!Number.isFinite(discriminator)) throw new RangeError("the loss is no number any more");
    }

    /* What is seen */

    look(all) {
      this.painter.fit();
      if (all) this.surface.renew();
      else this.surface.advance();
      this.shown = this.showing.forward(this.noise.subarray(0, 2 * DRAWN));
      this.said = this.feeling.forward(this.shown);
      const slopes = this.said.map((d) => this.game.chosen.generator[1](d));
      this.pull = this.feeling.backward(slopes);
      const cross = this.drawing && document.activeElement === this.canvas ? this.cross : null;
      this.painter.paint({ surface: this.surface, real: this.real, samples: this.shown, pull: this.pull, cross });
      if (all || this.frames % OFTEN === 0) this.count();
      this.frames += 1;
    }

    count() {
      const known = this.data.centers.length > 0;
      const samples = this.counting.forward(this.noise);
      const { found, modes, good, imbalance } = known ? modeCoverage(samples, this.data) : { found: 0, modes: 0, good: 0, imbalance: 0 };
      let strength = 0;
      for (let k = 0; k < this.pull.length; k += 2) strength += Math.hypot(this.pull[k], this.pull[k + 1]) / DRAWN;
      const numbers = {
        step: String(this.game.steps),
        found: `${found} of ${modes}`,
        good: `${(100 * good).toFixed(0)} %`,
        imbalance: imbalance.toFixed(2),
        balance: known ? balance(this.judgingReal.forward(this.real), this.said).toFixed(2) : "",
        pull: strength.toFixed(strength < 0.1 ? 4 : 2),
      };
      for (const [name, value] of Object.entries(numbers)) this.part(name).textContent = value;
      const [what, low, high] = this.surface.words;
      this.part("low").textContent = `${what} = ${low.toFixed(SHOWN[this.objective][1] ? 0 : 2)}`;
      this.part("high").textContent = high.toFixed(SHOWN[this.objective][1] ? 0 : 2);
      this.numbers = `${numbers.found} modes found, ${numbers.good} good samples, KL ${numbers.imbalance}`;
    }

    say(text) {
      this.part("state").textContent = text;
      this.canvas.setAttribute("aria-label", this.drawing ? this.canvas.dataset.drawing : `${this.canvas.dataset.picture} ${text}`);
    }

    sayNumbers(start) {
      this.say(`${start} ${this.game.steps}: ${this.numbers}.`);
    }

    /* The loop: as many steps as fit into a frame, then a picture */

    start(target = Infinity) {
      if (!this.data.centers.length) {
        this.say("Draw a point first.");
        return;
      }
      this.target = target;
      if (this.running) return;
      this.running = true;
      this.part("start").textContent = "Pause";
      this.say("Training.");
      window.requestAnimationFrame(() => this.frame());
    }

    pause(words = "Paused at step") {
      this.running = false;
      this.part("start").textContent = "Start";
      this.look(true);
      this.sayNumbers(words);
    }

    frame() {
      if (!this.running) return;
      if (this.visible) {
        try {
          this.advance();
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          this.pause("Stopped, because the loss is no number any more, at step");
          return;
        }
        if (this.game.steps >= this.target) {
          this.pause();
          return;
        }
      }
      window.requestAnimationFrame(() => this.frame());
    }

    advance() {
      const begun = performance.now();
      const before = Math.floor(this.game.steps / SAID);
      do this.train();
      while (performance.now() - begun < BUDGET && this.game.steps < this.target);
      if (!this.calm.matches || begun - this.painted > SLOW) {
        this.look(this.calm.matches);
        this.painted = begun;
      }
      if (Math.floor(this.game.steps / SAID) > before) this.sayNumbers("Step");
    }

    /* Controls */

    get drawing() {
      return this.part("data").value === "own";
    }

    wire() {
      const press = (name, action) => this.part(name).addEventListener("click", action);
      press("start", () => (this.running ? this.pause() : this.start()));
      press("one", () => this.start(this.game.steps + 1));
      press("hundred", () => this.start(this.game.steps + 100));
      press("reset", () => {
        this.running = false;
        this.part("start").textContent = "Start";
        this.reset();
      });
      press("undo", () => this.remove());
      press("clear", () => this.clear());
      for (const name of ["data", "objective", "turns", "seed"]) this.part(name).addEventListener("change", () => this.choose());
      this.wireCanvas();
      new IntersectionObserver((entries) => (this.visible = entries.at(-1).isIntersecting)).observe(this.root);
      new ResizeObserver(() => this.running || this.look(false)).observe(this.canvas);
    }

    choose() {
      this.target = Infinity;
      const { canvas, drawing } = this;
      canvas.classList.toggle("drawing", drawing);
      canvas.setAttribute("role", drawing ? "application" : "img");
      if (drawing) canvas.tabIndex = 0;
      else canvas.removeAttribute("tabindex");
      this.reset();
      if (this.running && !this.data.centers.length) this.pause();
      else if (this.running) this.say("Training, from step 0.");
    }

    wireCanvas() {
      let last = null;
      this.canvas.addEventListener("pointerdown", (event) => {
        if (!this.drawing) return;
        this.canvas.setPointerCapture(event.pointerId);
        last = this.painter.place(event);
        this.add(last);
      });
      this.canvas.addEventListener("pointermove", (event) => {
        if (last === null) return;
        const here = this.painter.place(event);
        if (Math.hypot(here[0] - last[0], here[1] - last[1]) < APART) return;
        last = here;
        this.add(here);
      });
      for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => (last = null));
      for (const turn of ["focus", "blur"]) this.canvas.addEventListener(turn, () => this.running || this.look(false));
      this.canvas.addEventListener("keydown", (event) => this.key(event));
    }

    key(event) {
      if (!this.drawing) return;
      const by = event.shiftKey ? 0.5 : 0.1;
      const moves = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] };
      if (event.key in moves) {
        this.cross = this.cross.map((value, n) => Math.min(Math.max(value + moves[event.key][n], 0.05 - RANGE), RANGE - 0.05));
        this.say(`Cross at ${words(this.cross)}.`);
        if (!this.running) this.look(false);
      } else if (event.key === "Enter" || event.key === " ") this.add([...this.cross]);
      else if (event.key === "Backspace" || event.key === "Delete") this.remove();
      else return;
      event.preventDefault();
    }

    add(place) {
      if (this.own.length < MOST_POINTS) this.own.push(place);
      this.redraw(this.own.length < MOST_POINTS ? `Point ${this.own.length} at ${words(place)}.` : `${MOST_POINTS} points; more are not taken.`);
    }

    remove() {
      this.own.pop();
      if (!this.own.length) this.clear();
      else this.redraw(`${this.own.length} points left.`);
    }

    clear() {
      this.own = [];
      if (this.running) this.pause();
      this.redraw("No points. Draw one.");
    }

    redraw(text) {
      this.place();
      if (!this.running) this.look(true);
      this.say(text);
    }
  }

  function words([x, y]) {
    return `x ${x.toFixed(1)}, y ${y.toFixed(1)}`;
  }

  function begin() {
    document.querySelectorAll(".gan-lab").forEach((root) => (root.lab = new Lab(root)));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
