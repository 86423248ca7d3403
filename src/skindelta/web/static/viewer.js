// <sd-viewer>: a line between two photos that lie on each other, or both beside each other, and
// layers over the later one.
// Everything is in the HTML already; here it begins to move. Gradio changes the HTML in place when
// a result comes after another: then data-version is a new one, and all begins again. What listens
// therefore listens on the element itself, whatever happens to what is inside it.

customElements.define("sd-viewer", class extends HTMLElement {
  static observedAttributes = ["data-version"];

  constructor() {
    super();
    this.addEventListener("input", event => this.adjust(event.target));
    this.addEventListener("click", event => {
      if (event.target.closest(".sd-zoom")) this.zoom(!this.classList.contains("sd-large"));
      const arranged = event.target.closest(".sd-arranged button");
      if (arranged) this.arrange(arranged.dataset.beside !== "");
    });
    this.addEventListener("pointerdown", event => this.grasp(event));
    this.addEventListener("pointermove", event => {
      if (this.grasped === event.pointerId) this.follow(event);
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      this.addEventListener(name, () => { this.grasped = undefined; });
    }
  }

  connectedCallback() {
    this.begin();
  }

  attributeChangedCallback() {
    queueMicrotask(() => this.begin());  // what is inside is changed after the attribute
  }

  begin() {
    if (!this.isConnected || !this.querySelector(".sd-choice")) return;
    const group = `layer-${Math.random().toString(36).slice(2)}`;  // several viewers on one page
    for (const radio of this.querySelectorAll(".sd-choice input")) {
      radio.name = group;
      radio.checked = radio.value === "";
    }
    const strength = this.querySelector(".sd-opacity input");
    strength.value = strength.defaultValue;
    this.arrange(false);
    this.move(50);
    this.show("");
    this.adjust(strength);
  }

  adjust(input) {
    if (input.classList.contains("sd-position")) this.move(Number(input.value));
    else if (input.type === "radio") this.show(input.value);
    else this.style.setProperty("--sd-strength", input.value / 100);
  }

  grasp(event) {
    const frame = event.target.closest(".sd-frame");
    const onLine = event.target.classList.contains("sd-divider");
    // An enlarged photo is moved by dragging it, the line by dragging the line.
    if (this.classList.contains("sd-beside")) return;
    if (!frame || event.button !== 0 || (this.classList.contains("sd-large") && !onLine)) return;
    this.grasped = event.pointerId;
    frame.setPointerCapture(event.pointerId);
    this.follow(event);
    event.preventDefault();
  }

  follow(event) {
    const box = this.querySelector(".sd-frame").getBoundingClientRect();
    this.move(100 * (event.clientX - box.left) / box.width);
  }

  move(percent) {
    const kept = Math.min(100, Math.max(0, percent));
    this.querySelector(".sd-position").value = kept;
    this.style.setProperty("--sd-at", `${kept}%`);
  }

  show(name) {
    for (const layer of this.querySelectorAll(".sd-layer")) {
      const chosen = layer.dataset.layer === name;
      if (chosen && layer.getAttribute("src") !== layer.dataset.src) layer.src = layer.dataset.src;
      layer.hidden = !chosen;
    }
    for (const legend of this.querySelectorAll(".sd-legend")) {
      legend.hidden = legend.dataset.layer !== name;
    }
    this.querySelector(".sd-opacity").hidden = name === "";
    // Color shall mean change and nothing else: under a map the photo is gray.
    this.classList.toggle("sd-gray", name !== "" && name !== "regions");
    if (name && Number(this.querySelector(".sd-position").value) > 90) this.move(50);
  }

  // On each other with a line between, or both whole.
  arrange(beside) {
    this.classList.toggle("sd-beside", beside);
    for (const button of this.querySelectorAll(".sd-arranged button")) {
      button.setAttribute("aria-pressed", String((button.dataset.beside !== "") === beside));
    }
    this.querySelector(".sd-position").hidden = beside;
    this.zoom(false);
  }

  zoom(large) {
    const stage = this.querySelector(".sd-stage");
    const button = this.querySelector(".sd-zoom");
    this.classList.toggle("sd-large", large);
    button.setAttribute("aria-pressed", String(large));
    button.textContent = large ? "Whole photo" : "Enlarge";
    stage.tabIndex = large ? 0 : -1;  // then it scrolls by the arrow keys
    stage.scrollLeft = (stage.scrollWidth - stage.clientWidth) / 2;
    stage.scrollTop = (stage.scrollHeight - stage.clientHeight) / 3;
  }
});
