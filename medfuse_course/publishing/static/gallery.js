/* Two pictures of the gallery, one wiped over the other: which ones, where the border lies, or how much they differ.
 * Only addresses change, so it works from a file, without a server and without a kernel. */
(function () {
  "use strict";

  function start(swipe) {
    const part = Object.fromEntries([...swipe.querySelectorAll("[data-part]")].map((e) => [e.dataset.part, e]));
    const stage = swipe.querySelector(".swipe-stage");

    function wipe() {
      stage.style.setProperty("--border", `${part.place.value}%`);
      part.place.setAttribute("aria-valuetext", `${part.place.value} % of the width shows the first picture`);
    }

    function show() {
      const scene = part.scene.selectedOptions[0];
      scene.dataset.given.split("|").forEach(function (name, number) {
        part.other.querySelector(`[value="given-${number}"]`).textContent = name;
      });
      const other = part.other.selectedOptions[0].textContent;
      part.first.src = `${scene.value}${swipe.dataset.method}.webp`;
      part.second.src = `${scene.value}${part.other.value}.webp`;
      part.second.alt = `${other}, on the right of the border`;
      part.name.textContent = other;
      const differ = part.mode.value === "difference";
      stage.classList.toggle("is-difference", differ);
      part.place.disabled = differ;
    }

    function drag(event) {
      const box = stage.getBoundingClientRect();
      part.place.value = Math.round((100 * (event.clientX - box.left)) / box.width);
      wipe();
    }

    stage.addEventListener("pointerdown", function (event) {
      if (part.place.disabled) return;
      stage.setPointerCapture(event.pointerId);
      drag(event);
    });
    stage.addEventListener("pointermove", (event) => stage.hasPointerCapture(event.pointerId) && drag(event));
    part.place.addEventListener("input", wipe);
    for (const control of [part.scene, part.other, part.mode]) {
      control.disabled = false;
      control.addEventListener("change", show);
    }
    part.first.addEventListener("load", function () {
      for (const image of [part.first, part.second]) {
        image.width = part.first.naturalWidth;
        image.height = part.first.naturalHeight;
      }
    });
    part.place.disabled = false;
    wipe();
    show();
  }

  document.querySelectorAll(".swipe").forEach(start);
})();
