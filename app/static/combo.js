/* Comboboxes: one of many, found on the server while typing (text, pinyin, initials, number); the id of the chosen one is sent. Without
   script, or when nothing is chosen, the text alone is sent and the server understands it as well as it can.
   A [data-cascade] holds levels (area, building, entrance) and the combobox that they narrow down; a level is never sent.
   Others may send to a box: portal:set {id, text} and portal:pick {id}; a box sends portal:chosen, and portal:new for panel.js.
   Added content is started by a bubbling portal:added. */
(() => {
  "use strict";
  const texts = document.querySelector("#texts")?.dataset ?? {};
  const narrow = matchMedia("(max-width: 640px)");
  const PAUSE = 160, SLOW = 300, KEPT = 8, STEP = 8;
  const known = new WeakMap();
  const of = box => known.get(box);
  const say = (key, values = {}) => (texts[key] ?? "").replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");
  const number = n => Number(n).toLocaleString("en");
  const make = (tag, cls, text) => {
    const el = document.createElement(tag);
    if (cls) el.className = cls;
    if (text !== undefined) el.textContent = text;
    return el;
  };
  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS(svg.namespaceURI, "use");
    svg.setAttribute("class", "icon icon--s");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${texts.icons}#i-${name}`);
    svg.append(use);
    return svg;
  }
  /* A text in pieces, every second one of which answers what was typed */
  function pieces(tag, cls, parts) {
    const el = make(tag, cls);
    parts.forEach((part, n) => { if (part) el.append(n % 2 ? make("mark", "", part) : part); });
    return el;
  }

  /* What is found is told to those who do not see it: one voice for all */
  let voice = null;
  function tell(text) {
    if (!voice) { voice = make("div", "vh"); voice.setAttribute("role", "status"); document.body.append(voice); }
    voice.textContent = text;
  }

  /* Numbers of records chosen lately, by field and in this browser only: what they are called is asked for anew each time */
  const shelf = {
    key: box => `portal:recent:${box.dataset.url.replace(/^https?:\/\/[^/]+/, "")}`,
    read(box) { try { return (localStorage.getItem(this.key(box)) ?? "").split(",").filter(id => /^\d+$/.test(id)); } catch { return []; } },
    put(box, id) {
      const ids = [id, ...this.read(box).filter(other => other !== id)].slice(0, KEPT);
      try { localStorage.setItem(this.key(box), ids.join()); } catch { /* a browser that keeps nothing */ }
    },
  };

  let count = 0;
  class Combo {
    constructor(box) {
      this.box = box;
      this.hidden = box.querySelector("input[type=hidden]");
      this.input = box.querySelector("[role=combobox]");
      this.id = `combo-${++count}`;
      this.words = this.input.placeholder;
      this.items = [];
      this.at = -1;
      const on = (type, act) => this.input.addEventListener(type, act);
      on("input", event => { this.set("", this.input.value, true); if (!event.isComposing) this.soon(); });
      on("compositionend", () => this.soon());
      on("focus", () => this.input.select());
      on("click", () => { if (this.hidden.value) this.input.select(); if (!this.list) this.look(); });
      on("keydown", event => this.key(event));
      on("paste", () => setTimeout(() => this.settle("1")));
      on("blur", event => this.left(event));
      box.addEventListener("portal:set", event => this.set(String(event.detail.id), event.detail.text));
      box.addEventListener("portal:pick", event => this.pick(event.detail.id));
      this.cross();
    }

    get label() {
      return this.input.getAttribute("aria-label") ?? this.input.labels?.[0]?.textContent.replace(/^\*/, "").trim() ?? texts.choices ?? "";
    }
    get cascade() { return this.box.closest("[data-cascade]"); }
    get level() { return this.box.dataset.level ?? ""; }
    get inline() { return this.box.closest(".ff-value") !== null; }
    get typed() { return this.hidden.value ? "" : this.input.value.trim(); }

    cross() {
      const cross = make("button", "combo-x");
      cross.type = "button";
      cross.tabIndex = -1;
      cross.setAttribute("aria-label", say("clear", { field: this.label }));
      cross.append(icon("x"));
      cross.addEventListener("pointerdown", event => event.preventDefault());
      cross.addEventListener("click", () => { this.input.focus(); this.set("", ""); if (this.list) this.look(); });
      this.box.append(cross);
    }

    /* The id and the text; whoever depends on this field is told. item: what the server said of the chosen one */
    set(id, text, typed = false, item = null) {
      const before = this.hidden.value;
      this.hidden.value = id;
      if (!typed) this.input.value = text;
      if (before !== id) {
        this.hidden.dispatchEvent(new Event("change", { bubbles: true }));
        if (this.level) stepped(this);
        else if (item?.levels) walked(this, item.levels);
        this.box.dispatchEvent(new CustomEvent("portal:chosen", { bubbles: true, detail: { name: this.hidden.name } }));
      }
      this.input.form?.dispatchEvent(new Event("portal:changed"));
    }

    /* What narrows the choices: another field of the form, or the levels before this one */
    narrowing() {
      const found = {}, within = this.box.dataset.within;
      if (within && valueOf(this.input.form, within)) found[within] = valueOf(this.input.form, within);
      for (const box of this.cascade?.querySelectorAll("[data-level]") ?? []) {
        if (box === this.box) break;
        if (of(box)?.hidden.value) found[box.dataset.level] = of(box).hidden.value;
      }
      return found;
    }
    /* What this one waits for, or nothing */
    get waiting() {
      const { within, needs } = this.box.dataset;
      if (within) return !valueOf(this.input.form, within);
      return needs ? !of(levelBox(this.cascade, needs))?.hidden.value : false;
    }
    gate() {
      const waits = this.waiting && Boolean(this.box.dataset.first);
      this.box.classList.toggle("is-waiting", waits);
      this.input.readOnly = waits;
      if (waits) this.input.setAttribute("aria-disabled", "true"); else this.input.removeAttribute("aria-disabled");
      this.input.placeholder = waits ? this.box.dataset.first : this.words;
    }

    async ask(params, anywhere = false) {
      const url = new URL(this.box.dataset.url, location.href);
      for (const [name, value] of Object.entries({ ...(anywhere ? {} : this.narrowing()), ...params })) if (value) url.searchParams.set(name, value);
      this.asked?.abort();
      const asked = this.asked = new AbortController();
      const answer = await fetch(url, { signal: asked.signal, headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (answer.redirected || answer.status === 401) throw new Error("signed out");
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    }

    soon() { clearTimeout(this.timer); this.timer = setTimeout(() => this.look(), PAUSE); }

    async look() {
      clearTimeout(this.timer);
      if (this.input.readOnly) return;
      this.moved = false;
      if (narrow.matches && !this.inline) this.sheet();
      const q = this.typed, none = q ? say("none", { q }) : texts.noneYet;
      const slow = setTimeout(() => { if (this.list) this.list.classList.add("combo-list--waits"); else this.show({}, texts.looking, true); }, SLOW);
      try {
        const found = await this.ask({ q, recent: q || this.level ? "" : shelf.read(this.box).join() });
        if (document.activeElement !== this.input && !this.sheeted) return;
        this.show(found, found.items.length || found.recent.length ? this.counted(found) : none);
        tell(found.items.length ? say(found.over ? "foundOver" : "found", { n: number(found.total) }) : none);
      } catch (error) {
        if (error.name === "AbortError") return;
        const failed = error.message === "signed out" ? texts.signedOut : texts.failed;
        this.show({ failed: true }, failed);
        tell(failed);
      } finally { clearTimeout(slow); }
    }

    counted(found) {
      const values = { n: number(found.total), m: number(found.items.length) };
      if (found.beyond) return say("beyond", values);
      return found.over ? say("over", values) : found.more ? say("shown", values) : say("count", values);
    }

    /* The list under the input: what was chosen lately, what was found, the way to a new one; below them what there is to say */
    show(found, remark, waits = false) {
      this.clear();
      const recent = found.recent ?? [], lately = new Set(recent.map(item => item.id));
      const items = [...recent, ...(found.items ?? []).filter(item => !lately.has(item.id))];
      const fresh = found.new && this.mayAdd ? found.new : null;
      this.items = fresh ? [...items, { fresh, text: fresh.named && !found.items.length ? this.typed : "" }] : items;
      this.found = found;
      this.answered = this.typed;
      const list = this.list = make("div", "combo-list"), options = make("div", "combo-options");
      options.id = `${this.id}-list`;
      options.setAttribute("role", "listbox");
      options.setAttribute("aria-label", this.label);
      if (waits) options.setAttribute("aria-busy", "true");
      if (recent.length) {
        options.append(this.group(texts.recent, recent, 0));
        if (items.length > recent.length) options.append(this.group(texts.others, items.slice(recent.length), recent.length));
      } else items.forEach((item, i) => options.append(this.option(item, i)));
      if (fresh) options.append(this.option(this.items.at(-1), items.length));
      if (this.items.length) list.append(options);
      list.append(this.foot(remark, items.length > 0, found.failed));
      list.addEventListener("pointerdown", event => event.preventDefault());
      this.box.append(list);
      this.input.setAttribute("aria-expanded", "true");
      if (this.items.length) this.input.setAttribute("aria-controls", options.id);
      if (list.showPopover && !this.inline && !this.sheeted) { list.popover = "manual"; list.showPopover(); opened.add(this); this.place(); }
      const current = this.items.findIndex(item => String(item.id) === this.hidden.value);
      this.mark(current >= 0 ? current : items.length && this.typed ? 0 : -1);
    }

    get mayAdd() { return !this.level && this.box.closest("[data-unsaved]") && !this.box.closest("[data-panel]") && document.querySelector("[data-panel]"); }

    group(title, items, from) {
      const group = make("div"), head = make("div", "combo-group", title);
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", title);
      head.setAttribute("aria-hidden", "true");
      group.append(head, ...items.map((item, i) => this.option(item, from + i)));
      return group;
    }

    option(item, i) {
      const option = make("div", item.fresh ? "opt opt--new" : "opt");
      option.id = `${this.id}-${i}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      if (item.fresh) option.append(icon("plus"), make("span", "", item.fresh.label + (item.text ? ` “${item.text}”` : "")));
      else {
        const name = pieces("b", "", item.parts ?? [item.text]);
        option.append(name);
        if (item.read?.length) option.append(pieces("span", "py", item.read));
        if (item.sub?.length) option.append(pieces("span", "sub", item.sub));
        if (item.end) option.append(make("span", "end", item.end));
      }
      option.addEventListener("click", () => this.take(i));
      return option;
    }

    foot(remark, some, failed) {
      const foot = make("footer");
      if (remark) foot.append(make("span", "", remark));
      if (failed) {
        const again = make("button", "btn-link", texts.again);
        again.type = "button";
        again.tabIndex = -1;
        again.addEventListener("click", () => this.look());
        foot.append(again);
      }
      if (some) {
        const keys = make("span", "push keys");
        keys.append(make("kbd", "", "↑"), " ", make("kbd", "", "↓"), ` ${texts.move ?? ""}  `, make("kbd", "", "Enter"), ` ${texts.take ?? ""}`);
        foot.append(keys);
      }
      return foot;
    }

    /* Beside the input, wherever that is scrolled to */
    place() {
      const at = this.input.getBoundingClientRect(), { style } = this.list;
      if (!this.input.offsetParent || at.bottom < 0 || at.top > innerHeight) { this.close(); return; }
      style.minWidth = `${at.width}px`;
      const below = innerHeight - at.bottom - 12, above = at.top - 12, up = below < 260 && above > below;
      style.setProperty("--room", `${Math.max(120, up ? above : below)}px`);
      const box = this.list.getBoundingClientRect();
      style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.width - 8))}px`;
      style.top = up ? `${at.top - box.height - 4}px` : `${at.bottom + 4}px`;
    }

    /* On a phone the box itself covers the screen: the input above, the list below it, nothing behind the keyboard */
    sheet() {
      if (this.sheeted || !this.box.showPopover) return;
      const head = make("div", "combo-head"), cross = make("button", "btn btn--quiet btn--icon");
      cross.type = "button";
      cross.setAttribute("aria-label", texts.closeSheet ?? "");
      cross.append(icon("x"));
      cross.addEventListener("click", () => { this.close(); this.input.blur(); });
      head.append(make("span", "", this.label), cross);
      this.box.prepend(head);
      this.box.parentElement.classList.add("has-sheet");
      this.box.popover = "manual";
      this.box.showPopover();
      this.box.classList.add("combo--sheet");
      this.sheeted = head;
      this.fit = () => this.box.style.setProperty("--sheet", `${visualViewport.height}px`);
      visualViewport?.addEventListener("resize", this.fit);
      this.fit();
      this.input.inputMode = "search";
      if (document.activeElement !== this.input) this.input.focus();
    }

    mark(i) {
      this.at = i;
      this.list?.querySelectorAll("[role=option]").forEach((option, n) => {
        option.setAttribute("aria-selected", String(n === i));
        if (n === i) option.scrollIntoView({ block: "nearest" });
      });
      if (i >= 0) this.input.setAttribute("aria-activedescendant", `${this.id}-${i}`);
      else this.input.removeAttribute("aria-activedescendant");
    }

    take(i) {
      const item = this.items[i];
      if (!item) return;
      const { typed } = this;
      this.close();
      if (item.fresh) {
        const detail = { ...item.fresh, text: item.text, typed, within: this.narrowing() };
        this.box.dispatchEvent(new CustomEvent("portal:new", { bubbles: true, detail }));
      } else this.choose(item);
    }
    choose(item) {
      this.set(String(item.id), item.text, false, item);
      if (document.activeElement === this.input) this.input.select();      /* typing on begins anew */
      if (!this.level) shelf.put(this.box, String(item.id));
    }

    /* What was typed means one record, or stays for the server: how = "1" also takes the only one found, "name" only what bears that name */
    async settle(how) {
      const q = this.typed;
      if (!q || this.input.readOnly) return;
      clearTimeout(this.timer);
      try {
        const { exact } = await this.ask({ q, exact: how });
        if (exact && this.typed === q) { this.close(); this.choose(exact); }
        else if (!exact && document.activeElement === this.input) this.look();
        else if (!exact && this.level) this.input.value = "";       /* a level is not sent, so nobody would say that it is unknown */
      } catch { /* the server will say so when the form is saved */ }
    }
    async pick(id) {
      try {
        const [item] = (await this.ask({ ids: String(id) }, true)).items;
        if (item) this.choose(item);
      } catch { /* it is made all the same, and found by typing */ }
    }

    clear() {
      opened.delete(this);
      this.list?.remove();
      this.list = null;
      this.items = [];
      this.at = -1;
      this.input.setAttribute("aria-expanded", "false");
      this.input.removeAttribute("aria-activedescendant");
      this.input.removeAttribute("aria-controls");
    }
    close() {
      clearTimeout(this.timer);
      this.asked?.abort();
      this.clear();
      if (!this.sheeted) return;
      visualViewport?.removeEventListener("resize", this.fit);
      this.sheeted.remove();
      this.sheeted = null;
      this.box.classList.remove("combo--sheet");
      this.box.parentElement.classList.remove("has-sheet");
      this.box.hidePopover();
      this.box.removeAttribute("popover");
      this.input.inputMode = "none";                                /* the keyboard goes, the focus stays */
    }

    /* Leaving: one found by its very name is meant; otherwise the text stays for the server. A keyboard that is put away leaves nothing */
    left(event) {
      if (this.sheeted && (!event.relatedTarget || this.box.contains(event.relatedTarget))) return;
      const same = this.items.filter(item => item.text && !item.fresh && item.text === this.typed);
      const settling = this.settling;
      this.settling = false;
      if (settling) { this.clear(); return; }
      this.close();
      if (same.length === 1) this.choose(same[0]);
      else if (this.typed) this.settle("name");
    }

    key(event) {
      if (event.isComposing) return;
      const { key } = event, n = this.items.length;
      if (key === "ArrowDown" || key === "ArrowUp") {
        event.preventDefault();
        if (event.altKey && key === "ArrowUp") this.close();
        else if (!this.list || this.found?.failed) this.look();
        else if (n) { this.moved = true; this.mark(this.at < 0 ? (key === "ArrowDown" ? 0 : n - 1) : (this.at + (key === "ArrowDown" ? 1 : -1) + n) % n); }
      } else if ((key === "PageDown" || key === "PageUp") && this.list && n) {
        event.preventDefault();
        this.moved = true;
        this.mark(Math.max(0, Math.min(n - 1, this.at + (key === "PageDown" ? STEP : -STEP))));
      } else if (key === "Enter" && !event.ctrlKey && !event.metaKey && (this.list || this.typed)) {
        event.preventDefault();
        /* A list that answers an earlier key is not what is meant, unless somebody walked into it */
        if (this.list && this.at >= 0 && (this.moved || this.answered === this.typed)) this.take(this.at); else this.settle("1");
      } else if (key === "Tab" && this.typed) {
        const [only] = this.list && this.answered === this.typed && this.found?.total === 1 ? this.found.items : [];
        if (this.moved && this.items[this.at]?.id) this.take(this.at);
        else if (only) { this.close(); this.choose(only); }
        else { this.settling = true; this.settle("1"); }
      } else if (key === "Escape" && (this.list || this.sheeted)) {
        event.preventDefault();
        event.stopPropagation();
        this.close();
      }
    }
  }

  /* Forms and levels */
  const valueOf = (form, name) => { const el = form?.elements.namedItem(name); return (el instanceof RadioNodeList ? el.value : el?.value) ?? ""; };
  const levelBox = (cascade, name) => cascade?.querySelector(`[data-level="${CSS.escape(name)}"]`);
  const boxes = (root = document) => [...root.querySelectorAll("[data-combo]")];
  const gates = (root = document) => boxes(root).forEach(box => { if (box.dataset.within || box.dataset.needs) of(box)?.gate(); });

  /* A level was chosen or emptied: what stands behind it no longer fits */
  function stepped(combo) {
    const behind = boxes(combo.cascade);
    for (const box of behind.slice(behind.indexOf(combo.box) + 1)) {
      const other = of(box);
      if (!other.hidden.value) continue;
      if (other.level) { other.hidden.value = ""; other.input.value = ""; } else other.set("", "");
    }
    gates(combo.cascade);
  }
  /* A record was found by its name: the levels follow it */
  function walked(combo, levels) {
    for (const box of combo.cascade?.querySelectorAll("[data-level]") ?? []) {
      const [id, text] = levels[box.dataset.level] ?? ["", ""];
      of(box).hidden.value = id;
      of(box).input.value = text;
    }
    if (combo.cascade) gates(combo.cascade);
  }

  const opened = new Set();
  const follow = event => { for (const combo of opened) if (!combo.list.contains(event.target)) combo.place(); };
  document.addEventListener("scroll", follow, true);
  addEventListener("resize", follow);

  /* What was chosen within another place no longer fits when the place changes */
  document.addEventListener("change", event => {
    const { name, form } = event.target;
    if (!name || !form) return;
    for (const box of boxes(form)) {
      if (box.dataset.within !== name) continue;
      if (of(box)?.hidden.value) of(box).set("", "");
      of(box)?.gate();
    }
  });

  function start(root) {
    for (const box of boxes(root)) if (!known.has(box)) known.set(box, new Combo(box));
    gates(root);
  }
  document.addEventListener("portal:added", event => start(event.target));
  addEventListener("pageshow", () => gates());
  start(document);
})();
