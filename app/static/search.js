/* The box in the top bar: hits over everything while one types. The server sends the list as HTML (/search/hits); without script the form
   opens the page of the search. Keys: ↑ ↓ from hit to hit, → to the other places a hit leads to, Enter opens, Ctrl or ⌘ with Enter in a
   new tab, Esc closes. The last list stays until the next one is there. */
(() => {
  "use strict";
  const form = document.querySelector("[data-omni]"), input = form?.querySelector("input");
  if (!input) return;
  const texts = document.querySelector("#texts")?.dataset ?? {}, pop = form.querySelector("[data-omni-hits]"), opener = document.querySelector("[data-omni-open]");
  const PAUSE = 120, SLOW = 400;
  let at = -1, asked = null, timer = 0, shown = null, count = 0;

  const voice = document.createElement("div");
  voice.className = "vh";
  voice.setAttribute("role", "status");
  form.append(voice);

  const rows = () => [...pop.querySelectorAll(".hit")].map(hit => [...hit.querySelectorAll("[role=option]")]);
  const open = () => !pop.hidden;

  function show(on) {
    pop.hidden = !on;
    input.setAttribute("aria-expanded", String(on && Boolean(pop.querySelector("[role=listbox]"))));
    mark(on && pop.querySelector("[role=listbox]") ? 0 : -1);
    if (!on) form.classList.remove("is-waiting");
  }

  /* The hit that Enter opens; side: which of its places */
  function mark(row, side = 0) {
    at = row;
    for (const option of pop.querySelectorAll("[aria-selected=true]")) option.setAttribute("aria-selected", "false");
    const option = rows()[row]?.[side];
    if (!option) { input.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
  const chosen = () => pop.querySelector("[aria-selected=true]");

  function fill(html) {
    pop.innerHTML = html;
    const list = pop.querySelector("[role=listbox]");
    for (const option of pop.querySelectorAll("[role=option]")) option.id = `hit-${count++}`;
    if (list) { list.id = "omni-list"; input.setAttribute("aria-controls", "omni-list"); } else input.removeAttribute("aria-controls");
    voice.textContent = pop.querySelector("[data-said]")?.dataset.said ?? "";
    show(true);
  }
  function remark(text) {
    const note = document.createElement("p");
    note.className = "hit-none";
    note.textContent = text;
    pop.replaceChildren(note);
    voice.textContent = text;
    show(true);
  }

  async function look() {
    clearTimeout(timer);
    const q = input.value.trim();
    asked?.abort();
    if (!q) { shown = null; pop.replaceChildren(); show(false); return; }
    if (q === shown) { show(true); return; }
    const mine = asked = new AbortController();
    const slow = setTimeout(() => { form.classList.add("is-waiting"); if (!open()) { pop.replaceChildren(); remark(texts.looking ?? ""); } }, SLOW);
    try {
      const url = new URL(form.dataset.omni, location.href);
      url.searchParams.set("q", q);
      const answer = await fetch(url, { signal: mine.signal, credentials: "same-origin" });
      if (answer.redirected) { shown = null; remark(texts.signedOut ?? ""); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const html = await answer.text();
      if (mine !== asked || document.activeElement !== input) return;
      shown = q;
      fill(html);
    } catch (error) {
      if (error.name === "AbortError") return;
      shown = null;
      remark(texts.noAnswer ?? "");
    } finally {
      clearTimeout(slow);
      if (mine === asked) form.classList.remove("is-waiting");
    }
  }

  function go(link, apart) {
    if (apart) window.open(link.href, "_blank", "noopener");
    else location.assign(link.href);
  }

  function key(event) {
    if (event.isComposing) return;
    const { key: name } = event, apart = event.ctrlKey || event.metaKey;
    if (name === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (open()) show(false); else if (input.value) { input.value = ""; shown = null; } else { input.blur(); close(); }
      return;
    }
    if (name === "Enter") {
      const link = open() && shown === input.value.trim() ? chosen() : null;
      if (link) { event.preventDefault(); go(link, apart); }
      return;
    }
    if (event.altKey || apart || event.shiftKey) return;
    const all = rows(), step = { ArrowDown: 1, ArrowUp: -1 }[name];
    if (step) {
      event.preventDefault();
      if (!open()) { look(); return; }
      if (all.length) mark((at + step + all.length) % all.length);
      return;
    }
    const side = (all[at] ?? []).indexOf(chosen()), end = input.selectionStart === input.value.length && input.selectionEnd === input.value.length;
    if (!open() || side < 0 || !end) return;
    if (name === "ArrowRight" && all[at][side + 1]) { event.preventDefault(); mark(at, side + 1); }
    if (name === "ArrowLeft" && side > 0) { event.preventDefault(); mark(at, side - 1); }
  }

  /* On a phone an icon opens the box over the whole bar */
  function close() { form.classList.remove("is-open"); opener?.setAttribute("aria-expanded", "false"); }
  opener?.addEventListener("click", event => {
    event.preventDefault();
    form.classList.add("is-open");
    opener.setAttribute("aria-expanded", "true");
    input.focus();
  });

  form.querySelector("[data-omni-close]")?.addEventListener("click", () => { show(false); input.blur(); close(); });

  input.addEventListener("input", event => { clearTimeout(timer); if (!event.isComposing) timer = setTimeout(look, PAUSE); });
  input.addEventListener("compositionend", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); });
  input.addEventListener("focus", () => { form.classList.add("is-open"); if (pop.firstChild && shown === input.value.trim()) show(true); });
  input.addEventListener("keydown", key);
  input.addEventListener("blur", () => { asked?.abort(); clearTimeout(timer); show(false); close(); });
  pop.addEventListener("pointerdown", event => event.preventDefault());      /* the input keeps the focus, and so the list stays */
  pop.addEventListener("pointermove", event => {
    const option = event.target.closest("[role=option]");
    if (!option || option === chosen()) return;
    const all = rows(), row = all.findIndex(options => options.includes(option));
    if (row >= 0) mark(row, all[row].indexOf(option));
  });
  form.addEventListener("submit", event => { if (!input.value.trim()) event.preventDefault(); });
  addEventListener("pageshow", event => { if (event.persisted) show(false); });
})();
