// <sd-training>: how a training is. While it runs, and somebody can see it, it asks the server how it
// is now: it tells `sd-look` every two seconds. Nothing is asked from a tab that is not in front.
(() => {
  const EVERY = 2000;

  customElements.define("sd-training", class extends HTMLElement {
    connectedCallback() {
      this.clock ??= setInterval(() => this.tick(), EVERY);
    }

    disconnectedCallback() {
      clearInterval(this.clock);
      this.clock = undefined;
    }

    tick() {
      if (this.dataset.running !== "yes" || document.hidden || !this.checkVisibility()) return;
      this.dispatchEvent(new CustomEvent("sd-look", { bubbles: true }));
    }
  });
})();
