/* PNG in and out, with all 16 bits: a canvas would cut them to 8, and mix transparency in.
 * What is taken and what is refused follows datasets/image_files.py and datasets/png16.py. Format: RFC 2083. */
(function (play) {
  "use strict";

  const { Refusal } = play;
  const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
  const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }; // by color type: gray, RGB, palette, gray + alpha, RGB + alpha
  const DEPTHS = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };
  const TEXTS = ["tEXt", "zTXt", "iTXt"];
  const WHOLE = [[0, 0, 1, 1]];
  // Adam7: first column, first row, step of columns, step of rows of each of seven passes.
  const PASSES = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

  const isPng = (bytes) => SIGNATURE.every((value, k) => bytes[k] === value);

  /** A PNG file as an image in [0, 1]: 8 bits over 255, 16 bits over 65535, a palette as RGB. */
  async function decodePng(bytes, name) {
    const file = readChunks(bytes, name), { height, width, depth, type, interlaced } = file;
    play.checkSize(name, height, width);
    if (file.frames > 1) throw new Refusal(`${name}: holds ${file.frames} pictures; save the one you mean alone.`);
    if (depth === 16 && interlaced) throw new Refusal(`${name}: an interlaced 16-bit PNG is not supported; save it without interlacing.`);
    const bits = depth * CHANNELS[type];
    const passes = (interlaced ? PASSES : WHOLE)
      .map(([x, y, dx, dy]) => ({ x, y, dx, dy, columns: Math.ceil((width - x) / dx), rows: Math.ceil((height - y) / dy) }))
      .filter((pass) => pass.columns > 0 && pass.rows > 0);
    const expected = passes.reduce((sum, pass) => sum + pass.rows * (1 + Math.ceil((pass.columns * bits) / 8)), 0);
    let raw;
    try {
      raw = await play.unpack(file.data, "deflate", expected);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw damaged(name, "its pixels cannot be unpacked");
    }
    if (raw.length !== expected) throw damaged(name, "it ends before its last row");
    const values = new Uint16Array(height * width * CHANNELS[type]);
    let start = 0;
    for (const pass of passes) start = readPass(raw, start, pass, file, values, name);
    return play.upright(finished(values, file, name), await lying(file, name));
  }

  function readChunks(bytes, name) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length), parts = [], file = { frames: 1, texts: [] };
    for (let at = SIGNATURE.length, kind = ""; kind !== "IEND"; ) {
      const length = at + 12 <= bytes.length ? view.getUint32(at) : Infinity;
      if (at + 12 + length > bytes.length) throw damaged(name, "it ends in the middle");
      kind = play.latin(bytes, at + 4, 4);
      const body = bytes.subarray(at + 8, at + 8 + length);
      if (view.getUint32(at + 8 + length) !== play.crc32(bytes.subarray(at + 4, at + 8 + length))) throw damaged(name, "wrong checksum");
      if (kind === "IHDR") Object.assign(file, header(body, name));
      else if (file.type === undefined) throw damaged(name, "it does not begin with its header");
      else if (kind === "PLTE") file.palette = body;
      else if (kind === "tRNS") file.transparency = body;
      else if (kind === "acTL" && !parts.length) file.frames += view.getUint32(at + 8);
      else if (kind === "fcTL" && !parts.length) file.frames -= 1; // then the picture itself is the first of the animation
      else if (kind === "eXIf") file.exif = play.orientationOfExif(body);
      else if (TEXTS.includes(kind)) file.texts.push([kind, body]);
      else if (kind === "IDAT") parts.push(body);
      at += 12 + length;
    }
    file.data = new Blob(parts);
    return file;
  }

  /** The orientation that the file names: in EXIF, in ImageMagick's EXIF, in XMP, in this order. */
  async function lying(file, name) {
    if (file.exif) return file.exif;
    const said = {};
    for (const [kind, body] of file.texts) Object.assign(said, await play.orientationOfText(kind, body).catch(() => { throw damaged(name, "a text in it cannot be unpacked"); }));
    return said.exif || said.xmp;
  }

  function header(body, name) {
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    if (body.length < 13) throw damaged(name, "its header is too short");
    const [depth, type, , , interlaced] = body.subarray(8, 13);
    if (!DEPTHS[type] || !DEPTHS[type].includes(depth)) throw damaged(name, `no PNG has color type ${type} of ${depth} bits`);
    return { width: view.getUint32(0), height: view.getUint32(4), depth, type, interlaced };
  }

  /** Undo the row filters of one pass and put its samples where they belong; returns where the next pass begins. */
  function readPass(raw, start, pass, { width, depth, type }, values, name) {
    const channels = CHANNELS[type], step = Math.max(1, (depth * channels) / 8);
    const length = Math.ceil((pass.columns * channels * depth) / 8);
    let above = new Uint8Array(length);
    for (let row = 0; row < pass.rows; row += 1) {
      const line = raw.subarray(start + 1, start + 1 + length);
      unfilter(raw[start], line, above, step, name);
      for (let column = 0; column < pass.columns; column += 1) {
        const target = ((pass.y + row * pass.dy) * width + pass.x + column * pass.dx) * channels;
        for (let c = 0; c < channels; c += 1) values[target + c] = sample(line, column * channels + c, depth);
      }
      above = line;
      start += 1 + length;
    }
    return start;
  }

  function sample(line, index, depth) {
    if (depth === 8) return line[index];
    if (depth === 16) return line[2 * index] * 256 + line[2 * index + 1];
    const bit = index * depth;
    return (line[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  }

  function unfilter(kind, line, above, step, name) {
    if (kind > 4) throw damaged(name, `row filter ${kind}`);
    for (let k = 0; kind && k < line.length; k += 1) {
      const left = k >= step ? line[k - step] : 0, up = above[k], corner = k >= step ? above[k - step] : 0;
      line[k] += kind === 1 ? left : kind === 2 ? up : kind === 3 ? (left + up) >> 1 : paeth(left, up, corner);
    }
  }

  function paeth(left, up, corner) {
    const toLeft = Math.abs(up - corner), toUp = Math.abs(left - corner), toCorner = Math.abs(left + up - 2 * corner);
    if (toLeft <= toUp && toLeft <= toCorner) return left;
    return toUp <= toCorner ? up : corner;
  }

  /** Samples to gray or RGB in [0, 1]; an alpha channel may go only if it hides nothing. */
  function finished(values, file, name) {
    const { height, width, depth, type, transparency } = file, count = height * width;
    const full = 2 ** depth - 1, stored = CHANNELS[type], alpha = type === 4 || type === 6;
    const keyed = transparency && !alpha;
    const channels = type === 3 || (keyed && depth < 16) ? 3 : stored - alpha;
    const made = play.image(height, width, channels);
    const clear = keyed ? clearSamples(file, name) : null;
    for (let p = 0; p < count; p += 1) {
      const at = p * stored;
      if ((alpha && values[at + stored - 1] < full) || (clear && clear(values, at))) {
        throw new Refusal(`${name}: has transparent pixels; flatten the picture first.`);
      }
      for (let c = 0; c < channels; c += 1) {
        made.data[p * channels + c] = type === 3 ? color(file, values[at], c, name) / 255 : values[at + (stored < 3 ? 0 : c)] / full;
      }
    }
    return made;
  }

  function color({ palette }, index, channel, name) {
    if (!palette || 3 * index + 2 >= palette.length) throw damaged(name, `no color ${index} in its palette`);
    return palette[3 * index + channel];
  }

  /** Which samples are clear: of a palette by index, else one color, of which only as many bits count as a sample has. */
  function clearSamples({ type, depth, transparency }, name) {
    if (type === 3) return (values, at) => values[at] < transparency.length && transparency[values[at]] < 255;
    if (transparency.length < 2 * CHANNELS[type]) throw damaged(name, "its clear color is cut off");
    const key = Array.from({ length: CHANNELS[type] }, (_, c) => (transparency[2 * c] * 256 + transparency[2 * c + 1]) & (2 ** depth - 1));
    return (values, at) => key.every((value, c) => values[at + c] === value);
  }

  const damaged = (name, reason) => new Refusal(`${name}: truncated or damaged (${reason}); get it again from where it came.`);

  /** An image as a PNG file of 8 or 16 bits a channel, rounded to the nearest step, ties to even. */
  async function encodePng({ height, width, channels, data }, bits) {
    const full = bits === 16 ? 65535 : 255, bytes = bits / 8, length = width * channels * bytes;
    const rows = new Uint8Array(height * (1 + length));
    for (let k = 0, at = 0; k < data.length; k += 1) {
      if (k % (width * channels) === 0) at += 1; // row filter 0
      const value = play.roundEven(bits === 16 ? data[k] * full : Math.fround(data[k] * full));
      if (bits === 16) rows[at++] = value >> 8;
      rows[at++] = value & 255;
    }
    const head = new DataView(new ArrayBuffer(13));
    head.setUint32(0, width);
    head.setUint32(4, height);
    head.setUint8(8, bits);
    head.setUint8(9, channels === 1 ? 0 : 2);
    const parts = [chunk("IHDR", new Uint8Array(head.buffer)), chunk("IDAT", await play.pack(rows)), chunk("IEND", new Uint8Array(0))];
    return new Blob([Uint8Array.from(SIGNATURE), ...parts], { type: "image/png" });
  }

  function chunk(kind, body) {
    const bytes = new Uint8Array(12 + body.length), view = new DataView(bytes.buffer);
    view.setUint32(0, body.length);
    for (let k = 0; k < 4; k += 1) bytes[4 + k] = kind.charCodeAt(k);
    bytes.set(body, 8);
    view.setUint32(8 + body.length, play.crc32(bytes.subarray(4, 8 + body.length)));
    return bytes;
  }

  function roundEven(x) {
    const down = Math.floor(x), rest = x - down;
    return rest > 0.5 || (rest === 0.5 && down % 2) ? down + 1 : down;
  }

  Object.assign(play, { isPng, decodePng, encodePng, roundEven });
})(globalThis.medfusePlayground);
