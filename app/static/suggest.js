/* Words of a short list, found while typing: by beginnings, parts, pinyin, initials. Two kinds of inputs ask for it, and both work
   without any of this: <input list="…" data-suggest>, which may also hold anything else, and <select data-search="…">, which then looks
   like a combobox. The list is a <datalist> whose options say in data-by how a word is also typed, and in data-hint what it is.
   Added content is started by a bubbling portal:added. */
(() => {
  "use strict";
  const texts = document.querySelector("#texts")?.dataset ?? {};
  const MOST = 60;
  const plain = text => text.toLowerCase().replace(/\s+/g, "");
  const known = new WeakSet();
  let open = null;                                  /* { input, box, options, at, choose } */
  let count = 0;

  const make = (tag, cls, text) => {
    const el = document.createElement(tag);
    if (cls) el.className = cls;
    if (text !== undefined) el.textContent = text;
    return el;
  };

  /* What can be chosen: { value, label, by, hint } */
  function wordsOf(list) {
    return [...(list?.options ?? [])].map(o => ({ value: o.value, label: o.value, by: `${plain(o.value)} ${o.dataset.by ?? ""}`, hint: o.dataset.hint ?? "" }));
  }
  function choicesOf(select) {
    const more = new Map(wordsOf(document.getElementById(select.dataset.search)).map(w => [w.value, w]));
    return [...select.options].map(o => {
      const word = more.get(o.value);
      return { value: o.value, label: o.text, by: `${plain(o.text)} ${word?.by ?? ""}`, hint: word?.hint ?? "" };
    });
  }
  function found(words, text) {
    const q = plain(text);
    if (!q) return words;
    const rank = w => {
      const label = plain(w.label);
      return label === q ? 0 : label.startsWith(q) ? 1 : w.by.split(" ").some(by => by.startsWith(q)) ? 2 : label.includes(q) ? 3 : w.by.includes(q) ? 4 : -1;
    };
    return words.map(w => [rank(w), w]).filter(([r]) => r >= 0).sort((a, b) => a[0] - b[0]).map(([, w]) => w);
  }

  function close() {
    if (!open) return;
    open.box.remove();
    open.input.setAttribute("aria-expanded", "false");
    open.input.removeAttribute("aria-activedescendant");
    open.input.removeAttribute("aria-controls");
    open = null;
  }
  function place() {
    const { input, box } = open, at = input.getBoundingClientRect(), room = innerHeight - at.bottom - 12;
    box.style.minWidth = `${Math.max(at.width, 160)}px`;
    const h = Math.min(box.scrollHeight, 280);
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = h <= room || at.top < h ? `${at.bottom + 2}px` : `${at.top - h - 2}px`;
  }
  function mark(at) {
    const options = [...open.box.querySelectorAll("[role=option]")];
    open.at = options.length ? (at + options.length) % options.length : -1;
    options.forEach((o, n) => o.setAttribute("aria-selected", String(n === open.at)));
    const now = options[open.at];
    if (now) { open.input.setAttribute("aria-activedescendant", now.id); now.scrollIntoView({ block: "nearest" }); }
    else open.input.removeAttribute("aria-activedescendant");
  }
  function draw(input, words, typed, choose, at) {
    const shown = found(words, typed).slice(0, MOST);
    if (!shown.length) { close(); return; }
    if (open?.input !== input) {
      close();
      const box = make("div", "suggest");
      box.setAttribute("role", "listbox");
      box.setAttribute("aria-label", texts.choices ?? "");
      box.id = `suggest-${++count}`;
      (input.closest("dialog") ?? document.body).append(box);
      open = { input, box, at: -1, choose };
      input.setAttribute("aria-expanded", "true");
      input.setAttribute("aria-controls", box.id);
    }
    open.words = shown;
    open.box.replaceChildren(...shown.map((w, n) => {
      const option = make("div", "suggest-one");
      option.setAttribute("role", "option");
      option.id = `${open.box.id}-${n}`;
      option.dataset.n = n;
      option.append(make("b", "", w.label));
      if (w.hint) option.append(make("small", "mute", w.hint));
      return option;
    }));
    place();
    mark(at ?? -1);
  }
  function take(n) {
    const { words, choose } = open, word = words[n];
    close();
    choose(word);
  }
  document.addEventListener("pointerdown", event => {
    const one = event.target.closest?.(".suggest-one");
    if (one && open) { event.preventDefault(); take(Number(one.dataset.n)); }
  });
  for (const type of ["scroll", "resize"]) addEventListener(type, event => { if (open && !open.box.contains(event.target)) close(); }, true);

  /* Keys and typing, the same for both kinds */
  function listen(input, { words, start, choose, give }) {
    const show = at => draw(input, words(), give(), choose, at);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.autocomplete = "off";
    input.addEventListener("input", () => show(input.value ? 0 : -1));
    input.addEventListener("click", () => { if (open?.input !== input) draw(input, words(), "", choose, start()); });
    input.addEventListener("blur", () => { if (open?.input === input) close(); });
    input.addEventListener("keydown", event => {
      if (event.ctrlKey || event.metaKey || event.isComposing) return;
      const mine = open?.input === input;
      if (event.key === "ArrowDown" && (mine || event.altKey || input.matches("[data-own-arrows]"))) {
        event.preventDefault(); event.stopPropagation();
        if (mine) mark(open.at + 1); else draw(input, words(), "", choose, start());
      } else if (event.key === "ArrowUp" && mine) { event.preventDefault(); event.stopPropagation(); mark(open.at - 1); }
      else if (event.key === "Enter" && mine && open.at >= 0 && !event.altKey) { event.preventDefault(); event.stopPropagation(); take(open.at); }
      else if (event.key === "Tab" && mine && open.at >= 0 && input.matches("[data-own-arrows]")) take(open.at);
      else if (event.key === "Escape" && mine) { event.preventDefault(); event.stopPropagation(); close(); }
    });
  }

  function startInput(input) {
    const list = document.getElementById(input.getAttribute("list"));
    input.removeAttribute("list");                  /* the browser's own list knows no pinyin */
    listen(input, {
      words: () => wordsOf(list), start: () => -1, give: () => input.value,
      choose(word) {
        input.value = word.value;
        for (const type of ["input", "change"]) input.dispatchEvent(new Event(type, { bubbles: true }));
        close();
      },
    });
  }
  function startSelect(select) {
    const input = make("input", "input");
    const chosen = () => select.selectedOptions[0]?.text ?? "";
    input.dataset.ownArrows = "";
    input.spellcheck = false;
    for (const name of ["aria-labelledby", "aria-label", "aria-invalid", "aria-describedby"]) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    input.id = `${select.id}-find`;
    input.value = select.value ? chosen() : "";
    input.placeholder = select.options[0]?.value === "" ? select.options[0].text : "";
    select.after(input);
    select.hidden = true;
    if ("focus" in select.dataset) input.focus();
    let typed = false;
    input.addEventListener("focus", () => { typed = false; input.select(); });
    input.addEventListener("input", event => { event.stopPropagation(); typed = true; });
    input.addEventListener("change", event => event.stopPropagation());
    listen(input, {
      words: () => choicesOf(select),
      start: () => Math.max(0, [...select.options].findIndex(o => o.selected)),
      give: () => (typed ? input.value : ""),
      choose(word) {
        typed = false;
        input.value = word.value ? word.label : "";
        if (select.value === word.value) return;
        select.value = word.value;
        select.dispatchEvent(new Event("change", { bubbles: true }));
      },
    });
    input.addEventListener("blur", () => {
      if (typed && !input.value.trim() && select.value) { select.value = ""; select.dispatchEvent(new Event("change", { bubbles: true })); }
      input.value = select.value ? chosen() : "";   /* what is no field is not kept */
      typed = false;
    });
  }
  function start(root) {
    for (const el of root.querySelectorAll("input[data-suggest], select[data-search]")) {
      if (known.has(el)) continue;
      known.add(el);
      if (el.matches("select")) startSelect(el); else startInput(el);
    }
  }
  document.addEventListener("portal:added", event => start(event.target === document ? document : event.detail instanceof Element ? event.detail : event.target));
  start(document);
})();
