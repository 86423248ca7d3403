// The page Timeline: gallery, chart and the large photo. Each tells the page what was pressed, and
// all show which two sessions lie side by side.

(() => {
  const tell = (from, name, detail) =>
    from.dispatchEvent(new CustomEvent(`sd-${name}`, { bubbles: true, detail }));

  // What a browser does not let us keep is only forgotten.
  const kept = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const keep = (name, value) => {
    try {
      localStorage.setItem(name, value);
    } catch {
      // Then it stands open again next time.
    }
  };

  // The strip and every chart follow what is pressed anywhere on the page.
  class Following extends HTMLElement {
    connectedCallback() {
      this.stop = new AbortController();
      const on = { signal: this.stop.signal };
      document.addEventListener("sd-choose", (e) => this.press(this.shots(), e.detail.session), on);
      document.addEventListener("sd-against", (e) => this.press(this.refs(), e.detail.session), on);
      this.begin(on);
    }
    disconnectedCallback() {
      this.stop.abort();
    }
    shots() {
      return [];
    }
    refs() {
      return [];
    }
    press(buttons, session) {
      for (const one of buttons) {
        one.setAttribute("aria-pressed", String(one.dataset.session === session));
      }
    }
    // One stop of the Tab key for many buttons; arrow keys go from one to the next.
    rove(e, buttons, now) {
      const last = buttons.length - 1;
      const at = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[e.key];
      if (at === undefined || now < 0) return null;
      e.preventDefault();
      return buttons[Math.max(0, Math.min(last, at))];
    }
  }

  customElements.define(
    "sd-gallery",
    class extends Following {
      begin(on) {
        this.strip = this.querySelector(".sd-strip");
        this.addEventListener("click", (e) => this.clicked(e), on);
        this.addEventListener("keydown", (e) => this.keyed(e), on);
        this.addEventListener("error", (e) => this.missing(e), { capture: true, ...on });
        const chosen = this.querySelector(".sd-pick[aria-pressed=true]");
        this.stay(chosen ?? this.shots().at(-1));
        // It may be drawn before it is shown; then it has no width yet.
        const seen = new ResizeObserver(() => {
          if (!this.strip.clientWidth) return;
          seen.disconnect();
          const near = { block: "nearest", inline: "nearest" };
          if (chosen) chosen.closest("li").scrollIntoView(near);
          else this.strip.scrollLeft = this.strip.scrollWidth; // the latest, beside the first
        });
        seen.observe(this.strip);
      }
      shots() {
        return [...this.querySelectorAll(".sd-pick")];
      }
      refs() {
        return [...this.querySelectorAll(".sd-against")];
      }
      clicked(e) {
        const button = e.target.closest("button[data-session]");
        if (!button) return;
        const names = { "sd-pick": "choose", "sd-against": "against", "sd-open": "open" };
        this.stay(button.closest("li").querySelector(".sd-pick"));
        tell(this, names[button.classList[0]], { session: button.dataset.session });
      }
      keyed(e) {
        const kind = e.target.classList[0];
        const alike = [...this.querySelectorAll(`.${kind}`)];
        const next = this.rove(e, alike, alike.indexOf(e.target));
        if (!next) return;
        this.stay(next.closest("li").querySelector(".sd-pick"));
        next.focus();
      }
      stay(shot) {
        if (!shot) return;
        for (const button of this.querySelectorAll("button")) button.tabIndex = -1;
        for (const button of shot.closest("li").querySelectorAll("button")) button.tabIndex = 0;
      }
      missing(e) {
        if (e.target.tagName !== "IMG") return;
        const told = document.createElement("span");
        told.className = "sd-missing";
        told.textContent = "no longer here: choose the person again";
        e.target.replaceWith(told);
      }
    },
  );

  customElements.define(
    "sd-chart",
    class extends Following {
      begin(on) {
        this.key();
        for (const plot of this.querySelectorAll(".sd-plot")) {
          const points = [...plot.querySelectorAll(".sd-point")];
          points.forEach((one, at) => (one.tabIndex = at === points.length - 1 ? 0 : -1));
          const tip = document.createElement("div");
          tip.className = "sd-tip";
          tip.hidden = true;
          tip.setAttribute("aria-hidden", "true"); // the buttons are called the same
          plot.append(tip);
          const near = (e) => this.nearest(plot, points, e);
          plot.addEventListener("pointermove", (e) => this.point(plot, tip, near(e)), on);
          plot.addEventListener("pointerleave", () => this.point(plot, tip, null), on);
          plot.addEventListener("focusin", (e) => this.point(plot, tip, e.target), on);
          plot.addEventListener("focusout", () => this.point(plot, tip, null), on);
          plot.addEventListener("click", (e) => this.clicked(e.detail ? near(e) : e.target), on);
          plot.addEventListener("keydown", (e) => this.keyed(e, points), on);
        }
      }
      shots() {
        return [...this.querySelectorAll(".sd-point")];
      }
      // What the marks mean stands open until somebody closes it.
      key() {
        const key = this.parentElement?.querySelector(".sd-key");
        if (!key) return;
        if (kept("sd-key") === "closed") key.open = false;
        key.addEventListener("toggle", () => keep("sd-key", key.open ? "open" : "closed"));
      }
      // Points of sixty sessions lie closer than a finger is wide: the nearest is meant.
      nearest(plot, points, e) {
        const box = plot.getBoundingClientRect();
        const [x, y] = [e.clientX - box.left, e.clientY - box.top];
        let found = null;
        let least = 34;
        for (const one of points) {
          const [left, top] = [one.offsetLeft, one.offsetTop];
          const far = Math.hypot(left - x, 0.5 * (top - y));
          if (far < least) [found, least] = [one, far];
        }
        return found;
      }
      point(plot, tip, one) {
        plot.classList.toggle("sd-near", Boolean(one));
        for (const other of plot.querySelectorAll(".sd-here")) other.classList.remove("sd-here");
        tip.hidden = !one?.classList.contains("sd-point");
        if (tip.hidden) return;
        one.classList.add("sd-here");
        const [day, ...rest] = one.getAttribute("aria-label").split(": ");
        const name = document.createElement("strong");
        name.textContent = day;
        tip.replaceChildren(name, document.createElement("br"), rest.join(": "));
        const half = tip.offsetWidth / 2;
        const room = plot.clientWidth - half;
        tip.style.left = `${Math.max(half, Math.min(room, one.offsetLeft))}px`;
        const below = one.offsetTop < tip.offsetHeight + 18;
        tip.style.top = `${one.offsetTop + (below ? 16 : -16 - tip.offsetHeight)}px`;
      }
      clicked(one) {
        if (one?.classList.contains("sd-point")) {
          tell(this, "choose", { session: one.dataset.session });
        }
      }
      keyed(e, points) {
        const next = this.rove(e, points, points.indexOf(e.target));
        if (!next) return;
        for (const one of points) one.tabIndex = one === next ? 0 : -1;
        next.focus();
      }
    },
  );

  customElements.define(
    "sd-large",
    class extends HTMLElement {
      connectedCallback() {
        const dialog = this.querySelector("dialog");
        dialog.addEventListener("click", (e) => {
          const shot = e.target.closest("button[data-shot]");
          if (shot) {
            const { session, shot: number } = shot.dataset;
            tell(this, "open", { session, shot: Number(number) });
          } else if (e.target === dialog || e.target.closest(".sd-close")) {
            dialog.close();
          }
        });
        if (!dialog.open && window.sdWhose.isHere(this)) dialog.showModal();
      }
    },
  );

  // Read aloud when something appears away from where it was asked for.
  const heard = document.createElement("div");
  heard.id = "sd-heard";
  heard.setAttribute("role", "status");
  document.body.append(heard);

  // What was asked for below or above the window comes into it.
  customElements.define(
    "sd-arrived",
    class extends HTMLElement {
      connectedCallback() {
        if (!window.sdWhose.isHere(this)) return; // somebody else is chosen by now
        const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
        const behavior = calm ? "auto" : "smooth";
        heard.textContent = this.dataset.said;
        requestAnimationFrame(() => {
          const { top } = this.getBoundingClientRect();
          if (top < 0 || top > 0.6 * innerHeight) this.scrollIntoView({ behavior, block: "start" });
        });
      }
    },
  );
})();
