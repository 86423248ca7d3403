// <sd-marker>: points in a photo by mouse, finger or keyboard. Points are fractions of the picture.
// Gradio changes the HTML in place when something was marked: then data-version is a new one, and
// the points begin anew. What listens therefore listens on the element itself.

customElements.define("sd-marker", class extends HTMLElement {
  static observedAttributes = ["data-version"];

  constructor() {
    super();
    this.points = [];
    this.cross = [0.5, 0.5];
    this.times = 1;
    this.pending = false;
    this.addEventListener("change", event => { if (event.target.type === "radio") this.chosen(event.target); });
    this.addEventListener("input", event => {
      this.draw();
      if (event.target.type === "text" && this.points.length) this.sayCount();
    });
    this.addEventListener("click", event => this.clicked(event));
    this.addEventListener("keydown", event => this.pressed(event));
    this.addEventListener("focusin", () => this.showCross());
    this.addEventListener("focusout", () => this.showCross());
  }

  connectedCallback() {
    this.begin();
  }

  attributeChangedCallback() {
    queueMicrotask(() => this.begin());  // what is inside is changed after the attribute
  }

  begin() {
    if (!this.isConnected || !this.querySelector(".sd-mark-box")) return;
    const told = this.querySelector(".sd-mark-trouble");
    if (!told) {  // what was marked is kept, and the next one begins
      this.points = [];
      this.querySelector(".sd-mark-name input").value = "";
    }
    this.choose();
    this.enlarge(this.times);
  }

  chosen(radio) {
    if (radio.dataset.choice === "which") this.dataset.which = radio.value;
    else this.dataset.kind = radio.value;
    if (this.dataset.kind === "region") this.dataset.which = "before";
    this.points = [];
    this.choose();
  }

  // Show the photo and the hint that belong to what is chosen.
  choose() {
    const { which, kind } = this.dataset;
    for (const radio of this.querySelectorAll(".sd-choice input")) {
      const isPhoto = radio.dataset.choice === "which";
      radio.checked = radio.value === (isPhoto ? which : kind);
      if (isPhoto) radio.disabled = kind === "region" && radio.value === "after";  // found there by itself
    }
    for (const one of this.querySelectorAll("img[data-which], polygon[data-which], .sd-mark-label")) {
      one.toggleAttribute("hidden", one.dataset.which !== which);
    }
    for (const hint of this.querySelectorAll(".sd-mark-hint")) hint.hidden = hint.dataset.kind !== kind;
    this.querySelector(".sd-mark-name").hidden = kind !== "region";
    const picture = this.querySelector(".sd-mark-box img:not([hidden])");
    if (picture) this.box.style.setProperty("--sd-ratio", picture.dataset.ratio);
    this.draw();
    this.showCross();
  }

  get box() {
    return this.querySelector(".sd-mark-box");
  }

  clicked(event) {
    const button = event.target.closest("button");
    if (event.target.closest(".sd-mark-box")) {
      const box = this.box.getBoundingClientRect();
      this.put([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
    } else if (button?.dataset.times) {
      this.enlarge(Number(button.dataset.times));
    } else if (button?.matches(".sd-mark-done")) {
      this.keep();
    } else if (button?.matches(".sd-mark-undo")) {
      this.undo();
    } else if (button?.matches(".sd-mark-clear")) {
      this.points = [];
      this.draw();
      this.say("No points set.");
    } else if (button?.matches(".sd-unmark")) {
      const { which, kind } = this.dataset;
      this.tell("sd-unmark", { index: Number(button.dataset.index), which, kind });
    }
  }

  pressed(event) {
    if (event.target.matches(".sd-mark-name input")) {
      if (event.key === "Enter" && this.isWhole()) this.keep();
      return;
    }
    if (event.target !== this.box) return;
    const step = event.shiftKey ? 0.002 : 0.02;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (moves[event.key]) {
      this.cross = inside(this.cross.map((at, axis) => at + moves[event.key][axis]));
      this.draw();
      this.querySelector(".sd-cross").scrollIntoView({ block: "nearest", inline: "nearest" });
      const [x, y] = this.cross.map(at => Math.round(100 * at));
      this.say(`Cross at ${x} % from the left, ${y} % from the top.`);
    } else if (event.key === "Enter" || event.key === " ") {
      this.put(this.cross);
    } else if (event.key === "Backspace") {
      this.undo();
    } else {
      return;
    }
    event.preventDefault();
  }

  put(point) {
    if (this.dataset.kind === "card" && this.points.length === 4) return;
    this.cross = inside(point);
    this.points.push(this.cross);
    this.draw();
    this.sayCount();
  }

  undo() {
    this.points.pop();
    this.draw();
    this.sayCount();
  }

  hasPoints() {
    const count = this.points.length;
    return { region: count >= 3, card: count === 4, grey: count === 1 || count >= 3 }[this.dataset.kind];
  }

  isWhole() {
    const named = this.dataset.kind !== "region" || this.querySelector(".sd-mark-name input").value.trim() !== "";
    return this.hasPoints() && named;
  }

  // Points are fractions of the box, so they stay where they are at any size.
  enlarge(times) {
    const around = this.querySelector(".sd-mark-window");
    const middle = this.points.length ? this.points.at(-1) : this.cross;
    this.times = times;
    for (const button of this.querySelectorAll(".sd-mark-sizes button")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.times) === times));
    }
    around.style.setProperty("--sd-times", times);
    around.classList.toggle("sd-large", times > 1);
    around.scrollLeft = middle[0] * around.scrollWidth - around.clientWidth / 2;
    around.scrollTop = middle[1] * around.scrollHeight - around.clientHeight / 2;
  }

  // Compare measures what was kept; so the page must know that there is more.
  tellPending() {
    const pending = this.points.length > 0;
    if (pending === this.pending) return;
    this.pending = pending;
    this.tell("sd-pending", { pending });
  }

  keep() {
    const { which, kind } = this.dataset;
    this.tell("sd-mark", { which, kind, name: this.querySelector(".sd-mark-name input").value, points: this.points });
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  sayCount() {
    const count = this.points.length;
    let next = "";
    if (this.hasPoints()) next = this.isWhole() ? " Not kept yet: choose Keep when it is right." : " Not kept yet: give it a name, then choose Keep.";
    this.say(`${count} ${count === 1 ? "point" : "points"} set.${next}`);
  }

  say(text) {
    this.querySelector(".sd-mark-said").textContent = text;
  }

  showCross() {
    this.querySelector(".sd-cross").hidden = !this.box.matches(":focus-visible");
  }

  draw() {
    this.querySelector(".sd-mark-new polygon").setAttribute("points", this.points.map(p => p.join(",")).join(" "));
    const dots = this.points.map(([x, y], index) => {
      const dot = document.createElement("span");
      dot.textContent = index + 1;
      dot.style.left = `${100 * x}%`;
      dot.style.top = `${100 * y}%`;
      return dot;
    });
    this.querySelector(".sd-mark-points").replaceChildren(...dots);
    const cross = this.querySelector(".sd-cross");
    cross.style.left = `${100 * this.cross[0]}%`;
    cross.style.top = `${100 * this.cross[1]}%`;
    this.querySelector(".sd-mark-done").disabled = !this.isWhole();
    this.tellPending();
    for (const name of ["undo", "clear"]) this.querySelector(`.sd-mark-${name}`).disabled = !this.points.length;
  }
});

function inside(point) {
  return point.map(at => Math.min(1, Math.max(0, at)));
}
