/* Fusion as the library does it, to the last bit of float32 where that can be had: the order of roundings is NumPy's.
 * methods/classical, transforms/pyramid.py, color/luminance.py and methods/adapter.py say why; tests hold them together. */
(function (play) {
  "use strict";

  const { Refusal } = play;
  const f32 = Math.fround;

  /* Methods: from two gray planes {height, width, data} to the data of a third. */

  const LEVELS = 4;

  const METHODS = {
    average: (a, b) => a.data.map((x, k) => f32(f32(x * 0.5) + f32(b.data[k] * 0.5))),
    maximum: (a, b) => a.data.map((x, k) => Math.max(x, b.data[k])),
    laplacian_pyramid: (a, b) => synthesise(fuseBands(analyse(a, LEVELS), analyse(b, LEVELS))),
  };

  function fuseBands(a, b) {
    const details = a.details.map((band, n) => plane(band.height, band.width, band.data.map((x, k) => stronger(x, b.details[n].data[k]))));
    return { details, base: plane(a.base.height, a.base.width, a.base.data.map((x, k) => f32(f32(x + b.base.data[k]) / 2))) };
  }

  function stronger(x, y) {
    const evidence = Math.abs(x) - Math.abs(y);
    if (evidence > 0 || x === y) return x;
    return evidence < 0 ? y : f32(f32(x + y) / 2);
  }

  /* The Laplacian pyramid of Burt and Adelson. */

  const plane = (height, width, data) => ({ height, width, data: data || new Float32Array(height * width) });

  function analyse(image, levels) {
    const details = [];
    let fine = image;
    for (let level = 0; level < levels; level += 1) {
      const coarse = reduce(fine), back = expand(coarse, fine.height, fine.width);
      details.push(plane(fine.height, fine.width, fine.data.map((x, k) => x - back.data[k])));
      fine = coarse;
    }
    return { details, base: fine };
  }

  function synthesise({ details, base }) {
    return details.reduceRight((image, detail) => {
      const back = expand(image, detail.height, detail.width);
      return plane(detail.height, detail.width, detail.data.map((x, k) => x + back.data[k]));
    }, base).data;
  }

  /** [1 4 6 4 1] / 16 down the columns, then along the rows, every second place kept; mirrored at the border. */
  function reduce({ height, width, data }) {
    const half = plane(Math.ceil(height / 2), width), made = plane(half.height, Math.ceil(width / 2));
    const mirror = (k, count) => {
      for (let at = k; ; ) {
        if (at < 0) at = -at;
        else if (at >= count) at = 2 * (count - 1) - at;
        else return at;
        if (count === 1) return 0;
      }
    };
    const blur = (target, source, outer, inner, length, place) => {
      for (let n = 0; n < length; n += 1) {
        const [p2, p1, p0, n1, n2] = [-2, -1, 0, 1, 2].map((k) => place(mirror(2 * n + k, inner)));
        for (let k = 0; k < outer.count; k += 1) {
          const at = k * outer.step;
          target[outer.at(n, k)] = (source[p2 + at] + source[n2 + at] + 4 * (source[p1 + at] + source[n1 + at]) + 6 * source[p0 + at]) / 16;
        }
      }
    };
    blur(half.data, data, { count: width, step: 1, at: (n, k) => n * width + k }, height, half.height, (row) => row * width);
    blur(made.data, half.data, { count: half.height, step: width, at: (n, k) => k * made.width + n }, width, made.width, (column) => column);
    return made;
  }

  function expand(image, height, width) {
    const tall = plane(height, image.width);
    double(tall.data, image.data, image.height, height, image.width, image.width, 1, 1);
    const wide = plane(height, width);
    double(wide.data, tall.data, image.width, width, 1, 1, image.width, width, height);
    return wide;
  }

  /** Even places (x[k-1] + 6 x[k] + x[k+1]) / 8, odd ones (x[k] + x[k+1]) / 2, along an axis whose places lie `from` or `to` apart. */
  function double(target, source, count, length, from, to, fromNext, toNext, lines = from) {
    const before = Math.min(1, count - 1), after = length % 2 ? Math.max(count - 2, 0) : count - 1;
    for (let k = 0; k < count; k += 1) {
      const previous = (k ? k - 1 : before) * from, next = (k < count - 1 ? k + 1 : after) * from, odd = 2 * k + 1 < length;
      for (let line = 0; line < lines; line += 1) {
        const at = line * fromNext, x = source[k * from + at], y = source[next + at], out = 2 * k * to + line * toNext;
        target[out] = f32(f32(source[previous + at] + y) + f32(6 * x)) / 8;
        if (odd) target[out + to] = f32(x + y) / 2;
      }
    }
  }

  /* Color: luminance is fused in YCbCr, chroma is kept. */

  const [R, G, B] = [0.299, 0.587, 0.114], NEUTRAL = 0.5;
  const clipped = (x) => Math.min(Math.max(x, 0), 1);

  function luma({ height, width, channels, data }) {
    if (channels === 1) return plane(height, width, data);
    const made = plane(height, width);
    for (let k = 0; k < made.data.length; k += 1) made.data[k] = clipped(R * data[3 * k] + G * data[3 * k + 1] + B * data[3 * k + 2]);
    return made;
  }

  /** Cb and Cr of a pixel, in float32 as they are kept. */
  function chroma({ channels, data }, k) {
    if (channels === 1) return [NEUTRAL, NEUTRAL];
    const [red, green, blue] = [data[3 * k], data[3 * k + 1], data[3 * k + 2]];
    const cb = (-R * red - G * green) / (2 * (1 - B)) + blue / 2, cr = red / 2 - (G * green + B * blue) / (2 * (1 - R));
    return [f32(clipped(cb + NEUTRAL)), f32(clipped(cr + NEUTRAL))];
  }

  const merged = (x, y) => {
    const [p, q] = [x - NEUTRAL, y - NEUTRAL], weight = Math.abs(p) + Math.abs(q);
    return weight > 0 ? (p * Math.abs(p) + q * Math.abs(q)) / weight : 0;
  };

  function recolored(y, a, b) {
    const made = play.image(a.height, a.width, 3);
    for (let k = 0; k < y.length; k += 1) {
      const of = a.channels === 3 ? chroma(a, k) : chroma(b, k), other = b.channels === 3 ? chroma(b, k) : of;
      const both = a.channels === 3 && b.channels === 3;
      const [cb, cr] = [0, 1].map((c) => (both ? merged(of[c], other[c]) : of[c] - NEUTRAL));
      const red = y[k] + 2 * (1 - R) * cr, blue = y[k] + 2 * (1 - B) * cb;
      made.data[3 * k] = clipped(red);
      made.data[3 * k + 1] = clipped((y[k] - R * red - B * blue) / G);
      made.data[3 * k + 2] = clipped(blue);
    }
    return made;
  }

  /** Refuse what `fuse` refuses: sources on different grids, or too small ones. */
  function checkPair(a, b, names) {
    if (a.height !== b.height || a.width !== b.width) {
      throw new Refusal(
        `${names[1]}: expected the grid of ${names[0]}, ${a.height} x ${a.width}, got ${b.height} x ${b.width}; register and resample one image onto the other first.`
      );
    }
    play.checkSize(names[0], a.height, a.width);
  }

  /** The fused image of two sources: luminance by `method` (it may take its time), color kept, clipped, black stays black. */
  async function fuse(a, b, method) {
    const data = await method(luma(a), luma(b));
    if (data.length !== a.height * a.width || !data.every(Number.isFinite)) throw new Error("the method gave no finite image of this size");
    const y = Float32Array.from(data, clipped);
    const made = a.channels === 1 && b.channels === 1 ? play.image(a.height, a.width, 1, y) : recolored(y, a, b);
    for (let k = 0; k < y.length; k += 1) if (isBlack(a, k) && isBlack(b, k)) made.data.fill(0, k * made.channels, (k + 1) * made.channels);
    return made;
  }

  function isBlack({ channels, data }, k) {
    for (let c = 0; c < channels; c += 1) if (data[k * channels + c] !== 0) return false;
    return true;
  }

  Object.assign(play, { METHODS, fuse, luma, checkPair });
})(globalThis.medfusePlayground);
