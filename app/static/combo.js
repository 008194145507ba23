/* Combobox for relations: the server is asked while typing (text, pinyin or initials), the id of the chosen one is sent.
   Without script, or when nothing is chosen, the text alone is sent and the server resolves it. */
(() => {
  "use strict";
  const texts = document.querySelector("#texts")?.dataset ?? {};
  const make = (tag, cls, text) => {
    const el = document.createElement(tag);
    if (cls) el.className = cls;
    if (text !== undefined) el.textContent = text;
    return el;
  };
  let number = 0;

  /* What was typed, marked in what was found */
  function marked(text, q) {
    const b = make("b"), at = q ? text.toLowerCase().indexOf(q.toLowerCase()) : -1;
    if (at < 0) b.textContent = text;
    else b.append(text.slice(0, at), make("mark", "", text.slice(at, at + q.length)), text.slice(at + q.length));
    return b;
  }

  class Combo {
    constructor(box) {
      this.box = box;
      this.hidden = box.querySelector("input[type=hidden]");
      this.input = box.querySelector("[role=combobox]");
      this.id = `combo-${++number}`;
      this.items = [];
      this.at = -1;
      this.taken = this.input.value;
      this.input.addEventListener("input", () => { this.set("", this.input.value, true); this.soon(); });
      this.input.addEventListener("focus", () => this.input.select());
      this.input.addEventListener("click", () => { if (!this.list) this.look(); });
      this.input.addEventListener("keydown", event => this.key(event));
      this.input.addEventListener("blur", () => this.left());
    }

    /* The id and the text; whoever depends on this field is told */
    set(id, text, typed = false) {
      const before = this.hidden.value;
      this.hidden.value = id;
      if (!typed) { this.input.value = text; this.taken = text; }
      if (before !== id) {
        this.hidden.dispatchEvent(new Event("change", { bubbles: true }));
        this.box.dispatchEvent(new CustomEvent("portal:chosen", { bubbles: true, detail: { name: this.hidden.name } }));
      }
      this.input.form?.dispatchEvent(new Event("portal:changed"));
    }

    address() {
      const url = new URL(this.box.dataset.url, location.href), within = this.box.dataset.within;
      const typed = this.input.value.trim();
      url.searchParams.set("q", this.hidden.value ? "" : typed);
      if (within) {
        const by = this.input.form?.elements.namedItem(within);
        const value = by instanceof RadioNodeList ? by.value : by?.value;
        if (value) url.searchParams.set(within, value);
      }
      return url;
    }

    soon() { clearTimeout(this.timer); this.timer = setTimeout(() => this.look(), 160); }

    async look() {
      clearTimeout(this.timer);
      this.asked?.abort();
      const asked = this.asked = new AbortController();
      const slow = setTimeout(() => { if (!this.list) this.show([], texts.looking); }, 300);
      try {
        const answer = await fetch(this.address(), { signal: asked.signal, headers: { Accept: "application/json" }, credentials: "same-origin" });
        if (!answer.ok) throw new Error(String(answer.status));
        const found = await answer.json();
        if (document.activeElement === this.input) this.show(found.items ?? [], found.items?.length ? (found.more ? texts.more : "") : texts.none);
      } catch (error) {
        if (error.name !== "AbortError") this.show([], texts.failed);
      } finally { clearTimeout(slow); }
    }

    show(items, remark) {
      this.close();
      this.items = items;
      const list = this.list = make("div", "combo-list"), options = make("div");
      options.id = `${this.id}-list`;
      options.setAttribute("role", "listbox");
      options.setAttribute("aria-label", this.input.getAttribute("aria-label") ?? this.input.labels?.[0]?.textContent ?? texts.choices ?? "");
      const q = this.hidden.value ? "" : this.input.value.trim();
      items.forEach((item, i) => {
        const option = make("div", "opt");
        option.id = `${this.id}-${i}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.append(marked(item.text, q));
        if (item.sub) option.append(make("span", "sub", item.sub));
        option.addEventListener("pointerdown", event => event.preventDefault());
        option.addEventListener("click", () => this.take(i));
        options.append(option);
      });
      if (items.length) list.append(options);
      const foot = make("footer");
      if (remark) foot.append(make("span", "", remark));
      if (items.length) {
        const help = make("span", "push");
        help.append(make("kbd", "", "↑"), " ", make("kbd", "", "↓"), ` ${texts.move ?? ""}  `, make("kbd", "", "Enter"), ` ${texts.take ?? ""}`);
        foot.append(help);
      }
      list.append(foot);
      list.addEventListener("pointerdown", event => event.preventDefault());
      this.box.append(list);
      this.place(list);
      this.input.setAttribute("aria-expanded", "true");
      if (items.length) this.input.setAttribute("aria-controls", options.id);
      const current = items.findIndex(i => String(i.id) === this.hidden.value);
      this.mark(current >= 0 ? current : items.length && q ? 0 : -1);
    }

    place(list) {
      if (getComputedStyle(list).position === "static") { list.scrollIntoView({ block: "nearest" }); return; }
      const field = this.input.getBoundingClientRect(), box = list.getBoundingClientRect(), bar = document.querySelector(".savebar");
      const bottom = (bar?.getBoundingClientRect().top ?? innerHeight) - 8;
      if (box.right > innerWidth - 8) list.classList.add("combo-list--end");
      if (box.bottom > bottom && field.top - box.height > 60) list.classList.add("combo-list--up");
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
      this.set(String(item.id), item.text);
      this.close();
    }

    close() {
      this.list?.remove();
      this.list = null;
      this.at = -1;
      this.input.setAttribute("aria-expanded", "false");
      this.input.removeAttribute("aria-activedescendant");
      this.input.removeAttribute("aria-controls");
    }

    /* Leaving: one found by its very name is meant; otherwise the text stays for the server */
    left() {
      clearTimeout(this.timer);
      this.asked?.abort();
      const typed = this.input.value.trim();
      if (this.list && !this.hidden.value && typed) {
        const same = this.items.filter(i => i.text === typed);
        if (same.length === 1) this.set(String(same[0].id), same[0].text);
      }
      this.close();
    }

    key(event) {
      if (event.isComposing) return;
      const n = this.items.length;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!this.list) { this.look(); return; }
        if (n) this.mark((this.at + (event.key === "ArrowDown" ? 1 : -1) + n) % n);
      } else if (event.key === "Enter" && this.list && this.at >= 0) {
        event.preventDefault();
        this.take(this.at);
      } else if (event.key === "Tab" && this.list && this.at >= 0 && this.input.value.trim() && !this.hidden.value) {
        this.take(this.at);
      } else if (event.key === "Escape" && this.list) {
        event.preventDefault();
        event.stopPropagation();
        this.close();
      }
    }
  }

  const combos = [...document.querySelectorAll("[data-combo]")].map(box => new Combo(box));

  /* What was chosen within another place no longer fits when the place changes */
  document.addEventListener("change", event => {
    const name = event.target.name;
    if (!name) return;
    for (const combo of combos) {
      if (combo.box.dataset.within === name && combo.input.form === event.target.form && combo.hidden.value) combo.set("", "");
    }
  });
})();
