/* Lists: chosen rows, the row cursor, the menu that adds a condition. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const typing = el => /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio)$/.test(el.type);

  /* Selection: the row shows it, the foot counts it */
  const table = $("[data-grid]"), bar = $("[data-bulk]"), head = $("[data-all]");
  const boxes = table ? all("tbody .pin-1 input[type=checkbox]", table) : [];
  let last = null;
  function recount() {
    const n = boxes.filter(b => b.checked).length;
    for (const box of boxes) {
      if (box.checked) box.closest("tr").setAttribute("aria-selected", "true");
      else box.closest("tr").removeAttribute("aria-selected");
    }
    if (head) { head.checked = n > 0 && n === boxes.length; head.indeterminate = n > 0 && n < boxes.length; }
    if (bar && boxes.length) { const out = $("[data-n]", bar); if (out) out.textContent = n; bar.classList.toggle("list-foot--bulk", n > 0); }
  }
  function choose(box, on, range) {
    const from = boxes.indexOf(last), to = boxes.indexOf(box);
    if (range && from >= 0) boxes.slice(Math.min(from, to), Math.max(from, to) + 1).forEach(b => { b.checked = on; });
    box.checked = on;
    last = box;
    recount();
  }
  const none = () => { boxes.forEach(b => { b.checked = false; }); recount(); };

  function moveCursor(step) {
    const rows = all("tbody tr", table), at = rows.findIndex(r => r.classList.contains("cursor"));
    const to = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    if (!to) return;
    rows[at]?.classList.remove("cursor");
    to.classList.add("cursor");
    to.scrollIntoView({ block: "nearest" });
    $("th a, td a", to)?.focus({ preventScroll: true });
  }

  if (table) {
    document.addEventListener("click", event => {
      const box = event.target;
      if (boxes.includes(box)) choose(box, box.checked, event.shiftKey);
      if (event.target.closest("[data-unselect]")) setTimeout(none);
    });
    document.addEventListener("change", event => {
      if (event.target === head) { boxes.forEach(b => { b.checked = head.checked; }); recount(); }
    });
    document.addEventListener("keydown", event => {
      if (event.key === "Escape" && !event.defaultPrevented && boxes.some(b => b.checked) && !typing(event.target)) { none(); return; }
      if (document.documentElement.dataset.keys === "off" || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key === "j" || key === "k") moveCursor(key === "j" ? 1 : -1);
      if (key === "x") { const box = $("tr.cursor .pin-1 input", table); if (box) choose(box, !box.checked, event.shiftKey); }
    });
    addEventListener("pageshow", recount);
    recount();
  }
})();
