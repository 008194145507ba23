/* Building grid: one tab stop, arrows move, space selects, the hover card follows, the legend shows one kind only.
   A cell: .cell[data-f][data-c][data-title][data-use] with a tone class. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const tower = $(".tower-svg");
  if (!tower) return;
  const cellAt = (f, c) => $(`.cell[data-f="${f}"][data-c="${c}"]`, tower);
  const tone = el => [...el.classList].find(c => c.startsWith("tone-")) ?? "tone-gray";

  function card(cell) {
    const box = $(".hover-box", tower), body = $(".body", cell), badge = $(".badge", box);
    const x = Number(body.getAttribute("x")), y = Number(body.getAttribute("y")), { width, height } = tower.viewBox.baseVal;
    box.setAttribute("x", Math.min(Math.max(0, x - 60), width - 276));
    box.setAttribute("y", y + 190 > height ? y - 130 : y + 33);
    $("b", box).textContent = cell.dataset.title;
    badge.textContent = cell.dataset.use;
    badge.className = `badge ${tone(cell)}`;
    all(".is-hover", tower).forEach(c => c.classList.remove("is-hover"));
    cell.classList.add("is-hover");
  }
  function select(cell) {
    cell.classList.toggle("is-sel");
    const n = $("[data-bulk] [data-n]");
    if (n) n.textContent = all(".is-sel", tower).length;
  }

  document.addEventListener("pointerover", event => { const cell = event.target.closest(".cell"); if (cell) card(cell); });
  document.addEventListener("click", event => {
    if (event.target.closest("[data-unselect]")) all(".cell.is-sel").forEach(select);
    const key = event.target.closest(".keys button");
    if (!key) return;
    const on = key.getAttribute("aria-pressed") !== "true", only = on && tone($(".swatch", key));
    all(".keys button").forEach(b => b.setAttribute("aria-pressed", String(b === key && on)));
    all(".cell").forEach(c => c.classList.toggle("is-dim", on && !c.classList.contains(only)));
  });
  document.addEventListener("keydown", event => {
    const cell = event.target.closest?.(".cell");
    if (!cell) return;
    const step = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (step) {
      event.preventDefault();
      const next = cellAt(Number(cell.dataset.f) + step[0], Number(cell.dataset.c) + step[1]);
      if (!next) return;
      cell.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
      card(next);
      if (event.shiftKey && !next.classList.contains("is-sel")) select(next);
    }
    if (event.key === " ") { event.preventDefault(); select(cell); }
  });
})();
