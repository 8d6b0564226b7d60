/* Exported networks, run by ONNX Runtime's WebAssembly on one thread, in a worker: the page stays alive while it computes.
 * Runtime and networks arrive as classic scripts that hold their bytes as text, and the worker is made of text, too:
 * a browser lets a page that was opened from the disk do all this, but neither fetch a file nor start a worker from one. */
(function (play) {
  "use strict";

  const { Refusal } = play;
  const MOST_PIXELS = 2 ** 20; // beyond, the library cuts an image into tiles (methods.learned.TILED_ABOVE)
  const waiting = new Map(), loaded = new Map();

  /** What a data script brings: it calls play.arrived(name, content). */
  function load(name, url) {
    if (!loaded.has(name)) {
      const arriving = new Promise((resolve, reject) => {
        waiting.set(name, resolve);
        const script = Object.assign(document.createElement("script"), { src: new URL(url, play.base), async: true });
        script.onload = () => script.remove();
        script.onerror = () => reject(new Refusal(`A file of this page is missing: ${url.split("?")[0]}. Is the site there as a whole?`));
        document.head.append(script);
      });
      arriving.catch(() => loaded.delete(name));
      loaded.set(name, arriving);
    }
    return loaded.get(name);
  }

  function arrived(name, content) {
    const resolve = waiting.get(name);
    if (resolve) resolve(content);
  }

  /* Runs in the worker, behind the text of ort.wasm.min.js. */
  function work() {
    const sessions = {};
    self.onmessage = async ({ data: { id, slug, glue, wasm, model, a, b, height, width } }) => {
      try {
        if (wasm) ort.env.logLevel = "error";
        if (wasm) Object.assign(ort.env.wasm, { numThreads: 1, proxy: false, wasmPaths: { mjs: glue }, wasmBinary: wasm });
        if (model) sessions[slug] = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
        const session = sessions[slug], shape = [1, 1, height, width], begun = performance.now();
        const given = [a, b].map((data) => new ort.Tensor("float32", data, shape));
        const found = await session.run(Object.fromEntries(session.inputNames.map((name, k) => [name, given[k]])));
        const fused = Float32Array.from(found[session.outputNames[0]].data);
        self.postMessage({ id, fused, took: performance.now() - begun }, [fused.buffer]);
      } catch (error) {
        self.postMessage({ id, failed: String((error && error.message) || error) });
      }
    };
  }

  let worker = null, number = 0;
  const asked = new Map();

  async function start(files) {
    const runtime = await load("runtime", files.runtime);
    const wasm = await play.unpack(play.fromBase64(runtime.wasm), "gzip", Infinity);
    const source = [runtime.ort, "\n;(", work.toString(), ")();"];
    const made = new Worker(URL.createObjectURL(new Blob(source, { type: "text/javascript" })));
    made.onmessage = ({ data }) => {
      asked.get(data.id)(data);
      asked.delete(data.id);
    };
    made.onerror = (event) => {
      event.preventDefault();
      for (const answer of asked.values()) answer({ failed: event.message || "its worker did not start" });
      asked.clear();
      worker = null;
    };
    return { made, known: new Set(), first: { glue: `data:text/javascript;base64,${btoa(runtime.glue)}`, wasm } };
  }

  function ask(running, message) {
    return new Promise((resolve) => {
      number += 1;
      asked.set(number, resolve);
      running.made.postMessage({ id: number, ...message });
    });
  }

  /** The method of an exported network, for play.fuse: {slug, title, url} and the addresses of the page's files. */
  function networkMethod(network, files, times) {
    return async (a, b) => {
      if (a.height * a.width > MOST_PIXELS) {
        throw new Refusal(
          `${network.title}: ${a.height} x ${a.width} is larger than ${MOST_PIXELS} pixels (1024 x 1024), the most that a network takes in this page; ` +
            "on your own machine, medfuse fuse cuts large images into tiles."
        );
      }
      if (typeof WebAssembly === "undefined" || typeof Worker === "undefined") throw new Refusal(words(network, "no WebAssembly"));
      worker = worker || start(files).catch((error) => { worker = null; throw error; });
      const running = await worker, model = running.known.has(network.slug) ? null : play.fromBase64((await load(network.slug, network.url)).onnx);
      const { height, width } = a;
      const answer = await ask(running, { slug: network.slug, model, a: a.data, b: b.data, height, width, ...running.first });
      if (answer.failed) {
        running.made.terminate();
        worker = null;
        throw new Refusal(words(network, answer.failed));
      }
      running.first = null;
      running.known.add(network.slug);
      times.took = answer.took;
      return answer.fused;
    };
  }

  const words = (network, reason) =>
    `${network.title} could not run (${reason}). Networks need a browser with WebAssembly and enough memory; ` +
    (location.protocol === "file:"
      ? "this page was opened from the disk, which some browsers do not allow that: start python -m http.server in the site's folder and open http://localhost:8000. "
      : "") +
    "The classical methods need neither.";

  Object.assign(play, { load, arrived, networkMethod, base: document.currentScript.src });
})(globalThis.medfusePlayground);
