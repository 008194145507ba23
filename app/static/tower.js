/* A building's grid: one tab stop, arrows move, rooms are chosen by mouse and keyboard, and what is chosen is acted on. Choosing by
   dragging: tower_drag.js; legend and search: tower_filter.js; the card of a room: tower_card.js. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const tower = $("[data-tower]");
  if (!tower) return;
  const svg = $("[data-tower-body]", tower), scroll = $("[data-tower-scroll]", tower), bar = $("[data-tower-bar]");
  const mode = $("[data-tower-mode]"), prefixes = JSON.parse(tower.dataset.prefixes), key = `tower ${tower.dataset.tower}`;
  const cells = [...svg.querySelectorAll(".cell")], rows = [], chosen = new Set();
  const id = cell => cell.getAttribute("href").split("/").pop();
  const row = cell => Number(cell.dataset.r), column = cell => Number(cell.dataset.c);
  for (const cell of cells) { (rows[row(cell)] ??= []).push(cell); cell.setAttribute("tabindex", "-1"); }
  for (const line of rows) line?.sort((a, b) => column(a) - column(b));
  const filled = rows.filter(Boolean);
  let stop = cells[0], anchor = stop, base = new Set(), wide = false;
  stop.setAttribute("tabindex", "0");

  /* ── What is chosen ── */
  function mark(cell, on) {
    if (cell.classList.contains("is-sel") === on) return;
    cell.classList.toggle("is-sel", on);
    cell.parentNode.setAttribute("aria-selected", on);
    if (!on) { $(".tick", cell)?.remove(); return; }
    const body = $(".body", cell), right = Number(body.getAttribute("x")) + Number(body.getAttribute("width")), y = Number(body.getAttribute("y"));
    const tick = document.createElementNS(svg.namespaceURI, "path");
    tick.setAttribute("class", "tick");
    tick.setAttribute("d", `m${right - 16} ${y + 14} 3.2 3.2 6-6.4`);
    cell.append(tick);
  }
  function choose(list, on = true) {
    for (const cell of list) { if (on) chosen.add(cell); else chosen.delete(cell); mark(cell, on); }
    tell();
  }
  function only(set) {
    for (const cell of [...chosen]) if (!set.has(cell)) { chosen.delete(cell); mark(cell, false); }
    choose(set);
  }
  function none() { only(new Set()); base = new Set(); }
  function tell() {
    const n = chosen.size, count = $("[data-tower-count]", bar);
    bar.hidden = n === 0;
    const number = document.createElement("b"), [before, after] = bar.dataset.some.split("{n}");
    number.textContent = n.toLocaleString("en");
    count.replaceChildren(...(n ? [before, number, after] : []));
    const parts = prefixes.map(([label], at) => {
      const numbers = cells.filter(c => chosen.has(c) && Number(c.dataset.s) === at).map(c => c.dataset.n);
      return numbers.length ? `${label} ${numbers.slice(0, 12).join("、")}${numbers.length > 12 ? "…" : ""}`.trim() : "";
    });
    $("[data-tower-which]", bar).textContent = parts.filter(Boolean).join("；");
    bar.elements.ids.value = [...chosen].map(id).join(",");
    try {
      if (n) sessionStorage.setItem(key, bar.elements.ids.value); else sessionStorage.removeItem(key);
    } catch { /* a tab without storage keeps nothing */ }
  }
  function between(one, other) {
    const [top, bottom] = [row(one), row(other)].sort((a, b) => a - b), [left, right] = [column(one), column(other)].sort((a, b) => a - b);
    return cells.filter(c => row(c) >= top && row(c) <= bottom && column(c) >= left && column(c) <= right);
  }
  function start(cell) { anchor = cell; base = new Set(chosen); }

  /* ── Moving ── */
  function go(cell, range) {
    if (!cell) return;
    if (cell !== stop) { stop.setAttribute("tabindex", "-1"); stop = cell; stop.setAttribute("tabindex", "0"); }
    cell.focus({ preventScroll: true });
    show(cell);
    if (range) only(new Set([...base, ...between(anchor, cell)])); else start(cell);
  }
  /* The heads and the labels of the floors lie above the rooms: a cell must not end below them */
  function show(cell) {
    const box = cell.getBoundingClientRect(), view = scroll.getBoundingClientRect();
    const left = view.left + $(".tower-side", tower).offsetWidth + 6, top = view.top + $(".tower-head", tower).offsetHeight + 6;
    const x = box.left < left ? box.left - left : Math.max(0, box.right - view.right + 14);
    const y = box.top < top ? box.top - top : Math.max(0, box.bottom - view.bottom + 14);
    if (x || y) scroll.scrollBy(x, y);
    if (scroll.scrollHeight <= scroll.clientHeight) cell.scrollIntoView({ block: "nearest" });
  }
  const nearest = (line, at) => line?.reduce((best, c) => (Math.abs(column(c) - at) < Math.abs(column(best) - at) ? c : best));
  function floors(cell, step) {
    const at = filled.indexOf(rows[row(cell)]), to = Math.max(0, Math.min(filled.length - 1, at + step));
    return nearest(filled[to], column(cell));
  }
  const moves = {
    ArrowUp: cell => floors(cell, -1),
    ArrowDown: cell => floors(cell, 1),
    ArrowLeft: cell => rows[row(cell)][rows[row(cell)].indexOf(cell) - 1],
    ArrowRight: cell => rows[row(cell)][rows[row(cell)].indexOf(cell) + 1],
    PageUp: cell => floors(cell, -5),
    PageDown: cell => floors(cell, 5),
    Home: (cell, whole) => (whole ? filled[0] : rows[row(cell)])[0],
    End: (cell, whole) => (whole ? filled.at(-1) : rows[row(cell)]).at(-1),
  };
  document.addEventListener("keydown", event => {
    if (event.defaultPrevented || $("dialog[open]")) return;
    const cell = event.target.closest?.("[data-tower-body] .cell"), command = event.ctrlKey || event.metaKey;
    if (event.key === "Escape" && chosen.size && !event.target.closest?.("details[open], input[type=search]")) { none(); event.preventDefault(); return; }
    if (!cell || event.altKey) return;
    if (moves[event.key]) { event.preventDefault(); go(moves[event.key](cell, command), event.shiftKey); }
    else if (event.key === " ") {
      event.preventDefault();
      if (event.shiftKey) choose(between(anchor, cell)); else { choose([cell], !chosen.has(cell)); start(cell); }
    } else if (command && event.key.toLowerCase() === "a") { event.preventDefault(); choose(cells.filter(c => !c.classList.contains("is-dim"))); }
  });
  svg.addEventListener("focusin", event => {
    const cell = event.target.closest(".cell");
    if (cell && cell !== stop) { stop.setAttribute("tabindex", "-1"); stop = cell; cell.setAttribute("tabindex", "0"); }
  });

  /* ── By mouse and finger ── */
  svg.addEventListener("click", event => {
    const cell = event.target.closest(".cell");
    if (!cell) return;
    if (event.shiftKey) { event.preventDefault(); choose(between(anchor, cell)); }
    else if (event.ctrlKey || event.metaKey || wide) { event.preventDefault(); choose([cell], !chosen.has(cell)); start(cell); }
  });
  document.addEventListener("portal:tower-band", event => {
    const { cells: list, add } = event.detail;
    if (add) choose(list); else only(new Set(list));
    base = new Set(chosen);
  });
  mode?.addEventListener("click", () => { wide = !wide; mode.setAttribute("aria-pressed", wide); });
  $("[data-tower-none]", bar).addEventListener("click", () => { none(); stop.focus(); });

  /* ── As a list: by their references; too many for an address stand chosen in the list of the building ── */
  $("[data-tower-list]", bar).addEventListener("click", () => {
    const names = [...chosen].map(c => `${prefixes[Number(c.dataset.s)][1]}-${c.dataset.n}`), list = tower.dataset.list;
    const address = `${list}?${new URLSearchParams({ f: `reference:in:${names.join("|")}` })}`;
    if (address.length < 3500) { location.assign(address); return; }
    const query = String(new URLSearchParams({ f: `building:eq:${tower.dataset.tower}` }));
    try { sessionStorage.setItem(`chosen ${list}?${query}`, JSON.stringify({ ids: [...chosen].map(id), whole: false })); } catch { /* as above */ }
    location.assign(`${list}?${query}`);
  });

  /* ── Size ── */
  const drawings = [...tower.querySelectorAll(".tower-svg")].map(d => [d, Number(d.getAttribute("width")), Number(d.getAttribute("height"))]);
  const fit = $("[data-tower-zoom='0']"), SIZES = [0.35, 0.5, 0.65, 0.8, 1, 1.25, 1.6];
  let size = 1;
  function resize(to) {
    size = to;
    for (const [drawing, w, h] of drawings) { drawing.setAttribute("width", w * size); drawing.setAttribute("height", h * size); }
    try { sessionStorage.setItem("tower size", size); } catch { /* as above */ }
  }
  document.addEventListener("click", event => {
    const button = event.target.closest("[data-tower-zoom]");
    if (!button) return;
    const step = Number(button.dataset.towerZoom), fitted = fit.getAttribute("aria-pressed") === "true";
    fit.setAttribute("aria-pressed", step === 0 && !fitted);
    if (step) resize((step > 0 ? SIZES.find(s => s > size + 0.01) : SIZES.findLast(s => s < size - 0.01)) ?? size);
    else if (fitted) resize(1);
    else { const [[, side], [, body]] = [drawings.find(([d]) => d.closest(".tower-side")), drawings.find(([d]) => d === svg)]; resize(Math.max(0.3, Math.min(1.6, (scroll.clientWidth - 12) / (side + body)))); }
  });

  /* ── As it was before the colours were changed ── */
  try {
    if (location.hash === "#done") { sessionStorage.removeItem(key); history.replaceState(history.state, "", location.pathname + location.search); }
    const kept = Number(sessionStorage.getItem("tower size")), ids = new Set((sessionStorage.getItem(key) ?? "").split(","));
    if (kept > 0.2 && kept < 2 && kept !== 1) resize(kept);
    choose(cells.filter(c => ids.has(id(c))));
  } catch { /* as above */ }
  /* Kept from the row of a page that one comes back to, so that Enter and the way back lead to the same cell */
  addEventListener("pageshow", event => { if (event.persisted) tell(); });
})();
