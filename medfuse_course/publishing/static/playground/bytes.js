/* The playground's floor: what an image is, how it refuses, unpacking, checksums, text and bytes.
 * An image is {height, width, channels, data}: channels 1 (gray) or 3 (RGB), data a Float32Array in [0, 1], row after row,
 * the channels of a pixel side by side. Classic scripts, no fetch: so the page works as a file without a server, too. */
(function (play) {
  "use strict";

  /** What cannot be done, in words for the reader; everything else that is thrown is a fault of this page. */
  class Refusal extends Error {}

  const MIN_SIDE = 16; // as methods.running.MIN_SIDE
  const MAX_PIXELS = 2 ** 22;
  const MAX_VOXELS = 2 ** 25;

  function image(height, width, channels, data) {
    return { height, width, channels, data: data || new Float32Array(height * width * channels) };
  }

  function checkSize(name, height, width) {
    if (!height || !width) throw new Refusal(`${name}: expected at least ${MIN_SIDE} x ${MIN_SIDE} pixels, got none.`);
    if (height * width > MAX_PIXELS) {
      throw new Refusal(
        `${name}: ${height} x ${width} is larger than ${MAX_PIXELS} pixels, the most that this page takes (2048 x 2048). ` +
          "Cut it or scale it down first; on your own machine, medfuse fuse takes larger ones."
      );
    }
    if (Math.min(height, width) < MIN_SIDE) {
      throw new Refusal(`${name}: expected at least ${MIN_SIDE} x ${MIN_SIDE} pixels, got ${height} x ${width}.`);
    }
  }

  /** Unpack "deflate" (zlib) or "gzip", and never more than `limit` bytes: a damaged header must not fill the memory. */
  async function unpack(bytes, format, limit) {
    if (typeof DecompressionStream === "undefined") {
      throw new Refusal("This browser is too old to unpack compressed files (no DecompressionStream): update it, or take JPEG or .nii.");
    }
    return collect(new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)), limit);
  }

  async function pack(bytes) {
    if (typeof CompressionStream === "undefined") {
      throw new Refusal("This browser is too old to write PNG files (no CompressionStream): update it.");
    }
    return collect(new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate")), Infinity);
  }

  async function collect(stream, limit) {
    const reader = stream.getReader(), parts = [];
    let length = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      length += value.length;
      if (length > limit) {
        await reader.cancel();
        throw new RangeError("more bytes than the header says");
      }
    }
    const whole = new Uint8Array(length);
    let end = 0;
    for (const part of parts) {
      whole.set(part, end);
      end += part.length;
    }
    return whole;
  }

  const CRC = new Uint32Array(256).map((_, n) => {
    for (let k = 0; k < 8; k += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });

  function crc32(bytes) {
    let crc = 0xffffffff;
    for (let k = 0; k < bytes.length; k += 1) crc = CRC[(crc ^ bytes[k]) & 255] ^ (crc >>> 8);
    return (crc ^ 0xffffffff) >>> 0;
  }

  function fromBase64(text) {
    const raw = atob(text), bytes = new Uint8Array(raw.length);
    for (let k = 0; k < raw.length; k += 1) bytes[k] = raw.charCodeAt(k);
    return bytes;
  }

  const latin = (bytes, start, length) => String.fromCharCode(...bytes.subarray(start, start + length));

  Object.assign(play, { Refusal, MIN_SIDE, MAX_PIXELS, MAX_VOXELS, image, checkSize, unpack, pack, crc32, fromBase64, latin });
})((globalThis.medfusePlayground = globalThis.medfusePlayground || {}));
