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

// The table of the photos: a key that is pressed on a chosen cell replaces what stands in it.
// Gradio opens the cell then, but loses that key and keeps the old text.
{
  let typed = "";  // until the cell is open

  const cellOf = event => {
    const cell = event.target.closest("#folder-table .body-cell");
    return cell && !cell.classList.contains("static") && !event.target.matches("textarea, input") ? cell : null;
  };

  document.addEventListener("keydown", event => {
    const isText = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    const cell = cellOf(event);
    if (cell && !isText) typed = "";
    if (!isText || event.isComposing || !cell || cell.querySelector("input[type=checkbox]")) return;
    event.preventDefault();
    typed += event.key;
  }, true);

  document.addEventListener("focusin", event => {
    if (!typed || !event.target.matches("#folder-table .body-cell textarea")) return;
    event.target.value = typed;
    typed = "";
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  });

  document.addEventListener("pointerdown", () => { typed = ""; }, true);
}
