/* Slides: reveal.js without its zoom, the machine's light or dark, and each figure drawn when it is first shown. */
(function () {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const dress = () => { document.documentElement.dataset.theme = dark.matches ? "dark" : "light"; };
  dress();
  dark.addEventListener("change", dress);

  function draw(event) {
    const slide = event.currentSlide;
    if (!slide || !slide.dataset.draw) return;
    const script = document.createElement("script");
    script.src = slide.dataset.draw;
    delete slide.dataset.draw;
    document.body.append(script);
  }

  const Reveal = window.Reveal;
  Reveal.on("ready", draw);
  Reveal.on("slidechanged", draw);
  Reveal.initialize({
    disableLayout: true, // a scaled figure would not find the pointer
    hash: true,
    slideNumber: "h.v",
    transition: "none",
    // Arrows move a slider that has the focus, and slides otherwise.
    keyboardCondition: (event) => !(event.target instanceof Element && event.target.closest(".plotly-graph-div")),
  });
})();
