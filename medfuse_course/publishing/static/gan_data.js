/* What a game on points is played with and judged by: a seeded generator, the data, modes found. Needs gan.js only.
 * Data as in training/playground.py, numbers as in metrics/modes.py and training/adversaries.py. */
(function (global) {
  "use strict";

  /* xoshiro128** of Blackman and Vigna, begun by a splitmix of the seed: the same numbers on every machine. */
  class Random {
    constructor(seed) {
      let state = seed >>> 0;
      this.state = Uint32Array.from({ length: 4 }, () => {
        state = (state + 0x9e3779b9) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
        mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
        return mixed ^ (mixed >>> 16);
      });
    }

    bits() {
      const s = this.state;
      const turn = (x, by) => (x << by) | (x >>> (32 - by));
      const result = Math.imul(turn(Math.imul(s[1], 5), 7), 9) >>> 0;
      const shifted = s[1] << 9;
      s[2] ^= s[0];
      s[3] ^= s[1];
      s[1] ^= s[2];
      s[0] ^= s[3];
      s[2] ^= shifted;
      s[3] = turn(s[3], 11);
      return result;
    }

    // In [0, 1).
    uniform() {
      return this.bits() / 2 ** 32;
    }

    // Box and Muller.
    normal() {
      return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
    }

    normals(count) {
      return Float64Array.from({ length: count }, () => this.normal());
    }
  }

  /* Data: equally likely round Gaussians around centers, at a standard deviation of 1 along each axis. They are wider
   * than the library's, so that the eye sees them and networks as small as these reach them within a minute. */
  const SIGMA = 0.05;

  function grid() {
    const line = [-2, -1, 0, 1, 2].map((k) => k / Math.SQRT2);
    return { centers: line.flatMap((x) => line.map((y) => [x, y])), sigma: SIGMA };
  }

  function ring() {
    const angles = Array.from({ length: 8 }, (_, k) => (2 * Math.PI * k) / 8);
    return { centers: angles.map((t) => [Math.SQRT2 * Math.cos(t), Math.SQRT2 * Math.sin(t)]), sigma: SIGMA };
  }

  function points({ centers, sigma }, count, random) {
    const drawn = new Float64Array(2 * count);
    for (let i = 0; i < count; i += 1) {
      const center = centers[Math.floor(random.uniform() * centers.length)];
      drawn[2 * i] = center[0] + sigma * random.normal();
      drawn[2 * i + 1] = center[1] + sigma * random.normal();
    }
    return drawn;
  }

  /* How samples cover the centers: modes with a good sample, share of good samples (within 3 sigma of their nearest
   * center), KL(p || uniform) in nats of the share p of samples nearest to each. */
  function modeCoverage(samples, { centers, sigma }) {
    const counts = new Array(centers.length).fill(0);
    const found = new Set();
    const count = samples.length / 2;
    let good = 0;
    for (let i = 0; i < count; i += 1) {
      let nearest = 0;
      let least = Infinity;
      for (let n = 0; n < centers.length; n += 1) {
        const distance = (samples[2 * i] - centers[n][0]) ** 2 + (samples[2 * i + 1] - centers[n][1]) ** 2;
        if (distance < least) {
          nearest = n;
          least = distance;
        }
      }
      counts[nearest] += 1;
      if (least <= (3 * sigma) ** 2) {
        good += 1;
        found.add(nearest);
      }
    }
    const imbalance = counts.reduce((sum, n) => sum + (n ? (n / count) * Math.log((n * centers.length) / count) : 0), 0);
    return { found: found.size, modes: centers.length, good: good / count, imbalance };
  }

  // The share of pairs in which the discriminator gives the real point more: 0.5 where it cannot tell, 1 where it can.
  function balance(real, fake) {
    const sorted = Float64Array.from(fake).sort();
    const below = (value, among) => {
      let [low, high] = [0, sorted.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (among(sorted[middle], value)) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    let sum = 0;
    for (const value of real) sum += below(value, (a, b) => a < b) + below(value, (a, b) => a <= b);
    return sum / (2 * real.length * sorted.length);
  }

  global.medfuseGanData = { SIGMA, Random, grid, ring, points, modeCoverage, balance };
})(globalThis);
