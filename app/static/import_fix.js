/* Bad cells corrected where they stand. Every correction is sent at once and the row comes back as it now is. Tab goes from one bad cell to
   the next, Alt+Enter takes the suggestion, Alt+Backspace takes a correction back, Alt+Delete leaves the row out, Ctrl+D fills down, Ctrl+Z
   takes back the last. Esc leaves the input: then the arrows go to any cell, and Enter or F2 opens it. */
(() => {
  "use strict";
  const form = document.querySelector("[data-fix]");
  if (!form) return;
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const grid = $("[data-fix-grid]"), fill = $("[data-fill]");
  const CELL = "input[name^='cell.']";
  const say = (text, tone, action) => document.dispatchEvent(new CustomEvent("portal:toast", { detail: { text, tone, action } }));
  const rowOf = el => el.closest("tr[data-row]"), cellOf = el => el.closest("td[data-col]");
  const bad = () => all(`.bad ${CELL}`, grid);
  const done = [];                                  /* what Ctrl+Z takes back: lists of { rows, column } */
  let queue = Promise.resolve();

  async function post(fields) {
    const sent = new URLSearchParams(new FormData(form));
    for (const name of [...sent.keys()]) if (name.startsWith("cell.")) sent.delete(name);
    for (const [name, value] of Object.entries(fields)) sent.set(name, value);
    const answer = await fetch(form.action, { method: "POST", body: sent, headers: { "X-Part": "1" } }).catch(() => null);
    const told = answer && !answer.redirected ? await answer.json().catch(() => null) : null;
    if (!told) { say(form.dataset.failed, "amber"); return null; }
    if (told.problem) say(told.problem, "red");
    return told;
  }
  function draw(rows) {
    const was = document.activeElement, at = grid?.contains(was) ? { row: rowOf(was)?.dataset.row, col: cellOf(was)?.dataset.col } : null;
    for (const [number, html] of Object.entries(rows)) {
      const old = $(`tr[data-row="${number}"]`, grid), holder = document.createElement("template");
      if (!old) continue;
      holder.innerHTML = html.trim();
      const fresh = holder.content.firstElementChild;
      if (!fresh) continue;
      old.replaceWith(fresh);
      fresh.dispatchEvent(new CustomEvent("portal:added", { bubbles: true, detail: fresh }));
    }
    if (at && !document.contains(was) && at.row) {
      const row = $(`tr[data-row="${at.row}"]`, grid), cell = row && $(`td[data-col="${at.col}"]`, row);
      ($(CELL, cell ?? row) ?? $("button", row))?.focus({ preventScroll: true });
    }
  }
  const run = job => { queue = queue.then(job, job); return queue; };
  function act(fields, remember) {
    return run(async () => {
      const told = await post(fields);
      if (!told) return null;
      draw(told.rows ?? {});
      stale(told.state);
      if (remember && !told.problem) done.push(remember);
      if (told.same && !told.problem) offer(told, fields);
      if (told.told) say(told.told, "green");
      return told;
    });
  }
  /* The numbers on the page are those of the last run now: writing waits for the next one */
  function stale(state) {
    if (state !== "uploaded") return;
    $("[form=again]")?.classList.add("btn--primary");
    const write = $("[data-write] button");
    if (write && !write.disabled) { write.disabled = true; write.classList.remove("btn--primary"); }
  }
  function offer(told, fields) {
    const row = $(`tr[data-row="${fields.rows}"]`, grid), why = row && $(".why", row);
    if (!why) return;
    const line = document.createElement("span"), button = document.createElement("button");
    line.className = "why-same";
    button.type = "button";
    button.className = "btn btn--s";
    button.textContent = told.all;
    button.addEventListener("click", () => everywhere({ ...told.same, text: fields.text }));
    line.append(`${told.ask} `, button);
    why.append(line);
    line.setAttribute("role", "status");
  }
  function everywhere({ wrong, target, column, text }) {
    const same = all("tr[data-row]", grid).filter(row => !row.matches(".is-out")).map(row => row.dataset.row);
    return run(async () => {
      const told = await post({ _do: "everywhere", wrong, target, column, text, rows: same.join() });
      if (!told) return;
      draw(told.rows ?? {});
      stale(told.state);
      if (told.told) say(told.told, "green");
    });
  }

  function keep(input) {
    const text = input.value, [, row, column] = input.name.split(".");
    if (text === input.dataset.was) return;
    input.dataset.was = text;
    act({ _do: "put", rows: row, column, text }, { rows: row, column });
  }
  function adopt(input) {
    const word = input.dataset.suggestion;
    if (!word) return false;
    input.value = word;
    return true;
  }
  /* The next bad cell; in the row itself first */
  function next(input, step) {
    const list = all(CELL, grid).filter(el => el.closest(".bad") || el === input), at = list.indexOf(input);
    return list[at + step] ?? null;
  }

  /* A range of rows in one column: Shift and arrows, or Shift and a click */
  let range = [];
  function select(cells) {
    range.forEach(cell => cell.classList.remove("in-range"));
    range = cells;
    range.forEach(cell => cell.classList.add("in-range"));
    if (fill) fill.disabled = range.length < 2;
  }
  function column(cell, step) {
    const rows = all("tr[data-row]", grid), row = rows[rows.indexOf(rowOf(cell)) + step];
    return row ? $(`td[data-col="${cell.dataset.col}"]`, row) : null;
  }
  function between(first, last) {
    const cells = all(`td[data-col="${first.dataset.col}"]`, grid), a = cells.indexOf(first), b = cells.indexOf(last);
    return cells.slice(Math.min(a, b), Math.max(a, b) + 1);
  }
  const textOf = cell => $("input", cell)?.value ?? cell.innerText.trim();
  function fillDown() {
    if (range.length < 2) return;
    const [first, ...rest] = range, text = textOf(first), rows = rest.map(cell => rowOf(cell).dataset.row).join();
    select([]);
    act({ _do: "put", rows, column: first.dataset.col, text }, { rows, column: first.dataset.col });
  }
  fill?.addEventListener("click", fillDown);

  /* Other cells than the bad ones: opened on demand */
  function enter(cell) {
    all("[data-at]", grid).forEach(el => { delete el.dataset.at; el.removeAttribute("tabindex"); });
    const input = $("input, button", cell);
    if (input && cell.matches(".acts")) { input.focus(); return; }
    cell.dataset.at = "";
    cell.tabIndex = -1;
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  function open(cell) {
    const there = $(CELL, cell);
    if (there) { there.focus(); there.select(); return; }
    const row = rowOf(cell);
    if (row.matches(".is-out") || cell.dataset.col === undefined) return;
    const input = document.createElement("input"), head = grid.tHead.rows[0].cells[cell.cellIndex];
    input.name = `cell.${row.dataset.row}.${cell.dataset.col}`;
    input.value = input.dataset.was = cell.innerText.trim();
    input.setAttribute("form", "fix");
    input.setAttribute("aria-label", `${row.dataset.row}, ${head.innerText.trim()}`);
    input.dataset.opened = "";
    const list = document.getElementById(`words-${cell.dataset.col}`);
    if (list) { input.setAttribute("list", list.id); input.dataset.suggest = ""; }
    const shown = [...cell.childNodes];
    cell.replaceChildren(input);
    cell.classList.add("is-opened");
    cell.dispatchEvent(new CustomEvent("portal:added", { bubbles: true, detail: cell }));
    input.focus();
    input.select();
    input.addEventListener("blur", () => setTimeout(() => {
      if (input.value === input.dataset.was && cell.contains(input)) { cell.classList.remove("is-opened"); cell.replaceChildren(...shown); }
    }, 0));
  }

  grid?.addEventListener("change", event => { if (event.target.matches(CELL)) keep(event.target); });
  grid?.addEventListener("dblclick", event => { const cell = cellOf(event.target); if (cell && !event.target.matches("input")) { getSelection().empty(); open(cell); } });
  grid?.addEventListener("mousedown", event => {
    const cell = cellOf(event.target);
    if (event.shiftKey && cell) {
      const from = range[0] ?? cellOf(document.activeElement ?? grid);
      if (from && from.dataset.col === cell.dataset.col) { event.preventDefault(); select(between(from, cell)); return; }
    }
    if (cell) select([]);
  });
  grid?.addEventListener("click", event => {
    const cell = cellOf(event.target);
    if (cell && !event.shiftKey && !event.target.closest("input, button, a") && getSelection().isCollapsed) enter(cell);
  });
  grid?.addEventListener("focusin", event => {
    const row = rowOf(event.target);
    all("tr.cursor", grid).forEach(r => { if (r !== row) r.classList.remove("cursor"); });
    row?.classList.add("cursor");
  });

  grid?.addEventListener("keydown", event => {
    const { key, target } = event, cell = cellOf(target) ?? target.closest("td.acts"), row = rowOf(target);
    if (!row || event.isComposing || event.defaultPrevented) return;
    const input = target.matches(CELL) ? target : null, ctrl = event.ctrlKey || event.metaKey;
    const stop = () => { event.preventDefault(); event.stopPropagation(); };
    if (ctrl && key.toLowerCase() === "d") { stop(); if (range.length > 1) fillDown(); else if (cell?.dataset.col && column(cell, 1)) { select(between(cell, column(cell, 1))); fillDown(); } return; }
    if (ctrl && key.toLowerCase() === "z" && (!input || input.value === input.dataset.was) && done.length) {
      stop();
      const last = done.pop();
      act({ _do: "undo", rows: last.rows, column: last.column });
      return;
    }
    if (event.altKey && key === "Enter") {
      stop();
      const one = input?.dataset.suggestion ? input : $("[data-suggestion]", row);
      if (one && adopt(one)) { const to = next(one, 1); keep(one); to?.focus(); to?.select(); }
      return;
    }
    if (event.altKey && key === "Delete") { stop(); act({ _do: "leave", rows: row.dataset.row }); return; }
    if (event.altKey && key === "Backspace") { stop(); $("[data-undo]", row)?.click(); return; }
    if (ctrl || event.altKey) return;
    if (key === "Tab" && input) {
      const to = next(input, event.shiftKey ? -1 : 1);
      if (to) { stop(); keep(input); to.focus(); to.select(); }
      return;
    }
    if ((key === "ArrowDown" || key === "ArrowUp") && cell?.dataset.col !== undefined) {
      const from = range.length ? range : [cell], step = key === "ArrowDown" ? 1 : -1;
      if (event.shiftKey) {
        stop();
        const edge = column(step > 0 ? from.at(-1) : from[0], step);
        if (edge) select(between(from[0] === cell || step > 0 ? from[0] : from.at(-1), edge));
        return;
      }
      const to = column(cell, step);
      if (to) { stop(); if (input) { keep(input); $(CELL, to) ? ($(CELL, to).focus(), $(CELL, to).select()) : enter(to); } else enter(to); select([]); }
      return;
    }
    if (input) {
      if (key === "Escape") { stop(); if (input.value !== input.dataset.was) input.value = input.dataset.was; else enter(cell); }
      else if (key === "Enter") { stop(); const to = next(input, 1); keep(input); (to ?? input).focus(); to?.select(); }
      return;
    }
    if (key === "ArrowRight" || key === "ArrowLeft") {
      const cells = [...row.cells], to = cells[cells.indexOf(cell) + (key === "ArrowRight" ? 1 : -1)];
      if (to?.dataset.col !== undefined || to?.matches(".acts, .why")) { stop(); enter(to.matches(".why") ? cells[cells.indexOf(to) + (key === "ArrowRight" ? 1 : -1)] : to); }
    } else if ((key === "Enter" || key === "F2") && cell && !target.matches("button, a")) { stop(); open(cell); }
    else if (key === "Escape") { stop(); select([]); (bad()[0] ?? grid).focus?.(); }
  });

  /* Buttons of a row say what they ask for in their value */
  document.addEventListener("click", event => {
    const button = event.target.closest("button[name=_act][form=fix]");
    if (!button || !grid?.contains(button)) return;
    event.preventDefault();
    const fields = Object.fromEntries(new URLSearchParams(button.value)), row = rowOf(button);
    if (fields._do === "nowhere" || fields._do === "everywhere") {
      run(async () => { const told = await post({ ...fields, rows: all("tr[data-row]", grid).map(r => r.dataset.row).join() }); if (!told) return; draw(told.rows ?? {}); stale(told.state); if (told.told) say(told.told, "green"); });
      return;
    }
    const input = fields._do === "put" ? $(`${CELL}[name="cell.${fields.rows}.${fields.column}"]`, row) : null;
    const to = input ? next(input, 1) : null;
    act(fields, fields._do === "put" ? { rows: fields.rows, column: fields.column } : null).then(() => { (to && document.contains(to) ? to : null)?.focus(); });
  });

  /* By value: each line is a form of its own */
  document.addEventListener("change", event => {
    const line = event.target.closest("[data-everywhere]");
    if (line && event.target.value !== event.target.dataset.was) line.requestSubmit();
  });
  document.addEventListener("keydown", event => {
    const line = event.target.closest?.("[data-everywhere]");
    if (line && event.altKey && event.key === "Enter" && event.target.dataset.suggestion) { event.preventDefault(); event.target.value = event.target.dataset.suggestion; line.requestSubmit(); }
  });
  document.addEventListener("click", event => {
    const take = event.target.closest("[data-value] [data-take]");
    if (!take) return;
    const line = $("[data-everywhere]", take.closest("tr"));
    line.elements.text.value = line.elements.text.dataset.suggestion;
    line.requestSubmit();
  });
  document.addEventListener("submit", event => {
    const line = event.target.closest?.("[data-everywhere]");
    if (!line) return;
    event.preventDefault();
    const input = line.elements.text, row = line.closest("tr"), text = input.value.trim();
    const lines = all("[data-everywhere] [name=text]"), to = lines[lines.indexOf(input) + 1];
    run(async () => {
      const told = await post({ _do: text ? "everywhere" : "nowhere", wrong: line.elements.wrong.value, target: line.elements.target.value, column: line.elements.column.value, text });
      if (!told || told.problem) return;
      input.dataset.was = text;
      row.classList.toggle("is-done", Boolean(text));
      input.closest("td").className = text ? "ok" : "bad";
      stale(told.state);
      if (told.told) say(told.told, "green");
    });
    if (document.activeElement === input || document.activeElement === document.body) to?.focus();
  });
})();
