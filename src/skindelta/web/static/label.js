// <sd-label>: two photos, which shows more, and how much more; by keyboard, mouse or finger.
// Everything that is said is in the HTML. Gradio changes it in place when the next question comes:
// then data-version is a new one. What listens therefore listens on the element itself.

(() => {
  const MEMORY = "sd-label"; // of this tab: who labels, so that a reload goes on
  const SILENT_MS = 20_000; // after that somebody may press again
  const MOST = 8; // times
  const KEYS = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "same", x: "cannot judge" };
  const ZOOMS = { "+": "in", "=": "in", "-": "out", "0": "whole" };

  window.sdLabel = {
    remember(asked) {
      try {
        sessionStorage.setItem(MEMORY, asked);
      } catch {
        // Then the name has to be typed again.
      }
    },
    forget() {
      try {
        sessionStorage.removeItem(MEMORY);
      } catch {
        // Nothing was kept.
      }
    },
  };

  customElements.define("sd-label", class extends HTMLElement {
    static observedAttributes = ["data-version"];

    constructor() {
      super();
      this.touches = new Map();
      this.onKey = event => this.pressed(event);
      this.addEventListener("click", event => this.clicked(event));
      this.addEventListener("pointerdown", event => this.grasp(event));
      this.addEventListener("pointermove", event => this.drag(event));
      for (const name of ["pointerup", "pointercancel"]) {
        this.addEventListener(name, event => this.touches.delete(event.pointerId));
      }
      this.addEventListener("wheel", event => this.wheeled(event), { passive: false });
      this.addEventListener("dblclick", event => {
        if (this.windowOf(event)) this.enlarge(this.times > 1 ? 1 : 3, event);
      });
    }

    connectedCallback() {
      document.addEventListener("keydown", this.onKey);
      this.begin();
    }

    disconnectedCallback() {
      document.removeEventListener("keydown", this.onKey);
      clearTimeout(this.silent);
    }

    attributeChangedCallback() {
      queueMicrotask(() => this.begin()); // what is inside is changed after the attribute
    }

    // A question has come.
    async begin() {
      const { version, showing, stage, asked } = this.dataset;
      if (!this.isConnected || this.version === version) return;
      this.version = version;
      this.isSent = false;
      clearTimeout(this.silent);
      window.sdLabel.remember(asked);
      if (this.showing !== showing) {
        this.showing = showing;
        this.enlarge(1);
        await this.load(version);
      }
      this.settle();
      // A digit that was pressed right after the side was meant for this step.
      const size = this.early;
      this.early = undefined;
      if (stage === "size" && size && this.version === version) this.send("size", size);
    }

    // No answer counts before both photos are there: those of the last question are still seen.
    async load(version) {
      const photos = [...this.querySelectorAll(".sd-label-window img[src]")];
      this.isLoading = true;
      this.settle();
      const done = await Promise.allSettled(photos.map(one => one.decode()));
      if (this.version !== version) return;
      this.isLoading = false;
      this.isMissing = done.some(one => one.status === "rejected");
    }

    settle() {
      this.classList.toggle("sd-loading", Boolean(this.isLoading));
      this.classList.toggle("sd-sent", Boolean(this.isSent));
      const wait = this.querySelector(".sd-label-wait");
      if (wait) wait.textContent = this.isMissing ? "A photo is no longer here: reload the page." : "";
      for (const one of this.querySelectorAll(".sd-label-answers button")) {
        one.setAttribute("aria-disabled", String(!this.isOpen));
      }
      const here = document.activeElement;
      if (this.isSeen && (!here || here === document.body || here.matches("[role=tab]"))) {
        this.focus({ preventScroll: true });
      }
    }

    get isOpen() {
      return !this.isLoading && !this.isMissing && !this.isSent;
    }

    get isSeen() {
      return this.getClientRects().length > 0;
    }

    clicked(event) {
      const button = event.target.closest("button");
      if (!button || button.disabled) return;
      const { choice, size, zoom, do: act } = button.dataset;
      if (choice) this.send("choice", choice);
      else if (size) this.send("size", size);
      else if (zoom) this.zoom(zoom);
      else if (act === "again") this.send(this.dataset.stage, this.dataset.unsaved);
      else if (act) this.ask(act);
    }

    pressed(event) {
      const { key, target } = event;
      if (!this.isSeen || event.altKey || event.repeat || event.defaultPrevented) return;
      if (target.closest("input, textarea, select, [contenteditable], [role=listbox], dialog")) return;
      const isUndo = key.toLowerCase() === "z" && !event.shiftKey;
      if ((event.ctrlKey || event.metaKey) && !isUndo) return;
      const size = this.querySelector(`[data-step=size] [data-size="${CSS.escape(key)}"]`);
      const choice = KEYS[key] ?? KEYS[key.toLowerCase()];
      if (isUndo) this.ask("undo");
      else if (choice) this.send("choice", choice);
      else if (size && this.dataset.stage === "size") this.send("size", key);
      else if (size && this.isSent) this.early = key;
      else if (ZOOMS[key]) this.zoom(ZOOMS[key]);
      else return;
      event.preventDefault();
    }

    send(stage, answer) {
      if (stage !== this.dataset.stage || !this.isOpen || !answer) return;
      this.tell("answer", { token: this.dataset.token, answer });
    }

    ask(what) {
      if (this.isSent || this.querySelector(`[data-do=${what}]`)?.disabled) return;
      this.tell(what, {});
    }

    // One thing at a time: the next is told once the answer is there.
    tell(name, detail) {
      this.isSent = true;
      this.early = undefined;
      this.settle();
      this.silent = setTimeout(() => this.failed(), SILENT_MS);
      this.dispatchEvent(new CustomEvent(`sd-${name}`, { bubbles: true, detail }));
    }

    // No question came: what was asked can be answered again.
    failed() {
      clearTimeout(this.silent);
      this.isSent = false;
      this.early = undefined;
      this.settle();
    }

    // -- both photos, larger and moved together; places are percent of a window

    windowOf(event) {
      return event.target.closest?.(".sd-label-window");
    }

    zoom(how) {
      this.enlarge(how === "whole" ? 1 : this.times * (how === "in" ? 1.5 : 1 / 1.5));
    }

    enlarge(times, at) {
      const before = this.times ?? 1;
      const [x, y] = at ? this.place(at) : [50, 50];
      this.times = Math.min(MOST, Math.max(1, times));
      const grown = this.times / before;
      this.move(x - (x - (this.x ?? 0)) * grown, y - (y - (this.y ?? 0)) * grown);
    }

    move(x, y) {
      const least = 100 * (1 - this.times);
      this.x = Math.min(0, Math.max(least, x));
      this.y = Math.min(0, Math.max(least, y));
      this.style.setProperty("--sd-times", this.times);
      this.style.setProperty("--sd-x", `${this.x}%`);
      this.style.setProperty("--sd-y", `${this.y}%`);
      this.classList.toggle("sd-enlarged", this.times > 1);
    }

    place(event) {
      const box = this.windowOf(event)?.getBoundingClientRect();
      if (!box) return [50, 50];
      return [100 * (event.clientX - box.left) / box.width, 100 * (event.clientY - box.top) / box.height];
    }

    wheeled(event) {
      if (!this.windowOf(event) || !(event.ctrlKey || this.times > 1)) return;
      event.preventDefault(); // else the page scrolls as usual
      this.enlarge(this.times * Math.exp(-event.deltaY / 300), event);
    }

    grasp(event) {
      const around = this.windowOf(event);
      if (!around || (event.pointerType === "mouse" && event.button !== 0)) return;
      this.touches.set(event.pointerId, event);
      if (this.times > 1 || this.touches.size > 1) around.setPointerCapture(event.pointerId);
    }

    drag(event) {
      const last = this.touches.get(event.pointerId);
      if (!last) return;
      const box = this.querySelector(".sd-label-window").getBoundingClientRect();
      const other = [...this.touches.values()].find(one => one.pointerId !== event.pointerId);
      if (other) {
        const far = one => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
        this.enlarge(this.times * far(event) / Math.max(1, far(last)), other);
      } else if (this.times > 1) {
        this.move(
          this.x + 100 * (event.clientX - last.clientX) / box.width,
          this.y + 100 * (event.clientY - last.clientY) / box.height,
        );
      }
      this.touches.set(event.pointerId, event);
    }
  });

  // Stands beside a question whose answer did not come: it can be given again.
  customElements.define("sd-label-failed", class extends HTMLElement {
    connectedCallback() {
      for (const one of document.querySelectorAll("sd-label")) one.failed();
    }
  });
})();
