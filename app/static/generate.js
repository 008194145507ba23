/* Generating many records: the preview follows what is typed; the button says how many there will be; the table of positions grows
   with them. Without this script the pages work by their buttons. */
(() => {
  "use strict";
  const form = document.querySelector("[data-generate]");
  if (!form) return;
  const $ = (sel, from = document) => from.querySelector(sel);
  const box = $("[data-preview]"), write = $("[data-write]"), label = $("[data-write-text]"), policy = $("[data-policy]");
  const expected = $("[data-expected]", form), table = $("[data-positions]", form), pattern = $("template[data-position]", form);
  let timer = 0, asked = 0, waiting = null, stale = false, show = "";
  const state = () => $("[data-look]", box)?.dataset ?? {};

  /* One more line for the table of exceptions once the last one is used; one for each position */
  function lines() {
    const body = $("[data-lines] tbody", form), last = body?.lastElementChild;
    if (last && body.children.length < 8 && [...last.querySelectorAll("input")].some(input => input.value)) {
      const more = last.cloneNode(true), n = body.children.length;
      for (const el of more.querySelectorAll("[name]")) {
        el.name = el.name.replace(/^x\d+/, `x${n}`);
        if (el.id) el.id = `f-${el.name}`;
        if (el.matches("input")) el.value = ""; else el.selectedIndex = 0;
        el.removeAttribute("aria-invalid"); el.removeAttribute("aria-describedby");
      }
      for (const el of more.querySelectorAll(".error")) el.remove();
      body.append(more);
    }
    if (!table || state().look !== "yes") return;
    const names = JSON.parse(state().positions || "[]").slice(0, Number(table.dataset.positions));
    while (table.rows.length - 1 > names.length) table.lastElementChild.remove();
    names.forEach((name, n) => {
      if (!table.rows[n + 1]) {
        const row = pattern.content.firstElementChild.cloneNode(true);
        for (const el of row.querySelectorAll("[name]")) { el.name = el.name.replace("#", n); el.id = `f-${el.name}`; el.setAttribute("aria-label", el.getAttribute("aria-label").replace("#", name)); }
        table.append(row);
      }
      $("th", table.rows[n + 1]).textContent = name;
    });
  }
  /* What is wrong stands under its field, but not while one types there */
  function mark() {
    const errors = JSON.parse(state().errors || "{}");
    for (const input of form.querySelectorAll("[name][id^='f-']")) {
      const text = input === document.activeElement ? "" : errors[input.name] ?? "", id = `f-${input.name}-err`, there = document.getElementById(id);
      if ((there?.textContent.trim() ?? "") === text) continue;
      there?.remove();
      input.closest(".field, td")?.classList.toggle("bad", Boolean(text));
      if (!text) { input.removeAttribute("aria-invalid"); input.removeAttribute("aria-describedby"); continue; }
      const line = document.createElement("p");
      line.className = "error"; line.id = id; line.textContent = text;
      input.setAttribute("aria-invalid", "true"); input.setAttribute("aria-describedby", id);
      (input.closest(".affix") ?? input).after(line);
    }
  }
  function shown() {
    const now = state(), n = Number(now.written ?? 0), changed = Number(now.changed ?? 0), words = changed ? form.dataset.both : form.dataset.button;
    if (now.look === "yes") {
      expected.value = now.expected ?? "";
      const example = $("[data-example]", form);
      if (example) example.textContent = now.example || "—";
    }
    label.textContent = n ? words.replace("{n}", (n - changed).toLocaleString("en")).replace("{m}", changed.toLocaleString("en")) : now.expected ? form.dataset.nothing : form.dataset.plain;
    write.disabled = now.look === "yes" && now.expected !== "" && now.expected.split("-").every(part => part === "0");
    if (policy && now.look === "yes") policy.hidden = now.asks !== "yes";
    lines();
    mark();
  }
  async function look() {
    const mine = ++asked, data = new URLSearchParams([...new FormData(form)].filter(([name]) => !name.startsWith("_") && !name.startsWith("like")));
    if (show) data.set("show", show);
    const answer = await fetch(form.dataset.generate, { method: "POST", body: data, headers: { "X-CSRFToken": form.elements.csrf_token.value } }).catch(() => null);
    if (mine !== asked) return;
    stale = false;
    if (!answer?.ok || answer.redirected) {
      document.dispatchEvent(new CustomEvent("portal:toast", { detail: { text: form.dataset.failed, tone: "red" } }));
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html"), fresh = $("[data-look]", page);
    if (!fresh || mine !== asked) return;
    const drawing = $("[data-drawing]", box), scroll = $(".tower-scroll", box)?.scrollTop ?? 0;
    if (fresh.dataset.look === "no" && drawing) { drawing.classList.add("is-old"); fresh.append(drawing); }
    box.replaceChildren(fresh);
    const scroller = $(".tower-scroll", box);
    if (scroller) scroller.scrollTop = scroll;
    shown();
  }
  const later = () => { stale = true; clearTimeout(timer); timer = setTimeout(() => { waiting = look(); }, 250); };
  form.addEventListener("input", event => { if (!event.target.name?.startsWith("like") && event.target.name) { lines(); later(); } });
  document.addEventListener("change", event => { if (event.target.form === form && event.target.name && !event.target.name.startsWith("like")) later(); });
  form.addEventListener("portal:chosen", event => { if (event.target.closest("[data-looks]")) later(); });
  form.addEventListener("focusout", () => setTimeout(mark));
  box.addEventListener("click", event => {
    const button = event.target.closest("[data-show]");
    if (!button) return;
    event.preventDefault();
    show = button.value;
    waiting = look();
  });
  /* Enter in a field asks for the preview, not for the writing; what is written is what was shown last */
  form.addEventListener("keydown", event => {
    if (event.key === "Enter" && event.target.matches("input") && !event.defaultPrevented && !event.target.closest("[data-combo]")) { event.preventDefault(); waiting = look(); }
    const cell = event.ctrlKey && event.key.toLowerCase() === "d" && event.target.closest(".table--inputs td");
    if (!cell) return;
    event.preventDefault();
    const above = cell.parentElement.previousElementSibling?.cells[cell.cellIndex]?.querySelector("input, select");
    if (above) { event.target.value = above.value; later(); }
  });
  document.addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") { event.preventDefault(); if (!write.disabled) write.click(); }
  });
  form.addEventListener("submit", async event => {
    if (event.submitter !== write) return;
    if (stale) {
      event.preventDefault();
      clearTimeout(timer);
      waiting = look();
      await waiting;
      if (!write.disabled) form.requestSubmit(write);
      return;
    }
    setTimeout(() => { write.disabled = true; write.classList.add("is-busy"); });
  });
  addEventListener("pageshow", () => { write.classList.remove("is-busy"); shown(); });
})();
