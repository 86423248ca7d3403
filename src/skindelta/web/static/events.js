// Events of Gradio that mean nothing, or the same as another: what is thrown here goes no further,
// and Gradio calls nothing that comes after it. It says nothing of it either.

(() => {
  const turns = new Map(); // how many events came of those that are one
  const held = new Map(); // what lists hold

  window.sdEvents = {
    // Let through the last of several events that come at once, such as those of a list, which
    // tells of an input when something is picked, and again when it then loses the focus.
    async together(number) {
      const turn = (turns.get(number) ?? 0) + 1;
      turns.set(number, turn);
      await new Promise((go) => setTimeout(go, 0));
      if (turns.get(number) !== turn) throw new Error("the next one is the one");
      return [];
    },
    // Note what a list holds when it gets the focus.
    holds(number, value) {
      held.set(number, value ?? "");
      return [];
    },
    // Note that something is pressed in a list; this comes before the input that it tells of.
    pressed(number) {
      held.delete(number);
      return [];
    },
    // Let through what is picked: what was pressed, or is not what the list held.
    picked(number, value) {
      if (held.get(number) === (value ?? "")) throw new Error("nothing is picked");
      held.set(number, value ?? "");
      return [];
    },
  };
})();
