/* How a picture lies: EXIF, or XMP where EXIF says nothing, names where its first row belongs (datasets/picture_tags.py). */
(function (play) {
  "use strict";

  const ORIENTATION = 0x0112;
  // Of each orientation: whether rows and columns run backward, and whether the two change places after that.
  const PLACES = { 2: [0, 1, 0], 3: [1, 1, 0], 4: [1, 0, 0], 5: [0, 0, 1], 6: [1, 0, 1], 7: [1, 1, 1], 8: [0, 1, 1] };

  /** 1 (upright) to 8 of the bytes of EXIF, which begin as a TIFF file does; 0 where it is not said. */
  function orientationOfExif(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length), little = bytes[0] === 0x49;
    if (bytes.length < 14 || (!little && bytes[0] !== 0x4d)) return 0;
    const first = view.getUint32(4, little);
    if (first + 2 > bytes.length) return 0;
    for (let k = 0; k < view.getUint16(first, little); k += 1) {
      const at = first + 2 + 12 * k;
      if (at + 12 > bytes.length) return 0;
      if (view.getUint16(at, little) === ORIENTATION) return view.getUint16(at + 8, little);
    }
    return 0;
  }

  function orientationOfXmp(bytes) {
    const found = new TextDecoder("latin1").decode(bytes).match(/tiff:Orientation(="|>)([0-9])/);
    return found ? Number(found[2]) : 0;
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

  Object.assign(play, { orientationOfExif, orientationOfXmp, upright });
})(globalThis.medfusePlayground);
