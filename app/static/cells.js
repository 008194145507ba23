/* Cells of a list: a cursor that moves by arrow keys, and values that are changed where they stand.
   Nobody who does not ask for it meets any of this: cells take the focus only once someone clicks one or presses an arrow key in the
   row of the cursor; the table stays a table. data-cells names the columns, each with the reason why it cannot be changed ("" = it can).
   The server draws the editor and, after saving, the row. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const table = $("[data-grid][data-cells]");
  if (!table) return;
  const texts = $("#texts")?.dataset ?? {};
  const columns = JSON.parse(table.dataset.cells), first = $("thead .pin-1", table) ? 1 : 0;
  const names = columns.map(([name]) => name).join(","), base = location.pathname;
  const wide = matchMedia("(min-width: 641px)");
  const CELLS = "tbody :is(td, th)";
  let editing = null;                               /* { form, cell, start, label } */
  let opening = null;                               /* while the editor is on its way: { typed } */

  const column = cell => columns[cell.cellIndex - first];
  const cells = row => [...row.cells].filter(column);
  const can = cell => column(cell)?.[1] === "";
  const say = (text, tone, action) => document.dispatchEvent(new CustomEvent("portal:toast", { detail: { text, tone, action } }));
  const mark = row => cells(row).filter(can).forEach(cell => { cell.dataset.can = ""; });

  /* The cursor */
  function leave(cell) { cell.removeAttribute("tabindex"); cell.classList.remove("cell-at"); }
  function enter(cell) {
    all(".cell-at", table).forEach(leave);
    cell.tabIndex = -1;
    cell.classList.add("cell-at");
    cell.focus({ preventScroll: true });
    const pane = cell.closest(".table-wrap"), at = cell.getBoundingClientRect(), room = pane.getBoundingClientRect();
    const pinned = all(":scope > .pin", cell.parentElement).filter(c => c !== cell).reduce((sum, c) => sum + c.offsetWidth, 0);
    const more = $(".more", cell.parentElement)?.offsetWidth ?? 0, headed = table.tHead.offsetHeight;
    if (!cell.matches(".pin") && at.left < room.left + pinned) pane.scrollLeft -= room.left + pinned - at.left + 8;
    else if (at.right > room.right - more) pane.scrollLeft += at.right - room.right + more + 8;
    if (at.top < room.top + headed) pane.scrollTop -= room.top + headed - at.top;
    else if (at.bottom > room.bottom) pane.scrollTop += at.bottom - room.bottom + 2;
  }
  function beside(cell, step) { const row = cells(cell.parentElement); return row[row.indexOf(cell) + step]; }
  function under(cell, step) {
    const rows = all("tbody tr", table), row = rows[rows.indexOf(cell.parentElement) + step];
    return row?.cells[cell.cellIndex];
  }
  function nextToEdit(cell, step) {
    for (let next = beside(cell, step); next; next = beside(next, step)) if (can(next)) return next;
    return beside(cell, step) ?? cell;
  }

  table.addEventListener("focusout", event => { if (event.target.matches(CELLS) && editing?.cell !== event.target) leave(event.target); });
  table.addEventListener("click", event => {
    const cell = event.target.closest(CELLS);
    if (!cell || !column(cell) || !wide.matches || event.target.closest("a, button, input, summary, label") || !getSelection().isCollapsed) return;
    enter(cell);
  });
  table.addEventListener("dblclick", event => {
    const cell = event.target.closest(CELLS);
    if (cell && can(cell) && wide.matches && !event.target.closest("a, button, input, summary, label")) { getSelection().empty(); open(cell); }
  });
  document.addEventListener("portal:row", event => {
    const cell = $(".cell-at", table);
    if (!cell || document.activeElement !== cell) return;
    event.preventDefault();
    enter(event.detail.row.cells[cell.cellIndex]);
  });
  table.addEventListener("copy", event => {
    if (!document.activeElement.matches(".cell-at") || !getSelection().isCollapsed) return;
    event.clipboardData.setData("text/plain", document.activeElement.innerText.trim());
    event.preventDefault();
  });

  table.addEventListener("keydown", event => {
    const { key, target } = event, cell = target.closest(CELLS), inside = target === cell;
    if (!cell || !column(cell) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented || !wide.matches) return;
    const link = target.matches("a");
    if (!inside && !link) return;
    if (key === "F2") { event.preventDefault(); open(cell); return; }
    let to = null;
    if (key === "ArrowRight") to = beside(cell, 1);
    else if (key === "ArrowLeft") to = beside(cell, -1);
    else if (!inside) return;
    else if (key === "ArrowDown") to = under(cell, 1);
    else if (key === "ArrowUp") to = under(cell, -1);
    else if (key === "Home") to = cells(cell.parentElement)[0];
    else if (key === "End") to = cells(cell.parentElement).at(-1);
    else if (key === "Escape") { event.preventDefault(); leave(cell); $("th a, td a", cell.parentElement)?.focus({ preventScroll: true }); return; }
    else if (key === "Enter") {
      event.preventDefault();
      const first = cell === cells(cell.parentElement)[0], own = $("a", cell);
      if (own && (first || !can(cell))) own.click(); else open(cell);
      return;
    } else return;
    event.preventDefault();
    if (to) enter(to); else if (inside) cell.focus();
  });

  /* The editor */
  const control = form => $(".field :is(input:not([type=hidden]), select, textarea)", form);
  const state = form => new URLSearchParams(new FormData(form)).toString();
  const shown = form => { const el = control(form); return el.tagName === "SELECT" ? (el.selectedOptions[0]?.value ? el.selectedOptions[0].text : "") : el.value; };

  async function open(cell) {
    const [name, why] = column(cell);
    if (why) { enter(cell); say(why, "blue"); return; }
    if (editing && !(await save())) return;
    enter(cell);
    const mine = opening = { typed: "", then: null };
    const answer = await fetch(`${base}${cell.parentElement.dataset.id}/cell?field=${encodeURIComponent(name)}`).catch(() => null);
    const text = answer?.ok ? await answer.text() : "";
    if (opening !== mine) return;                                    /* given up meanwhile */
    opening = null;
    if (!answer?.ok || answer.redirected) { say(answer?.ok === false && answer.status !== 401 ? table.dataset.gone : table.dataset.failed, "amber"); return; }
    const holder = document.createElement("template");
    holder.innerHTML = text;
    const form = $("form", holder.content);
    document.body.append(form);
    form.dispatchEvent(new CustomEvent("portal:added", { bubbles: true }));
    editing = { form, cell, start: state(form), label: shown(form) };
    form.addEventListener("keydown", press);
    form.addEventListener("submit", event => { event.preventDefault(); save(); });
    form.addEventListener("focusout", left);
    $("[data-cell-theirs]", form).addEventListener("click", async () => { const id = cell.parentElement.dataset.id; close(); redraw(id, await row(id)); });
    place();
    const input = control(form);
    input.focus({ preventScroll: true });
    input.select?.();
    if (mine.typed && input.select) { input.value = mine.typed; input.dispatchEvent(new Event("input", { bubbles: true })); }
    if (mine.then) input.dispatchEvent(new KeyboardEvent("keydown", { ...mine.then, bubbles: true, cancelable: true }));
  }
  /* Who types at once does not wait for the editor: it will find what was typed, and Esc gives it up */
  document.addEventListener("keydown", event => {
    if (!opening || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") opening = null;
    else if (event.key === "Enter" || event.key === "Tab") opening.then = { key: event.key, shiftKey: event.shiftKey };
    else if (event.key === "Backspace") opening.typed = opening.typed.slice(0, -1);
    else if (event.key.length === 1) opening.typed += event.key;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  function place() {
    if (!editing) return;
    const { form, cell } = editing, at = cell.getBoundingClientRect();
    form.style.minWidth = `${Math.max(at.width + 1, 150)}px`;
    const w = form.offsetWidth, h = form.offsetHeight;
    form.style.left = `${Math.max(8, Math.min(at.left - 1, innerWidth - w - 8))}px`;
    form.style.top = `${Math.max(8, Math.min(at.top - 1, innerHeight - h - 8))}px`;
  }
  document.addEventListener("scroll", place, true);
  addEventListener("resize", place);

  function close() {
    if (!editing) return;
    const { form, cell } = editing;
    editing = null;
    form.remove();
    if (cell.isConnected) enter(cell);
  }

  const asked = () => editing && !$("[data-cell-conflict]", editing.form).hidden;
  function press(event) {
    const { key } = event;
    if (event.isComposing || event.defaultPrevented) return;
    if (key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
    else if (key === "Enter" && !asked()) { event.preventDefault(); save(cell => under(cell, event.shiftKey ? -1 : 1) ?? cell); }
    else if (key === "Tab" && !asked()) { event.preventDefault(); save(cell => nextToEdit(cell, event.shiftKey ? -1 : 1)); }
  }
  /* Going elsewhere with the mouse saves; another window does not count, and a question waits for its answer */
  function left() {
    setTimeout(() => {
      if (!editing || asked() || !document.hasFocus() || editing.form.contains(document.activeElement)) return;
      save(null);
    });
  }

  function wrong(text) {
    const line = $("[data-cell-error]", editing.form), input = control(editing.form);
    line.id = "cell-error";
    line.textContent = text;
    line.hidden = false;
    $(".field", editing.form).classList.add("bad");
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", line.id);
    place();
    input.focus({ preventScroll: true });
    return false;
  }

  function conflict(told) {
    const { form } = editing, box = $("[data-cell-conflict]", form);
    form.elements.version.value = told.version;
    form.elements.was.value = told.was;
    for (const part of ["who", "was", "now", "yours"]) $(`[data-${part}]`, box).textContent = told.conflict[part] || "—";
    box.hidden = false;
    place();
    box.focus({ preventScroll: true });
    return false;
  }

  /* Save what is typed; move: where the cursor goes afterwards (null: wherever the focus is already). Answers whether it is done. */
  async function save(move = cell => cell) {
    const { form, cell, start } = editing;
    if (form.ariaBusy === "true") return false;
    if (state(form) === start && !asked()) { finish(cell, move); return true; }
    const data = new URLSearchParams(new FormData(form));
    data.set("cols", names);
    data.set("shown", shown(form));
    data.set("was_shown", editing.label);
    form.ariaBusy = "true";
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    form.ariaBusy = "false";
    if (editing?.form !== form) return false;
    if (answer?.status === 404 || answer?.status === 403) return wrong(table.dataset.gone);
    if (told?.conflict) return conflict(told);
    if (told?.error) return wrong(told.error);
    if (!answer?.ok || told?.row === undefined) return wrong(table.dataset.failed);
    const id = cell.parentElement.dataset.id, at = cell.cellIndex, fresh = redraw(id, told.row);
    finish(fresh?.cells[at] ?? cell, move);
    if (told.undo) say(told.text, "green", { label: texts.undo, event: "portal:undo", detail: { url: told.undo, id } });
    return true;
  }
  function finish(cell, move) {
    const { form } = editing, had = form.contains(document.activeElement) || document.activeElement === document.body;
    editing = null;
    form.remove();
    all(".cell-at", table).forEach(leave);
    if ((move || had) && cell.isConnected) enter(move ? move(cell) : cell);
  }

  /* A row as the server draws it now */
  function redraw(id, html) {
    const old = $(`tbody tr[data-id="${CSS.escape(id)}"]`, table);
    if (!old || !html) return old;
    const fresh = $("tbody tr", new DOMParser().parseFromString(html, "text/html"));
    if (!fresh) return old;
    if (old.matches(".cursor")) fresh.classList.add("cursor");
    const menu = $("[data-row-pop]", old), button = $("[data-more]", fresh);       /* rowmenu.js: one menu for all rows, here in this one */
    if (menu) table.after(menu);
    button?.setAttribute("role", "button");
    button?.setAttribute("aria-expanded", "false");
    old.replaceWith(fresh);
    mark(fresh);
    document.dispatchEvent(new CustomEvent("portal:row-drawn"));
    return fresh;
  }
  async function row(id) {
    const answer = await fetch(`${base}${id}/row?cols=${encodeURIComponent(names)}`).catch(() => null);
    return (await answer?.json().catch(() => null))?.row ?? "";
  }

  document.addEventListener("portal:undo", async event => {
    const { url, id } = event.detail, token = $("[name=csrf_token]")?.value ?? "";
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams({ csrf_token: token }), headers: { Accept: "application/json" } }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    say(told?.text ?? told?.error ?? table.dataset.failed, told?.text && !told.left ? "green" : "amber");
    const at = document.activeElement?.closest?.(`tr[data-id="${CSS.escape(id)}"] > *`)?.cellIndex;
    const fresh = redraw(id, await row(id));
    if (at !== undefined && fresh) enter(fresh.cells[at]);
  });

  all("tbody tr", table).forEach(mark);
})();
