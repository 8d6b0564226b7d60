/* Images on canvases: as they are, as a difference, two of them beside a line that moves. */
(function (play) {
  "use strict";

  // Below 0, at 0, above 0: blue, night, orange; told apart by eyes that see no red or green, too.
  const BELOW = [108, 178, 255], NONE = [13, 17, 23], ABOVE = [255, 179, 71];

  function put(canvas, height, width, color) {
    Object.assign(canvas, { height, width });
    const pixels = new ImageData(width, height);
    for (let k = 0; k < height * width; k += 1) {
      color(k, pixels.data, 4 * k);
      pixels.data[4 * k + 3] = 255;
    }
    canvas.getContext("2d").putImageData(pixels, 0, 0);
  }

  /** An image in 8 bits, each value at its nearest level. */
  function drawImage(canvas, { height, width, channels, data }) {
    put(canvas, height, width, (k, out, at) => {
      for (let c = 0; c < 3; c += 1) out[at + c] = play.roundEven(Math.fround(data[k * channels + (channels === 3 ? c : 0)] * 255));
    });
  }

  /** One luma minus another, from -most (blue) over 0 (dark) to most (orange); returns the most. */
  function drawDifference(canvas, one, other) {
    const [x, y] = [play.luma(one).data, play.luma(other).data];
    const most = x.reduce((largest, value, k) => Math.max(largest, Math.abs(value - y[k])), 0);
    put(canvas, one.height, one.width, (k, out, at) => {
      const share = most ? (x[k] - y[k]) / most : 0, end = share < 0 ? BELOW : ABOVE;
      for (let c = 0; c < 3; c += 1) out[at + c] = NONE[c] + Math.abs(share) * (end[c] - NONE[c]);
    });
    return most;
  }

  /** The left share of one canvas, and of the other what lies right of it, with a line between. */
  function drawSwipe(canvas, left, right, share) {
    Object.assign(canvas, { height: left.height, width: left.width });
    const context = canvas.getContext("2d"), x = Math.round(share * left.width);
    context.drawImage(right, 0, 0);
    if (x) context.drawImage(left, 0, 0, x, left.height, 0, 0, x, left.height);
    if (!x || x === left.width) return;
    context.fillStyle = "rgb(255 179 71)";
    context.fillRect(x - 0.5, 0, Math.max(1, left.width / 300), left.height);
  }

  function clear(canvas) {
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  }

  Object.assign(play, { drawImage, drawDifference, drawSwipe, clear });
})(globalThis.medfusePlayground);
