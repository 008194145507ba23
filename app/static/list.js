/* Lists: rows chosen over pages, the row cursor. Their cells: cells.js; their menu: rowmenu.js; conditions: conditions.js. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const typing = el => /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio)$/.test(el.type);

  /* Selection: rows show it, the foot counts it. It is kept for this tab, by what the list finds (not by page, order or columns), as
     chosen ids or as "all but these"; the server counts anew. `#done` in the address says that it was used. */
  const table = $("[data-grid]"), bar = $("[data-bulk]"), form = $("[data-chosen]"), head = $("[data-all]"), every = $("[data-all-found]");
  const ORDER = new Set(["csrf_token", "page", "size", "sort", "cols", "view", "ids", "all", "but"]);
  const boxes = () => (table ? all("tbody .pin-1 input[type=checkbox]", table) : []);
  const found = Number(form?.dataset.found ?? 0);
  const key = form ? `chosen ${location.pathname}?${new URLSearchParams([...new FormData(form)].filter(([name]) => !ORDER.has(name) && !name.startsWith("_")))}` : "";
  const chosen = { ids: new Set(), whole: false };          /* whole: ids are those left out */
  let last = null;
  const has = id => chosen.ids.has(id) !== chosen.whole;
  const count = () => (chosen.whole ? Math.max(0, found - chosen.ids.size) : chosen.ids.size);

  function load() {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(key)); } catch { /* a tab without storage keeps nothing */ }
    chosen.ids = new Set(kept?.ids ?? []);
    chosen.whole = kept?.whole ?? false;
  }
  function store() {
    try {
      if (count()) sessionStorage.setItem(key, JSON.stringify({ ids: [...chosen.ids], whole: chosen.whole }));
      else sessionStorage.removeItem(key);
    } catch { /* as above */ }
  }
  function show() {
    const here = boxes(), n = count();
    for (const box of here) {
      box.checked = has(box.value);
      const row = box.closest("tr");
      if (box.checked) row.setAttribute("aria-selected", "true"); else row.removeAttribute("aria-selected");
    }
    const on = here.filter(b => b.checked).length;
    if (head) { head.checked = on > 0 && on === here.length; head.indeterminate = on > 0 && on < here.length; }
    if (!form) return;
    bar.classList.toggle("list-foot--bulk", n > 0);
    const text = $("[data-chosen-text]", form), number = document.createElement("b"), [before, after] = form.dataset.some.split("{n}");
    number.textContent = n.toLocaleString("en");
    text.replaceChildren(before, number, after ?? "");
    if (n > on) text.append(form.dataset.elsewhere.replace("{n}", (n - on).toLocaleString("en")));
    if (!every) return;                                       /* more were found than can be acted on at once */
    every.checked = chosen.whole;
    every.closest("label").hidden = n >= found;
  }
  function set(list, on) {
    for (const id of list) if (on !== chosen.whole) chosen.ids.add(id); else chosen.ids.delete(id);
    if (chosen.whole && !count()) none();
    store();
    show();
  }
  function none() { chosen.ids.clear(); chosen.whole = false; store(); show(); }
  function whole() { chosen.ids.clear(); chosen.whole = true; store(); show(); }
  function choose(box, on, range) {
    const here = boxes(), from = here.findIndex(b => b.value === last), to = here.indexOf(box);
    const part = range && from >= 0 ? here.slice(Math.min(from, to), Math.max(from, to) + 1) : [box];
    last = box.value;
    set(part.map(b => b.value), on);
  }

  /* Sending: what is chosen goes as one short field; the boxes themselves would send only this page */
  function fill({ formData }) {
    formData.delete("ids");
    formData.set(chosen.whole ? "but" : "ids", [...chosen.ids].join(","));
  }

  /* The row cursor: by J and K, and wherever the focus is */
  function markRow(row) {
    all("tbody tr.cursor", table).forEach(r => { if (r !== row) r.classList.remove("cursor"); });
    row.classList.add("cursor");
  }
  function moveCursor(step) {
    const rows = all("tbody tr", table), at = rows.findIndex(r => r.classList.contains("cursor"));
    const to = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    if (!to) return;
    markRow(to);
    to.scrollIntoView({ block: "nearest" });
    /* Within cells the cursor stays in its column: cells.js takes the focus and cancels this */
    if (document.dispatchEvent(new CustomEvent("portal:row", { detail: { row: to }, cancelable: true }))) $("th a, td a", to)?.focus({ preventScroll: true });
  }

  if (table && form) {
    if (location.hash === "#done") {
      try { sessionStorage.removeItem(key); } catch { /* as above */ }
      history.replaceState(history.state, "", location.pathname + location.search);
    }
    load();
    document.addEventListener("click", event => {
      if (event.target.matches("tbody .pin-1 input") && table.contains(event.target)) choose(event.target, event.target.checked, event.shiftKey);
      if (event.target.closest("[data-unselect]")) { event.preventDefault(); none(); }
    });
    document.addEventListener("change", event => {
      if (event.target === head) set(boxes().map(b => b.value), head.checked);
      if (every && event.target === every) { if (every.checked) whole(); else none(); }
    });
    form.addEventListener("formdata", fill);
    document.addEventListener("portal:row-drawn", show);
    addEventListener("pageshow", () => { load(); show(); });
    show();
  }
  if (table) {
    table.addEventListener("focusin", event => { const row = event.target.closest("tbody tr"); if (row) markRow(row); });
    document.addEventListener("keydown", event => {
      if (event.defaultPrevented || typing(event.target) || $("dialog[open]")) return;
      if (event.key === "Escape" && form && count()) { none(); return; }
      const lower = event.key.toLowerCase();
      if (lower === "a" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && form && event.target.closest(".table-wrap")) {
        event.preventDefault();
        if (every && boxes().every(b => b.checked)) whole(); else set(boxes().map(b => b.value), true);
        return;
      }
      if (document.documentElement.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (lower === "j" || lower === "k") moveCursor(lower === "j" ? 1 : -1);
      if (lower === "x" && form) { const box = $("tr.cursor .pin-1 input", table); if (box) choose(box, !box.checked, event.shiftKey); }
    });
  }
})();
