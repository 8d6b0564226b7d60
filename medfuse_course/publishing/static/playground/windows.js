/* Intensity windows, in the words and with the numbers of datasets/intensity.py. */
(function (play) {
  "use strict";

  const { Refusal } = play;
  const NUMBER = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?";
  const NARROW = 1e-3; // of the largest value
  const FORMS = "hu:<preset>, hu:<level>,<width>, suv:<low>-<high>, range:<low>,<high> or percentile:<low>,<high>";

  /** {kind, low, high} of text such as hu:brain, suv:0-10, range:0,1000, percentile:0.5,99.5. */
  function parseWindow(text, presets) {
    const [before, ...after] = text.split("(")[0].trim().split(":"), kind = before.trim(), rest = after.join(":").trim();
    if (kind === "hu") return checked(kind, ...huLimits(rest, text, presets));
    if (kind === "suv") return checked(kind, ...twoNumbers(rest, "-", text));
    if (kind === "range" || kind === "percentile") return checked(kind, ...twoNumbers(rest, ",", text));
    throw new Refusal(`window: no kind ${JSON.stringify(kind)}; write ${FORMS}.`);
  }

  function huLimits(rest, text, presets) {
    if (!/^[-+.\d]/.test(rest) && !Object.hasOwn(presets, rest)) {
      throw new Refusal(`window: no CT window ${JSON.stringify(rest)}; there are ${Object.keys(presets).join(", ")}.`);
    }
    const [level, width] = Object.hasOwn(presets, rest) ? presets[rest] : twoNumbers(rest, ",", text);
    if (width <= 0) throw new Refusal(`window: expected a width above 0, got ${width}.`);
    return [level - width / 2, level + width / 2];
  }

  function twoNumbers(rest, mark, text) {
    const found = rest.match(new RegExp(`^(${NUMBER})\\s*${mark}\\s*(${NUMBER})$`));
    if (!found) throw new Refusal(`window: expected two numbers with '${mark}' between them, got '${text}'; write ${FORMS}.`);
    return [Number(found[1]), Number(found[2])];
  }

  function checked(kind, low, high) {
    if (!Number.isFinite(low) || !Number.isFinite(high) || !Number.isFinite(high - low)) throw new Refusal(`window: expected finite limits, got ${low} and ${high}.`);
    if (low >= high) throw new Refusal(`window: expected low < high, got ${low} and ${high}.`);
    if (kind === "suv" && low < 0) throw new Refusal(`window: expected uptake values >= 0, got ${low}.`);
    if (kind === "percentile" && (low < 0 || high > 100)) throw new Refusal(`window: expected percentiles in [0, 100], got ${low} and ${high}.`);
    return { kind, low, high };
  }

  /** The two values that become 0 and 1: of percentiles those of the whole volume, never of a slice. */
  function limitsOf(window, volume) {
    if (window.kind !== "percentile") return [window.low, window.high];
    const key = `${window.low},${window.high}`;
    volume.fitted = volume.fitted || {};
    const [low, high] = (volume.fitted[key] = volume.fitted[key] || fitted(volume, [window.low, window.high]));
    if (low === high) {
      throw new Refusal(
        `${volume.name}: percentiles ${window.low} and ${window.high} are both ${low}, so there is no contrast to show; ` +
          "name the limits with range:<low>,<high>."
      );
    }
    return [low, high];
  }

  /** Percentiles of a whole volume in float32, as the library takes them; in float64 where all values lie far from 0. */
  function fitted({ at, count }, shares) {
    const values = new Float32Array(count);
    let least = Infinity, most = -Infinity;
    for (let k = 0; k < count; k += 1) {
      values[k] = at(k);
      least = Math.min(least, values[k]);
      most = Math.max(most, values[k]);
    }
    if (most - least >= NARROW * Math.max(Math.abs(least), Math.abs(most))) return percentiles(values, shares);
    const sorted = Float64Array.from({ length: count }, (_, k) => at(k)).sort();
    return percentiles(sorted, shares, (ranks) => ranks.map((rank) => sorted[rank]));
  }

  /** clip((x - low) / (high - low), 0, 1), in float64 until the end. */
  function applyWindow(values, [low, high]) {
    return Float32Array.from(values, (x) => Math.min(Math.max((x - low) / (high - low), 0), 1));
  }

  /** Percentiles of finite values, interpolated linearly as NumPy does. */
  function percentiles(values, shares, find = (ranks) => ranked(values, ranks)) {
    const spots = shares.map((share) => (share / 100) * (values.length - 1));
    const found = find(spots.flatMap((spot) => [Math.floor(spot), Math.min(Math.floor(spot) + 1, values.length - 1)]));
    return spots.map((spot, k) => {
      const [below, above] = [found[2 * k], found[2 * k + 1]], rest = spot - Math.floor(spot);
      return rest >= 0.5 ? above - (above - below) * (1 - rest) : below + (above - below) * rest;
    });
  }

  /** The values of these ranks (0 is the smallest) without sorting: counted by the upper half of their bits, then the lower. */
  function ranked(values, ranks) {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const ordered = (k) => (bits[k] & 0x80000000 ? ~bits[k] : bits[k] | 0x80000000) >>> 0; // as unsigned numbers they sort alike
    const upper = new Uint32Array(65536), one = new Uint32Array(1), float = new Float32Array(one.buffer);
    for (let k = 0; k < bits.length; k += 1) upper[ordered(k) >>> 16] += 1;
    return ranks.map((rank) => {
      let rest = rank, high = 0, low = 0;
      while (rest >= upper[high]) rest -= upper[high++];
      const lower = new Uint32Array(65536);
      for (let k = 0; k < bits.length; k += 1) if (ordered(k) >>> 16 === high) lower[ordered(k) & 65535] += 1;
      while (rest >= lower[low]) rest -= lower[low++];
      const key = ((high << 16) | low) >>> 0;
      one[0] = key & 0x80000000 ? key & 0x7fffffff : ~key;
      return float[0];
    });
  }

  Object.assign(play, { parseWindow, limitsOf, applyWindow, percentiles });
})(globalThis.medfusePlayground);
