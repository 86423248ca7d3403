// Scores that can be sorted, searched and filtered in the browser; without it they are a plain table.
customElements.define("sd-scores", class extends HTMLElement {
  connectedCallback() {
    if (this.bar) return;
    this.table = this.querySelector("table");
    this.rows = [...this.table.tBodies[0].rows];
    this.heads = [...this.table.tHead.rows[0].cells];
    this.sorted = { column: -1, down: false };
    this.addBar();
    this.heads.forEach((head, column) => head.dataset.sort && this.addButton(head, column));
    this.filter();
  }

  addBar() {
    this.bar = this.appendChild(document.createElement("div"));
    this.bar.className = "sd-scores-bar";
    this.search = this.field("Search", Object.assign(document.createElement("input"), { type: "search" }));
    this.attribute = this.field("Attribute", this.choice(this.values("attribute"), "all"));
    this.verdict = this.field("Verdict", this.choice(this.values("verdict"), "all"));
    const columns = this.heads.map((head, column) => [head.textContent, column, head.dataset.sort]).filter(one => one[2]);
    this.order = this.field("Sort by", this.choice([], ""));
    this.order.parentElement.classList.add("sd-scores-order");
    this.order.append(new Option("as scored", ""));
    for (const [name, column] of columns) {
      this.order.append(new Option(name + " ↑", column + " up"), new Option(name + " ↓", column + " down"));
    }
    this.order.addEventListener("change", () => {
      const [column, way] = this.order.value.split(" ");
      this.sort(column === "" ? -1 : Number(column), way === "down");
    });
    for (const one of [this.search, this.attribute, this.verdict]) one.addEventListener("input", () => this.filter());
    this.count = this.bar.appendChild(document.createElement("p"));
    this.count.className = "sd-note";
    this.count.setAttribute("role", "status");
    this.prepend(this.bar);
  }

  field(name, control) {
    const label = document.createElement("label");
    label.append(name, control);
    this.bar.append(label);
    return control;
  }

  choice(values, all) {
    const select = document.createElement("select");
    if (all) select.append(new Option(all, ""));
    for (const value of values) select.append(new Option(value, value));
    return select;
  }

  values(name) {
    return [...new Set(this.rows.map(row => row.dataset[name]))];
  }

  addButton(head, column) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      this.sort(column, this.sorted.column === column && !this.sorted.down);
      this.order.value = column + (this.sorted.down ? " down" : " up");
    });
  }

  sort(column, down) {
    this.sorted = { column, down };
    const isNumber = column >= 0 && this.heads[column].dataset.sort === "number";
    const value = row => row.cells[column].dataset.value ?? row.cells[column].textContent;
    const compare = isNumber ? (a, b) => a - b : new Intl.Collator(undefined, { numeric: true }).compare;
    const keyed = this.rows.map(row => [row, column < 0 ? "" : value(row)]);
    if (column >= 0) {
      keyed.sort(([, a], [, b]) => {
        if (a === "" || b === "") return (a === "") - (b === "");  // what is missing comes last, both ways
        return (down ? -1 : 1) * compare(a, b);
      });
    }
    this.table.tBodies[0].append(...keyed.map(([row]) => row));
    this.heads.forEach((head, place) => {
      if (head.dataset.sort) head.setAttribute("aria-sort", place !== column ? "none" : down ? "descending" : "ascending");
    });
  }

  filter() {
    const wanted = this.search.value.trim().toLowerCase();
    let shown = 0;
    for (const row of this.rows) {
      row.hidden = Boolean(
        (this.attribute.value && row.dataset.attribute !== this.attribute.value) ||
        (this.verdict.value && row.dataset.verdict !== this.verdict.value) ||
        (wanted && !row.textContent.toLowerCase().includes(wanted)));
      shown += !row.hidden;
    }
    this.count.textContent = `${shown} of ${this.rows.length} scores shown`;
  }
});

// The table of the photos: a key that is pressed on a chosen cell replaces what stands in it, and
// nothing is lost that is typed before a cell is open. Gradio opens it a moment later, keeps the old
// text, and drops the keys until then, Enter among them.
{
  const AREA = "#folder-table .body-cell textarea";
  const WAIT_MS = 2000;  // a cell that is not open by then never will be
  let opening = null;

  const cellOf = target => {
    const cell = target.closest("#folder-table .body-cell");
    const opens = cell && !cell.classList.contains("static") && !cell.querySelector("input[type=checkbox], textarea");
    return opens ? cell : null;
  };

  const open = (keeps, typed = "") => {
    const one = { keeps, typed, cut: 0, ends: null };
    opening = one;
    setTimeout(() => { if (opening === one) opening = null; }, WAIT_MS);
  };

  document.addEventListener("dblclick", event => {
    const cell = cellOf(event.target);
    if (cell && !opening) open(true);
  }, true);

  document.addEventListener("keydown", event => {
    if (opening && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") {
      opening.keeps = false;  // all of the old text was chosen
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (opening && event.key === "Backspace" && !opening.ends) {
      if (opening.typed) opening.typed = opening.typed.slice(0, -1);
      else if (opening.keeps) opening.cut += 1;
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.target.matches(AREA)) return;
    const isText = event.key.length === 1, ends = event.key === "Enter" || event.key === "Tab";
    const cell = opening ? null : cellOf(event.target);
    const opens = cell && isText && event.key !== " ";
    if (!opens && !(opening && (isText || ends))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (opens) {
      open(false, event.key);
      cell.dispatchEvent(new MouseEvent("dblclick", { bubbles: true, cancelable: true }));
    } else if (isText && !opening.ends) opening.typed += event.key;
    else if (ends) opening.ends ??= { key: event.key, shiftKey: event.shiftKey };
  }, true);

  document.addEventListener("focusin", event => {
    if (!opening || !event.target.matches(AREA)) return;
    const { keeps, typed, cut, ends } = opening, area = event.target;
    opening = null;
    if (typed || cut) {
      area.value = (keeps ? area.value.slice(0, area.value.length - cut) : "") + typed;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (!keeps) area.select();
    // Once Gradio has taken the text over.
    const leave = new KeyboardEvent("keydown", { ...ends, bubbles: true, cancelable: true });
    if (ends) setTimeout(() => area.dispatchEvent(leave));
  });

  document.addEventListener("pointerdown", event => {
    if (opening && !cellOf(event.target)) opening = null;
  }, true);
}
