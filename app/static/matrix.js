/* Matrix of rights: a whole row or subsystem at once; any right needs reading; arrows move between the ticks. */
(() => {
  "use strict";
  const table = document.querySelector("[data-matrix]");
  if (!table) return;
  const ticks = from => [...from.querySelectorAll("input[type=checkbox]:not(:disabled)")];
  const changed = () => table.closest("form")?.dispatchEvent(new Event("change", { bubbles: true }));

  table.addEventListener("click", event => {
    const button = event.target.closest("[data-rights]");
    if (!button) return;
    const boxes = ticks(button.closest(button.dataset.rights === "row" ? "tr" : "tbody"));
    const on = boxes.some(b => !b.checked);
    boxes.forEach(b => { b.checked = on; });
    changed();
  });

  table.addEventListener("change", event => {
    const box = event.target, row = box.closest("tr");
    if (!box.matches("[data-verb]") || !row) return;
    const read = row.querySelector("[data-verb=read]:not(:disabled)");
    if (!read) return;
    if (box.checked) read.checked = true;
    else if (box === read) ticks(row).forEach(b => { b.checked = false; });
  });

  table.addEventListener("keydown", event => {
    const cell = event.target.closest("td"), box = event.target;
    if (!cell || box.type !== "checkbox") return;
    const row = cell.parentElement, i = [...row.children].indexOf(cell);
    const rows = [...table.querySelectorAll("tbody tr:not(.rights-group)")], r = rows.indexOf(row);
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    let y = r, x = i;
    for (;;) {
      y += step[0]; x += step[1];
      const next = rows[y]?.children[x];
      if (!next) return;
      const to = next.querySelector("input:not(:disabled)");
      if (to) { to.focus(); return; }
    }
  });
})();
