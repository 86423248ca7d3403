// Whose is shown: what is of a person is seen only while that person, and that body site, are
// chosen. Answers come when they come, so each says whose it is, and looks itself whether it is.

(() => {
  let now = null; // person and site that are chosen
  const places = "sd-whose";

  const belongs = (one, { person, site }, whose = one.dataset.person) =>
    whose === (person ?? "") &&
    (!one.dataset.site || one.dataset.site === (site ?? ""));

  customElements.define(
    places,
    class extends HTMLElement {
      // Gradio writes new attributes over old ones, and takes away what is not in the new HTML.
      static observedAttributes = ["data-person", "data-site", "data-here"];
      connectedCallback() {
        this.look();
      }
      attributeChangedCallback() {
        this.look();
      }
      look() {
        const here = now !== null && belongs(this, now);
        if (here !== this.hasAttribute("data-here")) this.toggleAttribute("data-here", here);
      }
    },
  );

  window.sdWhose = {
    // Note who is chosen; what is of somebody else goes out of sight at once.
    chosen(person, site) {
      now = { person, site };
      for (const one of document.querySelectorAll(places)) one.look();
    },
    // Tell whether an element is of who is chosen.
    isHere(element) {
      const one = element.closest(places);
      return one === null || one.hasAttribute("data-here");
    },
    // Return what an answer brought for so many fields; nothing where another is chosen by now.
    brought(count, answer, chosen) {
      const read = document.createElement("template");
      read.innerHTML = answer ?? "";
      const one = read.content.querySelector(`${places}[data-brought]`);
      const isMeant =
        one !== null &&
        belongs(one, chosen, one.dataset.was) &&
        (one.dataset.held === undefined || one.dataset.held === (chosen.held ?? ""));
      if (!isMeant) return Array.from({ length: count }, () => ({ __type__: "update" }));
      return JSON.parse(one.dataset.brought);
    },
  };
})();
