/* Matrix of rights: a row, a column, a subsystem at once; any right needs reading; arrows move between the ticks; counts follow; modules
   are found by name, or shown only where something is given or changed. */
(() => {
  "use strict";
  const table = document.querySelector("[data-matrix]");
  if (!table) return;
  const find = document.querySelector("[data-rights-find]"), none = document.querySelector("[data-rights-none]"), total = document.querySelector("[data-given]");
  const all = (sel, from = table) => [...from.querySelectorAll(sel)];
  const rows = all("tbody tr:not(.rights-group)");
  const names = new Map(rows.map(row => [row, row.cells[0].textContent.trim().toLowerCase()]));
  const start = new Map(all("[data-verb]").map(box => [box, box.checked]));
  const free = (sel, from) => all(`${sel}:not(:disabled)`, from).filter(box => !box.closest("tr").hidden);
  let show = "";

  function count() {
    for (const button of all("[data-rights=verb]")) {
      const boxes = all(`[data-verb="${button.dataset.of}"]`, button.closest("tbody")).filter(box => !box.closest(".extras"));
      button.textContent = `${boxes.filter(box => box.checked).length}/${boxes.length}`;
    }
    if (total) total.textContent = [...start.keys()].filter(box => box.checked).length.toLocaleString("en");
    for (const [box, was] of start) box.closest("td").classList.toggle("is-changed", all("[data-verb]", box.closest("td")).some(b => b.checked !== start.get(b)));
  }

  const fits = {
    "": () => true,
    given: row => all("[data-verb]", row).some(box => box.checked),
    changed: row => all("[data-verb]", row).some(box => box.checked !== start.get(box)),
  };
  function filter() {
    const word = find?.value.trim().toLowerCase() ?? "";
    for (const row of rows) row.hidden = !(names.get(row).includes(word) && fits[show](row));
    for (const body of table.tBodies) body.hidden = all("tr:not(.rights-group):not([hidden])", body).length === 0;
    if (none) none.hidden = rows.some(row => !row.hidden);
  }
  find?.addEventListener("input", filter);
  find?.addEventListener("keydown", event => {
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "Escape" && find.value) { event.stopPropagation(); find.value = ""; filter(); }
  });
  document.addEventListener("click", event => {
    const button = event.target.closest("[data-rights-show]");
    if (!button) return;
    show = button.dataset.rightsShow;
    for (const other of document.querySelectorAll("[data-rights-show]")) other.setAttribute("aria-pressed", String(other === button));
    filter();
  });

  /* Any right in a module is of no use without looking at it */
  function follow(box) {
    const row = box.closest("tr"), read = row.querySelector("[data-verb=read]:not(:disabled)");
    if (!read) return;
    if (box.checked) read.checked = true;
    else if (box === read) all("[data-verb]:not(:disabled)", row).forEach(b => { b.checked = false; });
  }

  table.addEventListener("click", event => {
    const button = event.target.closest("[data-rights]");
    if (!button) return;
    const { rights: what, of } = button.dataset, verb = of ? `td:not(.extras) [data-verb="${of}"]` : "[data-verb]";
    const boxes = free(verb, what === "row" ? button.closest("tr") : what === "column" ? table : button.closest("tbody"));
    const on = boxes.some(box => !box.checked);
    for (const box of boxes) { box.checked = on; if (of) follow(box); }
    count();
    table.closest("form")?.dispatchEvent(new Event("change", { bubbles: true }));
  });

  table.addEventListener("change", event => {
    if (!event.target.matches("[data-verb]")) return;
    follow(event.target);
    count();
  });

  table.addEventListener("keydown", event => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const box = event.target, cell = box.closest("td");
    if (!step || !cell || box.type !== "checkbox") return;
    event.preventDefault();
    const beside = [...cell.querySelectorAll("input:not(:disabled)")], next = step[1] ? beside[beside.indexOf(box) + step[1]] : null;
    if (next) { next.focus(); return; }
    const seen = rows.filter(row => !row.hidden);
    let y = seen.indexOf(cell.parentElement), x = cell.cellIndex;
    for (;;) {
      y += step[0]; x += step[1];
      const there = seen[y]?.cells[x];
      if (!there) return;
      const boxes = there.querySelectorAll("input[type=checkbox]:not(:disabled)");
      if (boxes.length) { boxes[step[1] < 0 ? boxes.length - 1 : 0].focus(); return; }
    }
  });
  addEventListener("pageshow", count);
})();
