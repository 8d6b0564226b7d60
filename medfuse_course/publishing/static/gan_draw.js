/* The picture of a game: the discriminator's surface, real points, samples, the pull on each. Needs gan.js. */
(function (global) {
  "use strict";

  const RANGE = 2.2; // the plane is shown from -RANGE to RANGE along each axis
  const SIDE = 48; // of the surface, in numbers
  const STRIPES = 4; // the surface is asked so many rows of numbers at a time, one stripe for each frame
  const ARROWS = 96;
  const LONGEST = 0.35; // arrow, in units of the plane

  // The dark part of viridis, as color/pseudocolor.py has it: equal steps of lightness, and what is drawn on it stays bright.
  const COLORS = (
    "440154 470d60 48186a 482374 472d7b 453681 424086 3f4989 3b528b 375a8d " +
    "33638d 2f6a8e 2c728e 297a8e 26818e 23898e 21908c 1f988b 1f9f88 21a685"
  ).split(" ").map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const REAL = "#f2f5f9";
  const MADE = "#ffb347";

  // What of d is shown: a probability, a label, or whatever lies between the least and the most on the plane.
  const SHOWN = {
    saturating: ["sigmoid(d)", (d) => global.medfuseGan.sigmoid(d)],
    non_saturating: ["sigmoid(d)", (d) => global.medfuseGan.sigmoid(d)],
    lsgan: ["d", (d) => d],
    wgan: ["d", null],
    wgan_gp: ["d", null],
  };

  function color(share) {
    const place = Math.min(Math.max(share || 0, 0), 1) * (COLORS.length - 1); // of a broken game, which has no numbers, dark
    const low = Math.min(Math.floor(place), COLORS.length - 2);
    return COLORS[low].map((value, n) => value + (place - low) * (COLORS[low + 1][n] - value));
  }

  class Surface {
    constructor(discriminator, objective) {
      Object.assign(this, { discriminator, objective, stripe: 0, low: 0, high: 1 });
      this.asked = discriminator.alike(); // as it was at the first stripe, or the surface would have seams
      this.pass = new global.medfuseGan.Pass(this.asked, (SIDE * SIDE) / STRIPES);
      this.input = new Float64Array((2 * SIDE * SIDE) / STRIPES);
      this.numbers = new Float64Array(SIDE * SIDE);
      this.image = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
    }

    // Ask the discriminator about the next stripe; the picture changes when all stripes are there.
    advance() {
      const { stripe, input } = this;
      if (stripe === 0) this.asked.weights.set(this.discriminator.weights);
      const count = input.length / 2;
      for (let k = 0; k < count; k += 1) {
        const cell = stripe * count + k;
        input[2 * k] = RANGE * (2 * (((cell % SIDE) + 0.5) / SIDE) - 1);
        input[2 * k + 1] = RANGE * (1 - 2 * ((Math.floor(cell / SIDE) + 0.5) / SIDE));
      }
      this.numbers.set(this.pass.forward(input), stripe * count);
      this.stripe = (stripe + 1) % STRIPES;
      if (this.stripe === 0) this.paint();
    }

    renew() {
      this.stripe = 0;
      for (let n = 0; n < STRIPES; n += 1) this.advance();
    }

    paint() {
      const shown = SHOWN[this.objective][1];
      const fixed = shown !== null;
      [this.low, this.high] = fixed ? [0, 1] : [Math.min(...this.numbers), Math.max(...this.numbers)];
      const context = this.image.getContext("2d");
      const pixels = context.createImageData(SIDE, SIDE);
      this.numbers.forEach((d, k) => {
        const share = fixed ? shown(d) : (d - this.low) / (this.high - this.low || 1);
        pixels.data.set([...color(share), 255], 4 * k);
      });
      context.putImageData(pixels, 0, 0);
    }

    // What the colors mean, in words and numbers.
    get words() {
      return [SHOWN[this.objective][0], this.low, this.high];
    }
  }

  class Painter {
    constructor(canvas) {
      this.canvas = canvas;
      this.context = canvas.getContext("2d");
      this.fit();
    }

    // As many pixels as the screen has there, two for each of CSS's at most.
    fit() {
      const side = Math.round(this.canvas.clientWidth * Math.min(window.devicePixelRatio || 1, 2));
      if (side && side !== this.canvas.width) this.canvas.width = this.canvas.height = side;
      this.scale = this.canvas.width / (2 * RANGE);
    }

    pixel(x, y) {
      return [(x + RANGE) * this.scale, (RANGE - y) * this.scale];
    }

    // Where on the plane a pointer is.
    place(event) {
      const box = this.canvas.getBoundingClientRect();
      const inside = (share) => Math.min(Math.max(share, 0.02), 0.98);
      const [x, y] = [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
      return [RANGE * (2 * x - 1), RANGE * (1 - 2 * y)];
    }

    paint({ surface, real, samples, pull, cross }) {
      const { context, canvas } = this;
      context.imageSmoothingEnabled = true;
      context.drawImage(surface.image, 0, 0, canvas.width, canvas.height);
      const unit = canvas.width / 400;
      this.rings(real, 2.6 * unit, 1.1 * unit);
      if (pull) this.arrows(samples, pull, unit);
      this.dots(samples, 2.1 * unit, 0.5 * unit);
      if (cross) this.cross(cross, 9 * unit, unit);
    }

    rings(points, radius, line) {
      const { context } = this;
      Object.assign(context, { strokeStyle: REAL, lineWidth: line, globalAlpha: 0.85 });
      context.beginPath();
      for (let k = 0; k < points.length; k += 2) {
        const [x, y] = this.pixel(points[k], points[k + 1]);
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.stroke();
      context.globalAlpha = 1;
    }

    dots(points, radius, line) {
      const { context } = this;
      Object.assign(context, { fillStyle: MADE, strokeStyle: "#0d1117", lineWidth: 2 * line });
      context.beginPath();
      for (let k = 0; k < points.length; k += 2) {
        const [x, y] = this.pixel(points[k], points[k + 1]);
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.stroke(); // first, so that a crowd stays bright
      context.fill();
    }

    // Where a sample would go, against its derivative. Strong pulls are shown shorter than they are, none as none.
    arrows(samples, pull, unit) {
      const { context } = this;
      Object.assign(context, { strokeStyle: MADE, lineWidth: 1.2 * unit, globalAlpha: 0.9 });
      context.beginPath();
      for (let i = 0; i < Math.min(ARROWS, samples.length / 2); i += 1) {
        const strength = Math.hypot(pull[2 * i], pull[2 * i + 1]);
        if (!(strength > 0.01)) continue;
        const length = LONGEST / (1 + strength);
        const [x, y] = [samples[2 * i], samples[2 * i + 1]];
        const [dx, dy] = [-pull[2 * i] * length, -pull[2 * i + 1] * length];
        this.line(x, y, x + dx, y + dy);
        this.line(x + dx, y + dy, x + 0.75 * dx - 0.12 * dy, y + 0.75 * dy + 0.12 * dx);
        this.line(x + dx, y + dy, x + 0.75 * dx + 0.12 * dy, y + 0.75 * dy - 0.12 * dx);
      }
      context.stroke();
      context.globalAlpha = 1;
    }

    line(fromX, fromY, toX, toY) {
      this.context.moveTo(...this.pixel(fromX, fromY));
      this.context.lineTo(...this.pixel(toX, toY));
    }

    // Where the keyboard would put a point: dark under bright, to be seen everywhere.
    cross([x, y], reach, unit) {
      const { context } = this;
      const [middleX, middleY] = this.pixel(x, y);
      for (const [style, width] of [["#0d1117", 5 * unit], ["#ffffff", 2 * unit]]) {
        Object.assign(context, { strokeStyle: style, lineWidth: width });
        context.beginPath();
        context.moveTo(middleX - reach, middleY);
        context.lineTo(middleX + reach, middleY);
        context.moveTo(middleX, middleY - reach);
        context.lineTo(middleX, middleY + reach);
        context.stroke();
      }
    }
  }

  global.medfuseGanDraw = { RANGE, COLORS, SHOWN, Surface, Painter };
})(globalThis);
