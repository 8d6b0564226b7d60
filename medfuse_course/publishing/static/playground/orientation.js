/* What a picture's tags say: EXIF, or XMP where EXIF says nothing, names where the first row belongs (datasets/picture_tags.py). */
(function (play) {
  "use strict";

  const ORIENTATION = 0x0112, PICTURES = 0xb001, LONG = 4;
  const MOST_TEXT = 2 ** 20;
  // Of each orientation: whether rows and columns run backward, and whether the two change places after that.
  const PLACES = { 2: [0, 1, 0], 3: [1, 1, 0], 4: [1, 0, 0], 5: [0, 0, 1], 6: [1, 0, 1], 7: [1, 1, 1], 8: [0, 1, 1] };

  /** The number behind a tag, in bytes that begin as a TIFF file does; 0 where it is not said. */
  function tagged(bytes, tag) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length), little = bytes[0] === 0x49;
    if (bytes.length < 14 || (!little && bytes[0] !== 0x4d)) return 0;
    const first = view.getUint32(4, little);
    if (first + 2 > bytes.length) return 0;
    for (let k = 0; k < view.getUint16(first, little); k += 1) {
      const at = first + 2 + 12 * k;
      if (at + 12 > bytes.length) return 0;
      if (view.getUint16(at, little) === tag) return view.getUint16(at + 2, little) === LONG ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little);
    }
    return 0;
  }

  /** 1 (upright) to 8 of the bytes of EXIF; 0 where it is not said. */
  const orientationOfExif = (bytes) => tagged(bytes, ORIENTATION);

  /** How many pictures a JPEG file holds, of its multi-picture index. */
  const picturesOf = (bytes) => Math.max(1, tagged(bytes, PICTURES));

  const text = (bytes) => new TextDecoder("latin1").decode(bytes);

  function orientationOfXmp(bytes) {
    const found = text(bytes).match(/tiff:Orientation(="|>)([0-9])/);
    return found ? Number(found[2]) : 0;
  }

  /** {exif} or {xmp} of a text chunk of a PNG, where ImageMagick keeps what other programs have chunks for. */
  async function orientationOfText(kind, body) {
    const end = body.indexOf(0), keyword = text(body.subarray(0, Math.max(end, 0)));
    if (keyword !== "Raw profile type exif" && keyword !== "XML:com.adobe.xmp") return {};
    let rest = body.subarray(end + 1), packed = kind === "zTXt";
    if (packed) rest = rest.subarray(1);
    if (kind === "iTXt") {
      packed = rest[0] === 1;
      const language = rest.indexOf(0, 2);
      rest = rest.subarray(rest.indexOf(0, language + 1) + 1);
    }
    if (packed) rest = await play.unpack(rest, "deflate", MOST_TEXT);
    if (keyword.startsWith("XML")) return { xmp: orientationOfXmp(rest) };
    const digits = text(rest).split("\n").slice(3).join("").match(/[0-9a-f]{2}/gi) || [], bytes = Uint8Array.from(digits, (two) => parseInt(two, 16));
    return { exif: orientationOfExif(bytes.subarray(text(bytes.subarray(0, 6)) === "Exif\0\0" ? 6 : 0)) };
  }

  /** The image as its orientation wants it seen; what is not said, or no such number, changes nothing. */
  function upright(image, orientation) {
    if (!PLACES[orientation]) return image;
    const [backRows, backColumns, swap] = PLACES[orientation], { height, width, channels, data } = image;
    const made = play.image(swap ? width : height, swap ? height : width, channels);
    for (let y = 0; y < made.height; y += 1) {
      for (let x = 0; x < made.width; x += 1) {
        const [row, column] = swap ? [x, y] : [y, x];
        const from = ((backRows ? height - 1 - row : row) * width + (backColumns ? width - 1 - column : column)) * channels;
        for (let c = 0; c < channels; c += 1) made.data[(y * made.width + x) * channels + c] = data[from + c];
      }
    }
    return made;
  }

  Object.assign(play, { orientationOfExif, orientationOfXmp, orientationOfText, picturesOf, upright });
})(globalThis.medfusePlayground);
