/* A game of two perceptrons on points of the plane: losses, derivatives, optimizers. Nothing here touches the page.
 * The mathematics is that of networks/players.py, losses/adversarial.py and training/adversaries.py, in double precision;
 * tests/browser/test_gan_mathematics.py holds the two together. Matrices lie in a Float64Array, row after row. */
(function (global) {
  "use strict";

  /* out[i, j] = start[j] + sum over k of a[i, k] b[j, k]. Both are read along their rows, and every number that is
   * fetched is used more than once: four rows of a against two of b. */
  function multiply(out, a, b, rows, columns, inner, start) {
    let i = 0;
    for (; i + 4 <= rows; i += 4) {
      const a0 = i * inner, a1 = a0 + inner, a2 = a1 + inner, a3 = a2 + inner;
      const o0 = i * columns, o1 = o0 + columns, o2 = o1 + columns, o3 = o2 + columns;
      let j = 0;
      for (; j + 2 <= columns; j += 2) {
        const b0 = j * inner, b1 = b0 + inner;
        let s00 = start ? start[j] : 0, s01 = start ? start[j + 1] : 0;
        let s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01;
        for (let k = 0; k < inner; k += 1) {
          const p = b[b0 + k], q = b[b1 + k];
          const v0 = a[a0 + k], v1 = a[a1 + k], v2 = a[a2 + k], v3 = a[a3 + k];
          s00 += v0 * p; s01 += v0 * q;
          s10 += v1 * p; s11 += v1 * q;
          s20 += v2 * p; s21 += v2 * q;
          s30 += v3 * p; s31 += v3 * q;
        }
        out[o0 + j] = s00; out[o0 + j + 1] = s01;
        out[o1 + j] = s10; out[o1 + j + 1] = s11;
        out[o2 + j] = s20; out[o2 + j + 1] = s21;
        out[o3 + j] = s30; out[o3 + j + 1] = s31;
      }
      for (; j < columns; j += 1) {
        for (let row = i; row < i + 4; row += 1) out[row * columns + j] = dot(a, b, row * inner, j * inner, inner, start ? start[j] : 0);
      }
    }
    for (; i < rows; i += 1) {
      for (let j = 0; j < columns; j += 1) out[i * columns + j] = dot(a, b, i * inner, j * inner, inner, start ? start[j] : 0);
    }
  }

  function dot(a, b, fromA, fromB, inner, start) {
    let sum = start;
    for (let k = 0; k < inner; k += 1) sum += a[fromA + k] * b[fromB + k];
    return sum;
  }

  function transpose(out, a, rows, columns) {
    for (let i = 0; i < rows; i += 1) for (let j = 0; j < columns; j += 1) out[j * rows + i] = a[i * columns + j];
    return out;
  }

  /* Networks: weights and biases of all layers in one array, in PyTorch's order, so that an optimizer sees one array. */

  class Perceptron {
    constructor(inputs, outputs, width, layers) {
      const sizes = [inputs, ...new Array(layers).fill(width), outputs];
      this.shapes = sizes.slice(1).map((size, n) => [size, sizes[n]]);
      this.weights = new Float64Array(this.shapes.reduce((sum, [out, into]) => sum + out * (into + 1), 0));
      this.layers = this.views(this.weights);
      this.alike = () => new Perceptron(inputs, outputs, width, layers); // its weights are 0
    }

    views(flat) {
      let end = 0;
      const next = (count) => flat.subarray(end, (end += count));
      return this.shapes.map(([outputs, inputs]) => ({ outputs, inputs, weight: next(outputs * inputs), bias: next(outputs) }));
    }

    // As nn.Linear begins: evenly in +-1 / sqrt(inputs).
    begin(random) {
      for (const layer of this.layers) {
        const most = 1 / Math.sqrt(layer.inputs);
        for (const part of [layer.weight, layer.bias]) for (let k = 0; k < part.length; k += 1) part[k] = most * (2 * random.uniform() - 1);
      }
    }
  }

  /* So many points on their way through a network, and derivatives on their way back. */

  class Pass {
    constructor(network, rows) {
      const room = () => network.layers.map((layer) => new Float64Array(rows * layer.outputs));
      Object.assign(this, { network, rows, input: null, outputs: room(), slopes: room(), up: room() });
      this.inputSlopes = new Float64Array(rows * network.layers[0].inputs);
      const widest = Math.max(...network.shapes.flat());
      this.turned = [new Float64Array(widest * Math.max(rows, widest)), new Float64Array(widest * rows)];
      this.product = new Float64Array(widest * widest);
    }

    forward(input) {
      this.input = input;
      const last = this.network.layers.length - 1;
      this.network.layers.forEach((layer, n) => {
        const out = this.outputs[n];
        multiply(out, n ? this.outputs[n - 1] : input, layer.weight, this.rows, layer.outputs, layer.inputs, layer.bias);
        if (n < last) for (let k = 0; k < out.length; k += 1) if (out[k] < 0) out[k] = 0;
      });
      return this.outputs[last];
    }

    // From derivatives by the output to those by every layer's sum before its ReLU; returns those by the input.
    backward(slope) {
      const { layers } = this.network;
      this.slopes[layers.length - 1].set(slope);
      for (let n = layers.length - 1; n >= 0; n -= 1) {
        const { weight, outputs, inputs } = layers[n];
        const below = n ? this.slopes[n - 1] : this.inputSlopes;
        multiply(below, this.slopes[n], transpose(this.turned[0], weight, outputs, inputs), this.rows, inputs, outputs);
        if (n) mask(below, this.outputs[n - 1]);
      }
      return this.inputSlopes;
    }

    // After `backward`: adds the derivatives by all weights to a gradient.
    collect(gradient) {
      this.network.views(gradient).forEach((layer, n) => {
        this.addProduct(layer, this.slopes[n], n ? this.outputs[n - 1] : this.input);
        const { outputs } = layer;
        for (let k = 0; k < this.rows * outputs; k += 1) layer.bias[k % outputs] += this.slopes[n][k];
      });
    }

    addProduct({ weight, outputs, inputs }, slopes, values) {
      const [left, right] = this.turned;
      transpose(left, slopes, this.rows, outputs);
      transpose(right, values, this.rows, inputs);
      multiply(this.product, left, right, outputs, inputs, this.rows);
      for (let k = 0; k < weight.length; k += 1) weight[k] += this.product[k];
    }

    /* weight * mean (|grad d| - 1)^2 at these points. A ReLU network is linear around a point, so grad d is the product
     * of its weights, masked: a network without biases that runs from d down to x, `backward`. The derivative of the
     * penalty runs through it the other way: u = dP / d(grad d) at the bottom, at each layer dP / dW = slopes' u, and
     * then u goes up through W and the mask. The biases only choose the masks, whose derivative is 0. */
    penalty(input, weight, gradient) {
      this.forward(input);
      const slope = this.backward(new Float64Array(this.rows).fill(1));
      const last = this.network.layers.length - 1;
      let up = new Float64Array(slope.length);
      let sum = 0;
      for (let i = 0; i < this.rows; i += 1) {
        const length = Math.hypot(slope[2 * i], slope[2 * i + 1]);
        sum += (length - 1) ** 2;
        const pull = length ? (2 * weight * (length - 1)) / (length * this.rows) : 0;
        up[2 * i] = pull * slope[2 * i];
        up[2 * i + 1] = pull * slope[2 * i + 1];
      }
      this.network.views(gradient).forEach((layer, n) => {
        this.addProduct(layer, this.slopes[n], up);
        if (n === last) return;
        multiply(this.up[n], up, this.network.layers[n].weight, this.rows, layer.outputs, layer.inputs);
        up = mask(this.up[n], this.outputs[n]);
      });
      return (weight * sum) / this.rows;
    }
  }

  function mask(values, outputs) {
    for (let k = 0; k < values.length; k += 1) if (!(outputs[k] > 0)) values[k] = 0;
    return values;
  }

  /* Optimizers, as torch.optim computes them. */

  class Adam {
    constructor(weights, rate) {
      Object.assign(this, { weights, rate, steps: 0, betas: [0.5, 0.9], epsilon: 1e-8 });
      this.mean = new Float64Array(weights.length);
      this.square = new Float64Array(weights.length);
    }

    step(gradient) {
      this.steps += 1;
      const { weights, mean, square, betas: [first, second] } = this;
      const rate = this.rate / (1 - first ** this.steps);
      const root = Math.sqrt(1 - second ** this.steps);
      for (let k = 0; k < weights.length; k += 1) {
        const g = gradient[k];
        mean[k] += (1 - first) * (g - mean[k]);
        square[k] = second * square[k] + (1 - second) * g * g;
        weights[k] -= (rate * mean[k]) / (Math.sqrt(square[k]) / root + this.epsilon);
      }
    }
  }

  class RMSprop {
    constructor(weights, rate) {
      Object.assign(this, { weights, rate, alpha: 0.99, epsilon: 1e-8 });
      this.square = new Float64Array(weights.length);
    }

    step(gradient) {
      const { weights, square, alpha } = this;
      for (let k = 0; k < weights.length; k += 1) {
        square[k] = alpha * square[k] + (1 - alpha) * gradient[k] * gradient[k];
        weights[k] -= (this.rate * gradient[k]) / (Math.sqrt(square[k]) + this.epsilon);
      }
    }
  }

  /* Objectives: what each says of one number d of the discriminator, and its derivative by d. */

  const sigmoid = (d) => 1 / (1 + Math.exp(-d));
  const softplus = (d) => Math.max(d, 0) + Math.log1p(Math.exp(-Math.abs(d)));
  const square = (label) => [(d) => (d - label) ** 2 / 2, (d) => d - label];
  const up = [(d) => -d, () => -1];
  const down = [(d) => d, () => 1];
  const sureReal = [(d) => softplus(-d), (d) => -sigmoid(-d)];
  const sureFake = [softplus, sigmoid];
  const notFake = [(d) => -softplus(d), (d) => -sigmoid(d)];

  // Rates, turns, clipping and penalty are those of training/playground.py.
  const OBJECTIVES = {
    saturating: { real: sureReal, fake: sureFake, generator: notFake, Optimizer: Adam, rate: 1e-3, turns: 1 },
    non_saturating: { real: sureReal, fake: sureFake, generator: sureReal, Optimizer: Adam, rate: 1e-3, turns: 1 },
    lsgan: { real: square(1), fake: square(0), generator: square(1), Optimizer: Adam, rate: 1e-3, turns: 1 },
    wgan: { real: up, fake: down, generator: up, Optimizer: RMSprop, rate: 2e-4, turns: 5, clip: 0.1 },
    wgan_gp: { real: up, fake: down, generator: up, Optimizer: Adam, rate: 5e-4, turns: 5, penalty: 0.1 },
  };

  class Game {
    constructor({ objective, turns, batch, width, layers }) {
      const chosen = OBJECTIVES[objective];
      Object.assign(this, { chosen, turns: turns || chosen.turns, batch, steps: 0 });
      this.generator = new Perceptron(2, 2, width, layers);
      this.discriminator = new Perceptron(2, 1, width, layers);
      this.players = [this.generator, this.discriminator].map((network) => ({
        optimizer: new chosen.Optimizer(network.weights, chosen.rate),
        gradient: new Float64Array(network.weights.length),
      }));
      this.making = new Pass(this.generator, batch);
      this.judging = new Pass(this.discriminator, 2 * batch);
      this.fooling = new Pass(this.discriminator, batch);
      this.between = chosen.penalty ? new Pass(this.discriminator, batch) : null;
      this.seen = new Float64Array(4 * batch);
    }

    // `real` and `noise` are (batch, 2); `share` says where between a real and a made point the penalty looks.
    step(real, noise, share) {
      const losses = this.discriminatorStep(real, noise, share);
      this.steps += 1;
      return this.steps % this.turns ? losses : { ...losses, generator: this.generatorStep() };
    }

    discriminatorStep(real, noise, share) {
      const { batch, chosen, seen } = this;
      const [, { optimizer, gradient }] = this.players;
      const made = this.making.forward(noise);
      seen.set(real);
      seen.set(made, 2 * batch);
      const said = this.judging.forward(seen);
      const slope = said.map((d, i) => (i < batch ? chosen.real : chosen.fake)[1](d) / batch);
      const losses = { discriminator: said.reduce((sum, d, i) => sum + (i < batch ? chosen.real : chosen.fake)[0](d) / batch, 0) };
      gradient.fill(0);
      this.judging.backward(slope);
      this.judging.collect(gradient);
      if (this.between) {
        const points = real.map((x, k) => x + share[k >> 1] * (made[k] - x));
        losses.penalty = this.between.penalty(points, chosen.penalty, gradient);
      }
      optimizer.step(gradient);
      if (chosen.clip) clip(this.discriminator.weights, chosen.clip);
      return losses;
    }

    // With the samples of the discriminator's step: the generator is still the same.
    generatorStep() {
      const [{ optimizer, gradient }] = this.players;
      const samples = this.making.outputs[this.making.outputs.length - 1];
      const said = this.fooling.forward(samples);
      gradient.fill(0);
      this.making.backward(this.pull(this.fooling, said));
      this.making.collect(gradient);
      optimizer.step(gradient);
      return said.reduce((sum, d) => sum + this.chosen.generator[0](d), 0) / said.length;
    }

    // Derivative of the generator's mean loss by each sample, after a pass of the samples through the discriminator.
    pull(pass, said) {
      return pass.backward(said.map((d) => this.chosen.generator[1](d) / said.length));
    }
  }

  function clip(weights, most) {
    for (let k = 0; k < weights.length; k += 1) weights[k] = Math.min(Math.max(weights[k], -most), most);
  }

  global.medfuseGan = { Perceptron, Pass, Adam, RMSprop, Game, OBJECTIVES, sigmoid };
})(globalThis);
