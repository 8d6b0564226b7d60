/* MI, Qabf and SSIM of a fused image and its sources: the course preset of medfuse_course.metrics, in double precision. */
(function (play) {
  "use strict";

  /** {mi, qabf, ssim}; NaN where a metric has no value. RGB counts by its luma. */
  function evaluate(fused, a, b) {
    const { height, width } = fused;
    // Multiplied in single precision, k / 255 comes back as exactly k.
    const [f, x, y] = [fused, a, b].map((image) => Float64Array.from(play.luma(image).data, (value) => Math.fround(value * 255)));
    return { mi: information(f, x) + information(f, y), qabf: edges(f, x, y, height, width), ssim: structure(f, x, y, height, width) };
  }

  /* Mutual information in bits, from gray levels rounded to 8 bits. */

  function information(f, x) {
    const joint = new Float64Array(65536), ofF = new Float64Array(256), ofX = new Float64Array(256);
    for (let k = 0; k < f.length; k += 1) {
      const [i, j] = [play.roundEven(f[k]), play.roundEven(x[k])];
      joint[i * 256 + j] += 1;
      ofF[i] += 1;
      ofX[j] += 1;
    }
    return Math.max(0, entropy(ofF, f.length) + entropy(ofX, f.length) - entropy(joint, f.length));
  }

  const entropy = (counts, total) => -counts.reduce((sum, n) => (n ? sum + (n / total) * Math.log2(n / total) : sum), 0);

  /* Edges carried over: Xydeas and Petrovic. */

  function sobel(image, height, width) {
    const strength = new Float64Array(image.length), angle = new Float64Array(image.length);
    for (let y = 0; y < height; y += 1) {
      const [up, here, down] = [Math.max(y - 1, 0) * width, y * width, Math.min(y + 1, height - 1) * width];
      for (let x = 0; x < width; x += 1) {
        const left = Math.max(x - 1, 0), right = Math.min(x + 1, width - 1);
        const across = image[up + left] - image[up + right] + 2 * (image[here + left] - image[here + right]) + image[down + left] - image[down + right];
        const along = image[down + left] - image[up + left] + 2 * (image[down + x] - image[up + x]) + image[down + right] - image[up + right];
        strength[here + x] = Math.sqrt(across * across + along * along);
        angle[here + x] = across === 0 ? Math.PI / 2 : Math.atan(along / across);
      }
    }
    return { strength, angle };
  }

  const sigmoid = (x) => 1 / (1 + Math.exp(-x));

  function edges(f, a, b, height, width) {
    const fused = sobel(f, height, width);
    let kept = 0, total = 0;
    for (const source of [a, b].map((image) => sobel(image, height, width))) {
      for (let k = 0; k < f.length; k += 1) {
        const [one, two] = [source.strength[k], fused.strength[k]], larger = Math.max(one, two);
        const ratio = larger > 0 ? Math.min(one, two) / larger : 1;
        const agreement = Math.abs(Math.abs(source.angle[k] - fused.angle[k]) * (2 / Math.PI) - 1);
        kept += 0.9994 * 0.9879 * sigmoid(15 * (ratio - 0.5)) * sigmoid(22 * (agreement - 0.8)) * one;
        total += one;
      }
    }
    return total ? kept / total : NaN; // both sources constant: no edge to keep
  }

  /* Structural similarity under Wang's 11 x 11 Gaussian window, where it fits; the mean over the two sources. */

  const SIDE = 11, C1 = (0.01 * 255) ** 2, C2 = (0.03 * 255) ** 2;
  const TAPS = Array.from({ length: SIDE }, (_, k) => Math.exp(-((k - 5) ** 2) / (2 * 1.5 ** 2)));
  const SUM = TAPS.reduce((sum, tap) => sum + tap);
  const WINDOW = TAPS.map((tap) => tap / SUM);

  function blurred(x, y, height, width) {
    const rows = height - SIDE + 1, columns = width - SIDE + 1;
    const down = new Float64Array(rows * width), made = new Float64Array(rows * columns), product = new Float64Array(x.length);
    for (let k = 0; k < x.length; k += 1) product[k] = y ? x[k] * y[k] : x[k];
    for (let r = 0; r < rows; r += 1) for (let t = 0; t < SIDE; t += 1) {
      const tap = WINDOW[t], from = (r + t) * width, to = r * width;
      for (let c = 0; c < width; c += 1) down[to + c] += tap * product[from + c];
    }
    for (let r = 0; r < rows; r += 1) for (let t = 0; t < SIDE; t += 1) {
      const tap = WINDOW[t], from = r * width + t, to = r * columns;
      for (let c = 0; c < columns; c += 1) made[to + c] += tap * down[from + c];
    }
    return made;
  }

  function structure(f, a, b, height, width) {
    if (Math.min(height, width) < SIDE) return NaN;
    const mean = blurred(f, null, height, width), square = blurred(f, f, height, width);
    const of = (source) => {
      const other = blurred(source, null, height, width), power = blurred(source, source, height, width), both = blurred(source, f, height, width);
      let sum = 0;
      for (let k = 0; k < mean.length; k += 1) {
        const [m, n] = [mean[k], other[k]], spread = Math.max(square[k] - m * m, 0) + Math.max(power[k] - n * n, 0);
        sum += ((2 * m * n + C1) / (m * m + n * n + C1)) * ((2 * (both[k] - m * n) + C2) / (spread + C2));
      }
      return sum / mean.length;
    };
    return (of(a) + of(b)) / 2;
  }

  play.evaluate = evaluate;
})(globalThis.medfusePlayground);
