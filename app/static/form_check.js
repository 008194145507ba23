/* Fields are checked by the server when they are left, never while somebody types. What is wrong is told under the field, what was
   understood ("3月5日") is written out, what the record fills by itself appears. It never takes focus, and when the server is slow or
   away nothing is said: saving checks everything anyway. Asked for by data-check (the address) on the form. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-check]");
  if (!form) return;
  const PATIENCE = 8000;
  const texts = document.querySelector("#texts")?.dataset ?? {};
  const said = document.querySelector("[data-said]"), next = document.querySelector("[data-next-error]");
  const all = (sel, from = form) => [...from.querySelectorAll(sel)];
  const boxes = new Map(all(".field[data-field]").map(box => [box.dataset.field, box]));
  const label = box => (box.querySelector("label, .label")?.textContent ?? "").replace(/^\*/, "").trim();
  const inputs = box => all("input[name], select[name], textarea[name]", box);
  const state = box => inputs(box).map(el => (/^(checkbox|radio)$/.test(el.type) ? el.checked : el.value)).join("\n");
  const control = box => document.getElementById(`f-${box.dataset.field}`) ?? inputs(box).find(el => el.type !== "hidden");

  const seen = new Map([...boxes].map(([name, box]) => [name, state(box)]));
  const touched = new Set(all(".field.bad").map(box => box.dataset.field));
  const filled = new Map();                                       /* what the record filled in, as long as nobody changes it */
  const waiting = new Map();                                      /* what it would fill in where somebody stands */
  const filledNames = form.elements.namedItem("_filled");
  for (const name of (filledNames?.value ?? "").split(",")) if (boxes.has(name)) filled.set(name, state(boxes.get(name)));
  let asking = null;
  for (const name of filled.keys()) boxes.get(name).classList.add("filled");

  /* What was left differs from what it was: ask, once the other handlers of this event are through */
  function left(box) {
    setTimeout(() => {
      const name = box.dataset.field, now = state(box), late = waiting.get(name);
      waiting.delete(name);
      if (now === seen.get(name)) {
        if (late) { fill(box, late.value, late.text, []); tellFilled(); }
        return;
      }
      seen.set(name, now);
      touched.add(name);
      if (filled.has(name) && filled.get(name) !== now) unfill(name);
      ask();
    }, 0);
  }
  form.addEventListener("focusout", event => {
    const box = event.target.closest(".field[data-field]");
    if (box && !box.contains(event.relatedTarget)) left(box);
  });
  form.addEventListener("change", event => {
    const box = event.target.closest(".field[data-field]");
    if (box && event.target.matches("select, [type=checkbox], [type=radio]")) left(box);
  });
  form.addEventListener("portal:chosen", event => {
    const box = event.target.closest(".field[data-field]");
    if (box && form.elements.namedItem(box.dataset.field)?.value) left(box);
  });

  /* A draft comes back as it was left: what is wrong in it is told at once */
  if ("resumed" in form.dataset) {
    for (const [name, box] of boxes) if (inputs(box).some(el => !/^(checkbox|radio)$/.test(el.type) && el.value)) touched.add(name);
    if (touched.size) ask();
  }

  async function ask() {
    asking?.abort();
    waiting.clear();
    const mine = asking = new AbortController();
    const slow = setTimeout(() => mine.abort(), PATIENCE);
    const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    body.set("_touched", [...touched].join());
    const sent = new Map([...boxes].map(([name, box]) => [name, state(box)]));
    try {
      const answer = await fetch(form.dataset.check, {
        method: "POST", body, signal: mine.signal, redirect: "manual", credentials: "same-origin", headers: { Accept: "application/json" },
      });
      if (answer.ok && !form.dataset.leaving) show(await answer.json(), sent);
    } catch { /* slow or away: saving tells */ } finally { clearTimeout(slow); }
  }

  function show(found, sent) {
    const news = [];
    for (const [name, { error, value, text }] of Object.entries(found.fields)) {
      const box = boxes.get(name);
      if (!box || state(box) !== sent.get(name)) continue;        /* somebody went on typing there */
      if (error && !box.classList.contains("bad")) news.push(`${label(box)}: ${error}`);
      mark(box, error);
      if (value !== undefined && !box.contains(document.activeElement)) write(box, value, text);
    }
    if (found.filled) {
      const names = [...filled.keys()].filter(name => !(name in found.filled) && state(boxes.get(name)) === filled.get(name));
      for (const name of names) { write(boxes.get(name), "", ""); unfill(name); }
      for (const [name, { value, text }] of Object.entries(found.filled)) {
        const box = boxes.get(name);
        if (!box || state(box) !== sent.get(name)) continue;
        /* Who stands in a text field is about to type there: it is filled when it is left empty */
        if (box.contains(document.activeElement) && !document.activeElement.matches("select")) waiting.set(name, { value, text });
        else fill(box, value, text, news);
      }
      tellFilled();
    }
    count();
    if (said && news.length) said.textContent = news.join("; ");
  }

  function fill(box, value, text, news) {
    const name = box.dataset.field, now = state(box);
    if (inputs(box).some(el => el.type !== "hidden" && el.value) && filled.get(name) !== now) return;
    write(box, value, text);
    if (state(box) !== now) news.push((texts.filled ?? "").replace("{what}", `${label(box)} ${shown(box)}`));
    filled.set(name, state(box));
    box.classList.add("filled");
    mark(box, "");
  }
  const shown = box => { const el = control(box); return el.selectedOptions?.[0]?.textContent ?? el.value; };
  function unfill(name) {
    filled.delete(name);
    boxes.get(name).classList.remove("filled");
    tellFilled();
  }
  function tellFilled() { if (filledNames) filledNames.value = [...filled.keys()].join(); }

  /* Into the input without the events of typing: nobody typed */
  function write(box, value, text) {
    const name = box.dataset.field, el = form.elements.namedItem(name);
    if (el.type === "hidden") el.closest("[data-combo]")?.dispatchEvent(new CustomEvent("portal:set", { detail: { id: value, text } }));
    else el.value = value;
    seen.set(name, state(box));
    form.dispatchEvent(new Event("portal:changed"));
  }

  function mark(box, error) {
    const el = control(box), id = `f-${box.dataset.field}-err`;
    let line = document.getElementById(id);
    box.classList.toggle("bad", Boolean(error));
    if (!error) line?.remove();
    else {
      if (!line) {
        line = document.createElement("p");
        line.className = "error";
        line.id = id;
        line.append(icon("warn"), document.createElement("span"));
        const inner = box.querySelector(":scope > div"), hint = inner.querySelector(":scope > .hint");
        inner.insertBefore(line, hint);
      }
      line.querySelector("span").textContent = error;
    }
    if (!el) return;
    const by = (el.getAttribute("aria-describedby") ?? "").split(" ").filter(part => part && part !== id);
    if (error) by.unshift(id);
    if (by.length) el.setAttribute("aria-describedby", by.join(" ")); else el.removeAttribute("aria-describedby");
    if (error) el.setAttribute("aria-invalid", "true"); else el.removeAttribute("aria-invalid");
    /* The list on top keeps its lines, so that nothing jumps; those done are struck out */
    document.querySelectorAll(`.note-list a[href="#f-${box.dataset.field}"]`).forEach(a => a.closest("li").classList.toggle("done", !error));
  }

  function icon(name) {
    const space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg"), use = document.createElementNS(space, "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${texts.icons ?? ""}#i-${name}`);
    svg.append(use);
    return svg;
  }

  /* How many are wrong, per section and for the way to the next one */
  function count() {
    for (const section of all(".section[id]")) {
      const link = document.querySelector(`.toc a[href="#${section.id}"]`), n = all(".field.bad", section).length;
      if (!link) continue;
      let badge = link.querySelector(".count");
      if (!n) { badge?.remove(); continue; }
      if (!badge) { badge = document.createElement("span"); badge.className = "count tone-red"; link.append(badge); }
      badge.textContent = n;
      badge.title = (texts.toCorrect ?? "").replace("{n}", n);
    }
    if (next) next.hidden = !form.querySelector("[aria-invalid=true]");
  }
})();
