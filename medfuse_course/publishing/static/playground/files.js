/* A file that a reader gives: which kind it is, by its first bytes, and what is in it. */
(function (play) {
  "use strict";

  const { Refusal } = play;
  const WANTED = "expected PNG, JPEG or NIfTI (.nii, .nii.gz)";
  const KNOWN = [
    ["II*\0", 0, "a TIFF picture", "save it as PNG"],
    ["MM\0*", 0, "a TIFF picture", "save it as PNG"],
    ["BM", 0, "a BMP picture", "save it as PNG"],
    ["GIF8", 0, "a GIF picture", "save it as PNG"],
    ["WEBP", 8, "a WebP picture", "save it as PNG"],
    ["DICM", 128, "DICOM", "convert it with dcm2niix"],
    ["\x93NUMPY", 0, "a NumPy array", "save it as PNG or NIfTI"],
    ["%PDF", 0, "a PDF", "save the picture alone as PNG"],
    ["PK\x03\x04", 0, "an archive", "unpack it first"],
  ];

  /** {kind: "picture", image, name} or {kind: "volume", volume, name} of a file; or a Refusal. */
  async function readFile(file) {
    const name = file.name || "the file";
    if (file.size > 2 ** 29) throw new Refusal(`${name}: ${(file.size / 1e6).toFixed(0)} MB is more than this page takes; on your own machine, medfuse fuse takes larger ones.`);
    const read = file.arrayBuffer().catch(() => { throw new Refusal(`${name}: cannot be read; it is a folder, or no longer there. Choose a file.`); });
    const bytes = new Uint8Array(await read);
    if (!bytes.length) throw new Refusal(`${name}: the file is empty; get it again from where it came.`);
    if (play.isPng(bytes)) return { kind: "picture", name, image: await play.decodePng(bytes, name) };
    if (isJpeg(bytes)) return { kind: "picture", name, image: await decodeJpeg(bytes, name) };
    if (play.isGzip(bytes) || play.isNifti(bytes)) return { kind: "volume", name, volume: await play.readNifti(bytes, name) };
    for (const [mark, at, what, advice] of KNOWN) {
      if (bytes.length >= at + mark.length && play.latin(bytes, at, mark.length) === mark) throw new Refusal(`${name}: is ${what}; ${advice}. This page: ${WANTED}.`);
    }
    throw new Refusal(`${name}: not an image that can be read; ${WANTED}.`);
  }

  const isJpeg = (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

  /** What the file says of itself before its pixels: size, channels, bits, how it lies, how many pictures; and the file without EXIF and
   * color profile, by which browsers turn and recolor a picture, whatever they are asked. */
  function jpegFrame(bytes, name) {
    const plain = [bytes.subarray(0, 2)];
    let lies = 0, lain = 0, pictures = 1, gains = false;
    for (let at = 2; at + 9 < bytes.length; ) {
      if (bytes[at] !== 0xff) break;
      const marker = bytes[at + 1], length = bytes[at + 2] * 256 + bytes[at + 3];
      if (marker === 0xff) { at += 1; continue; }
      if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
        const [bits, ...size] = bytes.subarray(at + 4, at + 10);
        plain.push(bytes.subarray(at));
        return { bits, height: size[0] * 256 + size[1], width: size[2] * 256 + size[3], channels: size[4], plain, orientation: lies || lain, pictures: gains ? 1 : pictures };
      }
      const body = bytes.subarray(at + 4, at + 2 + length);
      if (marker === 0xe1 && play.latin(body, 0, 6) === "Exif\0\0") lies = lies || play.orientationOfExif(body.subarray(6));
      else if (marker === 0xe1) {
        lain = lain || play.orientationOfXmp(body);
        gains = gains || new TextDecoder("latin1").decode(body).includes(' hdrgm:Version="'); // the second is no picture: it brightens the first
      } else if (marker === 0xe2 && play.latin(body, 0, 4) === "MPF\0") pictures = play.picturesOf(body.subarray(4));
      if (marker !== 0xe1 && marker !== 0xe2) plain.push(bytes.subarray(at, at + 2 + length));
      at += 2 + length;
    }
    throw damaged(name, "no frame in it");
  }

  /** JPEG through the browser, as the library reads it: without its color profile, and turned once. */
  async function decodeJpeg(bytes, name) {
    const { bits, height, width, channels, plain, orientation, pictures } = jpegFrame(bytes, name);
    play.checkSize(name, height, width);
    if (pictures > 1) throw new Refusal(`${name}: holds ${pictures} pictures; save the one you mean alone.`);
    if (bits !== 8) throw new Refusal(`${name}: a JPEG of ${bits} bits; expected 8. Save it as 16-bit PNG.`);
    if (channels !== 1 && channels !== 3) throw new Refusal(`${name}: expected gray or RGB, got ${channels} channels (CMYK); convert it first.`);
    if (!hasEnd(bytes)) throw damaged(name, "it ends in the middle");
    let bitmap;
    try {
      const raw = { imageOrientation: "none", colorSpaceConversion: "none", premultiplyAlpha: "none" };
      bitmap = await createImageBitmap(new Blob(plain, { type: "image/jpeg" }), raw);
    } catch {
      throw damaged(name, "the browser cannot decode it");
    }
    if (bitmap.width !== width || bitmap.height !== height) throw new Refusal(`${name}: this browser turns it by its EXIF data; save it as PNG.`);
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, width, height), made = play.image(height, width, channels);
    for (let p = 0; p < height * width; p += 1) for (let c = 0; c < channels; c += 1) made.data[p * channels + c] = data[4 * p + c] / 255;
    return play.upright(made, orientation);
  }

  // After its pixels a whole file has the marker of its end; a browser would fill what is missing with gray.
  function hasEnd(bytes) {
    for (let at = bytes.length - 2; at > 2; at -= 1) {
      if (bytes[at] !== 0xff) continue;
      if (bytes[at + 1] === 0xd9) return true;
      if (bytes[at + 1] === 0xda) return false;
    }
    return false;
  }

  const damaged = (name, reason) => new Refusal(`${name}: truncated or damaged (${reason}); get it again from where it came.`);

  /* A file that is dropped beside the two fields would open in place of the page, and all that was set be lost. */
  for (const name of ["dragover", "drop"]) {
    window.addEventListener(name, (event) => {
      if (event.defaultPrevented || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    });
  }

  play.readFile = readFile;
})(globalThis.medfusePlayground);
