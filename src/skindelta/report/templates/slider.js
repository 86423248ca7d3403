"use strict";
for (const slider of document.querySelectorAll("[data-slider]")) {
  const range = slider.querySelector("input[type=range]");
  const move = () => {
    slider.style.setProperty("--cut", `${range.value}%`);
    range.setAttribute("aria-valuetext", `before on the left ${range.value} %, after on the rest`);
  };
  range.addEventListener("input", move);
  slider.dataset.slider = "ready";
  move();
}
