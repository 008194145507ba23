/* Widths of a list's columns: drawn at the edge of a head, or by ← → on it; a double click fits the contents. The first width that is
   drawn takes all columns as they stand, so that nothing jumps; the server writes kept widths into the page (.wa1 .wb2 .wc8). */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const NARROWEST = 40, WIDEST = 999, STEP = 8;
  const table = $("table[data-grid]"), views = $("[data-views-of]");
  if (!table || !views) return;
  const heads = all("thead th[data-col]", table);
  const limit = px => Math.max(NARROWEST, Math.min(WIDEST, Math.round(px)));
  let cols = null;                                         /* the <col> of each head, once widths are drawn */

  function take() {
    if (cols) return;
    let group = $("colgroup", table);
    if (!group) {
      const cells = all("thead tr > *", table), widths = cells.map(cell => cell.offsetWidth);
      group = document.createElement("colgroup");
      cells.forEach((cell, i) => {
        const col = document.createElement("col");
        if (cell.dataset.col) col.style.width = `${limit(widths[i])}px`;
        else col.className = cell.matches(".pin-1") ? "col-select" : "col-more";
        group.append(col);
      });
      table.caption.after(group);
      table.classList.add("table--fixed");
    }
    const every = [...group.children], first = all("thead tr > *", table).indexOf(heads[0]);
    cols = heads.map((_head, i) => every[first + i]);
  }
  const width = i => heads[i].offsetWidth;
  function draw(i, px) {
    take();
    cols[i].style.width = `${limit(px)}px`;
    grips[i].setAttribute("aria-valuenow", limit(px));
  }
  /* As narrow as the widest of its cells */
  function fit(i) {
    take();
    const at = [...heads[i].parentElement.children].indexOf(heads[i]);
    cols[i].style.width = `${NARROWEST}px`;
    const widest = Math.max(...all("tr", table).map(row => row.children[at]?.scrollWidth ?? 0));
    draw(i, widest + 1);
    keep();
  }

  let waiting = 0, pending = false;
  function send() {
    clearTimeout(waiting);
    if (!pending) return;
    pending = false;
    const body = new URLSearchParams({ csrf_token: views.dataset.token, view: views.dataset.key, widths: heads.map((h, i) => `${h.dataset.col}:${width(i)}`).join(",") });
    fetch(views.dataset.viewsOf, { method: "POST", body, keepalive: true }).catch(() => { pending = true; });
  }
  function keep() { pending = true; clearTimeout(waiting); waiting = setTimeout(send, 600); }
  addEventListener("pagehide", send);

  /* The edges: one stop of the Tab key for all of them, ↑ ↓ goes from one to the next */
  const grips = heads.map((head, i) => {
    const grip = document.createElement("span"), label = head.textContent.trim();
    grip.className = "grip";
    grip.tabIndex = i ? -1 : 0;
    for (const [name, value] of Object.entries({
      role: "separator", "aria-orientation": "vertical", "aria-valuemin": NARROWEST, "aria-valuemax": WIDEST,
      "aria-valuenow": head.offsetWidth, "aria-label": views.dataset.label.replace("{what}", label),
    })) grip.setAttribute(name, value);
    head.append(grip);
    return grip;
  });
  table.addEventListener("pointerdown", event => {
    const i = grips.indexOf(event.target);
    if (i < 0 || event.button) return;
    event.preventDefault();
    const from = event.clientX, before = width(i), grip = grips[i];
    let moved = false;
    grip.setPointerCapture(event.pointerId);
    grip.classList.add("is-held");
    const follow = e => { if (moved || Math.abs(e.clientX - from) > 2) { moved = true; draw(i, before + e.clientX - from); } };
    const done = () => {
      grip.classList.remove("is-held");
      grip.removeEventListener("pointermove", follow);
      grip.removeEventListener("lostpointercapture", done);
      if (moved) keep();
    };
    grip.addEventListener("pointermove", follow);
    grip.addEventListener("lostpointercapture", done);
  });
  table.addEventListener("dblclick", event => { const i = grips.indexOf(event.target); if (i >= 0) fit(i); });
  table.addEventListener("click", event => { if (grips.includes(event.target)) event.preventDefault(); });
  table.addEventListener("keydown", event => {
    const i = grips.indexOf(event.target);
    if (i < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event, step = event.shiftKey ? 1 : STEP;
    const to = { ArrowUp: i - 1, ArrowDown: i + 1, Home: 0, End: grips.length - 1 }[key];
    if (key === "ArrowLeft" || key === "ArrowRight") { draw(i, width(i) + (key === "ArrowLeft" ? -step : step)); keep(); }
    else if (key === "Enter") fit(i);
    else if (to !== undefined && grips[to]) { grips[i].tabIndex = -1; grips[to].tabIndex = 0; grips[to].focus(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  /* What a narrow column cuts off is told where one points at it */
  table.addEventListener("pointerover", event => {
    const cell = event.target.closest("td, th");
    if (!cell || !table.classList.contains("table--fixed") || (cell.title && !cell.dataset.cut)) return;
    const cut = cell.scrollWidth > cell.clientWidth + 1;
    if (cut) { cell.title = cell.textContent.trim(); cell.dataset.cut = ""; } else if ("cut" in cell.dataset) { cell.removeAttribute("title"); delete cell.dataset.cut; }
  });
})();
