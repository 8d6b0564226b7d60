/* The playground's page: what the reader chooses, and what is shown of it. Nothing that is computed stands here. */
(function (play) {
  "use strict";

  const { Refusal } = play;
  const BLINK = 700; // milliseconds that each picture stays
  const pause = () => new Promise((resolve) => setTimeout(resolve, 20)); // so that what was said is seen

  class Playground {
    constructor(root) {
      this.root = root;
      this.facts = JSON.parse(root.dataset.facts);
      this.own = { a: null, b: null };
      this.shown = null; // {a, b, fused, names} of what is on the page
      this.turn = 0; // of the last thing that was asked for: who comes late is not shown
      this.canvases = Object.fromEntries([...root.querySelectorAll("canvas")].map((canvas) => [canvas.dataset.canvas, canvas]));
      for (const side of "ab") this.listenToFile(side);
      const fuse = () => this.fuse();
      this.listen("images", "change", fuse);
      this.listen("method", "change", fuse);
      this.listen("plane", "change", () => this.fuse({ plane: true }));
      this.listen("slice", "input", () => {
        clearTimeout(this.soon); // a slider that is dragged asks often
        this.soon = setTimeout(fuse, 30);
      });
      this.listen("window-a", "change", fuse);
      this.listen("window-b", "change", fuse);
      this.listen("swap", "click", () => this.swap());
      this.listen("difference", "change", () => this.difference());
      this.listen("source", "change", () => this.compare());
      this.listen("swipe", "input", () => this.compare());
      this.listen("blink", "click", () => this.blink());
      this.listen("save", "click", () => this.save());
      this.listenToPointer();
      root.querySelectorAll(":disabled").forEach((control) => (control.disabled = false));
      root.dataset.ready = "";
      this.fuse();
    }

    part(name) {
      return this.root.querySelector(`[data-part="${name}"]`);
    }

    listen(name, event, act) {
      this.part(name).addEventListener(event, act);
    }

    say(text) {
      this.part("state").textContent = text;
    }

    /* Sources: a phantom, or the reader's own files. */

    listenToFile(side) {
      const zone = this.root.querySelector(`[data-side="${side}"]`);
      this.listen(`file-${side}`, "change", ({ target }) => {
        const files = [...target.files];
        target.value = ""; // so that the same file can be chosen again
        this.take(side, files);
      });
      zone.addEventListener("dragover", (event) => {
        event.preventDefault();
        zone.classList.add("over");
      });
      zone.addEventListener("dragleave", () => zone.classList.remove("over"));
      zone.addEventListener("drop", (event) => {
        event.preventDefault();
        zone.classList.remove("over");
        this.take(side, [...event.dataTransfer.files]);
      });
    }

    /** Read one file for a side, or two at once: A and B in the order in which they come. */
    async take(side, files) {
      if (!files.length) return;
      const turn = this.begin();
      if (files.length > 2) return this.refuse(turn, new Refusal(`Expected one file, or two at once for A and B; got ${files.length}.`));
      this.part("images").value = "own";
      try {
        const sides = files.length === 2 ? ["a", "b"] : [side];
        for (const at of sides) this.own[at] = null;
        for (const [k, file] of files.entries()) {
          this.say(`Reading ${file.name} …`);
          await pause();
          this.own[sides[k]] = await play.readFile(file);
        }
      } catch (error) {
        return this.refuse(turn, error);
      } finally {
        this.name();
      }
      return this.fuse({ plane: true });
    }

    name() {
      const own = this.part("images").value === "own";
      for (const side of "ab") this.part(`name-${side}`).textContent = own && this.own[side] ? this.own[side].name : own ? "no file yet" : "from the phantom";
    }

    swap() {
      if (this.part("images").value === "own") {
        this.own = { a: this.own.b, b: this.own.a };
        const [a, b] = [this.part("window-a"), this.part("window-b")];
        [a.value, b.value] = [b.value, a.value];
      } else this.swapped = !this.swapped;
      return this.fuse({ keepSwap: true });
    }

    /** The two sources that are chosen, as images; null where one is still missing. */
    async sources(options) {
      const chosen = this.part("images").value, phantom = this.facts.phantoms.find(({ name }) => name === chosen);
      this.name();
      this.part("volume").hidden = true;
      if (phantom) return this.fromPhantom(phantom);
      const { a, b } = this.own;
      if (!a || !b) return null;
      if (a.kind !== b.kind) {
        const said = [a, b].map((source) => `${source.name} is ${source.kind === "volume" ? "NIfTI" : "a picture"}`).join(", ");
        throw new Refusal(`Expected only NIfTI volumes or only pictures: ${said}.`);
      }
      return a.kind === "volume" ? this.fromVolumes(a.volume, b.volume, options) : { a: a.image, b: b.image, names: [a.name, b.name] };
    }

    async fromPhantom(phantom) {
      const content = await play.load(phantom.name, phantom.url);
      const read = (side) => play.decodePng(play.fromBase64(content[side]), `${phantom.title}, ${side}`);
      const [a, b] = [await read("a"), await read("b")], names = phantom.modalities;
      return this.swapped ? { a: b, b: a, names: [names[1], names[0]] } : { a, b, names };
    }

    fromVolumes(a, b, { plane: turned }) {
      this.part("volume").hidden = false;
      const notes = [...play.checkGrids(a, b), ...new Set([...a.notes, ...b.notes])];
      const plane = this.part("plane").value, slider = this.part("slice"), count = play.countSlices(a, plane);
      slider.max = count - 1;
      if (turned) slider.value = Math.floor(count / 2);
      const index = Number(slider.value);
      slider.setAttribute("aria-valuetext", `slice ${index + 1} of ${count}`);
      this.part("slice-said").textContent = `${index + 1} of ${count}`;
      const of = (volume, side) => {
        const window = play.parseWindow(this.part(`window-${side}`).value, this.facts.presets);
        const limits = play.limitsOf(window, volume), { height, width, values } = play.sliceOf(volume, plane, index);
        this.part(`limits-${side}`).textContent = limits.map((limit) => Number(limit.toPrecision(5))).join(" to ");
        return play.image(height, width, 1, play.applyWindow(values, limits));
      };
      // Rounding in the header of b must not turn its slices another way: both lie on the grid of a.
      return { a: of(a, "a"), b: of({ ...b, affine: a.affine, fitted: (b.fitted = b.fitted || {}) }, "b"), names: [a.name, b.name], notes };
    }

    /* Fusion. */

    begin() {
      this.turn += 1;
      this.part("fault").hidden = this.part("note").hidden = true;
      return this.turn;
    }

    async fuse({ plane = false, keepSwap = false } = {}) {
      const turn = this.begin();
      if (!keepSwap && this.part("images").value !== this.images) this.swapped = false;
      this.images = this.part("images").value;
      try {
        const sources = await this.sources({ plane });
        if (turn !== this.turn) return;
        if (!sources) return this.forget(`Choose ${!this.own.a && !this.own.b ? "two files, A and B" : this.own.a ? "a file for B" : "a file for A"}.`);
        play.checkPair(sources.a, sources.b, sources.names);
        this.part("note").textContent = (sources.notes || []).join(" ");
        this.part("note").hidden = !this.part("note").textContent;
        await this.compute(turn, sources);
      } catch (error) {
        this.refuse(turn, error);
      }
    }

    async compute(turn, { a, b, names }) {
      const slug = this.part("method").value, network = this.facts.networks.find((one) => one.slug === slug), times = {};
      const method = network ? play.networkMethod(network, this.facts.files, times) : play.METHODS[slug];
      if (network || a.height * a.width > 2 ** 18) {
        this.say(network ? `${network.title} is computing; the first time it is loaded, too …` : "Computing …");
        await pause();
      }
      const begun = performance.now(), fused = await play.fuse(a, b, method);
      const took = times.took || performance.now() - begun;
      if (turn !== this.turn) return;
      this.shown = { a, b, fused, names, slug };
      this.metrics = play.evaluate(fused, a, b);
      this.show(took);
    }

    /** Say what cannot be done, and take away what was shown: an old picture beside new words would be a lie. */
    refuse(turn, error) {
      if (turn !== this.turn) return;
      this.forget("Nothing was fused.");
      const fault = this.part("fault");
      fault.hidden = false;
      fault.textContent = error instanceof Refusal ? error.message : `This page failed (${(error && error.message) || error}); a smaller image may work.`;
    }

    forget(text) {
      this.shown = this.metrics = null;
      this.stopBlinking();
      Object.values(this.canvases).forEach(play.clear);
      for (const name of ["mi", "qabf", "ssim", "time"]) this.part(name).textContent = "—";
      for (const [name, canvas] of Object.entries(this.canvases)) {
        this.part(`said-${name}`).textContent = "";
        canvas.setAttribute("aria-label", "Empty");
      }
      this.part("results").classList.add("empty");
      this.part("save").disabled = true;
      this.say(text);
    }

    /* What is seen. */

    show(took) {
      const { a, b, fused, names } = this.shown, title = this.part("method").selectedOptions[0].textContent;
      this.part("results").classList.remove("empty");
      this.part("save").disabled = false;
      [[a, "a", `A: ${names[0]}`], [b, "b", `B: ${names[1]}`], [fused, "fused", `Fused: ${title}`]].forEach(([image, name, words]) => {
        play.drawImage(this.canvases[name], image);
        this.canvases[name].setAttribute("aria-label", `${words}, ${image.height} x ${image.width} pixels`);
        this.part(`said-${name}`).textContent = words;
      });
      for (const [name, value] of Object.entries(this.metrics)) this.part(name).textContent = Number.isFinite(value) ? value.toFixed(4) : "no value";
      this.part("time").textContent = took < 1000 ? `${took.toFixed(0)} ms` : `${(took / 1000).toFixed(1)} s`;
      this.difference();
      this.compare();
      const said = ["mi", "qabf", "ssim"].map((name) => `${this.part(name).dataset.title} ${this.part(name).textContent}`).join(", ");
      this.say(`Fused ${fused.height} x ${fused.width} pixels: ${said}.`);
    }

    difference() {
      if (!this.shown) return;
      const side = this.part("difference").value, words = `Fused minus ${side.toUpperCase()}`;
      const most = play.drawDifference(this.canvases.difference, this.shown.fused, this.shown[side]);
      this.part("said-difference").textContent = `${words}: blue −${most.toFixed(2)}, dark 0, orange +${most.toFixed(2)}`;
      this.canvases.difference.setAttribute("aria-label", `${words}; largest difference ${most.toFixed(2)}`);
    }

    compare() {
      if (!this.shown) return;
      const side = this.part("source").value, share = Number(this.part("swipe").value) / 100;
      const parts = this.blinking ? [this.odd ? 1 : 0, this.odd ? "fused" : side.toUpperCase()] : [share, null];
      play.drawSwipe(this.canvases.compare, this.canvases[side], this.canvases.fused, this.blinking ? 1 - parts[0] : share);
      const words = this.blinking ? `Now: ${parts[1]}` : `Left of the line ${side.toUpperCase()}, right of it fused`;
      this.part("said-compare").textContent = words;
      this.canvases.compare.setAttribute("aria-label", this.blinking ? `${side.toUpperCase()} and the fused image in turn` : words);
    }

    blink() {
      if (this.blinking) return this.stopBlinking();
      if (!this.shown) return;
      this.part("blink").textContent = "Stop blinking";
      this.blinking = setInterval(() => {
        this.odd = !this.odd;
        this.compare();
      }, BLINK);
    }

    stopBlinking() {
      clearInterval(this.blinking);
      this.blinking = null;
      this.part("blink").textContent = "Blink";
      this.compare();
    }

    /** The line follows a pointer or a finger; a finger that moves up or down still scrolls the page. */
    listenToPointer() {
      const canvas = this.canvases.compare;
      const move = (event) => {
        if (!event.buttons) return;
        const box = canvas.getBoundingClientRect();
        this.part("swipe").value = Math.min(100, Math.max(0, (100 * (event.clientX - box.left)) / box.width));
        this.compare();
      };
      canvas.addEventListener("pointerdown", move);
      canvas.addEventListener("pointermove", move);
    }

    async save() {
      if (!this.shown) return;
      const bits = Number(this.part("bits").value), { fused, slug } = this.shown;
      try {
        const address = URL.createObjectURL(await play.encodePng(fused, bits));
        Object.assign(document.createElement("a"), { href: address, download: `fused-${slug}.png` }).click();
        setTimeout(() => URL.revokeObjectURL(address), 60_000);
      } catch (error) {
        this.part("fault").hidden = false;
        this.part("fault").textContent = error.message;
      }
    }
  }

  function begin() {
    document.querySelectorAll(".play").forEach((root) => (root.playground = new Playground(root)));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})(globalThis.medfusePlayground);
