/* Conditions of a list: the menu that adds one is read when it is opened, and asks at once for the address that holds the condition. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const filters = $("[data-filters]");

  /* Conditions: ask at once for the address that holds it, f=field:operator:value */
  const BETWEEN = "..", SEVERAL = "|";
  function condition(form) {
    const op = form.querySelector("[name=op]:checked") ?? form.querySelector("[name=op]");
    const takes = op.dataset.takes, field = form.dataset.filter;
    if (takes === "none") return `${field}:${op.value}:`;
    const picked = all("[name=v]", form).filter(i => !/^(checkbox|radio)$/.test(i.type) || i.checked).map(i => i.value.trim()).filter(Boolean);
    const typed = form.querySelector("[name=v__text]")?.value.trim();
    if (typed && (op.value === "contains" || !picked.length)) return op.value === "contains" ? `${field}:contains:${typed}` : null;
    if (!picked.length) return null;
    if (takes === "two") {
      const to = form.querySelector("[name=to]")?.value.trim();
      return to ? `${field}:${op.value}:${picked[0]}${BETWEEN}${to}` : null;
    }
    if (takes === "many") return `${field}:${op.value}:${picked.flatMap(v => v.split(/\s*[,，、;；|]\s*/)).filter(Boolean).join(SEVERAL)}`;
    if (picked.length > 1 && form.querySelector("[name=op][value=in]")) return `${field}:in:${picked.join(SEVERAL)}`;
    return `${field}:${op.value}:${picked[0]}`;
  }
  document.addEventListener("submit", event => {
    const form = event.target;
    if (!form.matches("[data-filter]")) return;
    const made = condition(form);
    event.preventDefault();
    if (!made) { (all("input.input", form).find(i => i.offsetParent && !i.value.trim()) ?? $(".ff-value input", form))?.focus(); return; }
    const address = new URL(form.action, location.href), own = new Set(["add", "op", "v", "v__text", "to", "join"]);
    for (const [name, value] of new FormData(form)) if (!own.has(name) && typeof value === "string") address.searchParams.append(name, value);
    const given = address.searchParams.getAll("f");
    if (event.submitter?.value === "or" && given.length) {       /* an alternative to the last condition */
      address.searchParams.delete("f");
      for (const f of [...given.slice(0, -1), `${given.at(-1)}~or~${made}`]) address.searchParams.append("f", f);
    } else if (event.submitter?.value === "and" && given.length) {       /* on the same related record as the last condition */
      address.searchParams.delete("f");
      for (const f of [...given.slice(0, -1), `${given.at(-1)}~and~${made.slice(made.lastIndexOf(">", made.indexOf(":")) + 1)}`]) address.searchParams.append("f", f);
    } else address.searchParams.append("f", made);
    location.assign(address);
  });

  /* A field of the menu is found by typing; the first input of the opened one takes focus */
  async function fill() {
    const box = $("[data-fields]", filters), url = filters.dataset.url;
    if (!url || "filled" in filters.dataset) return;
    filters.dataset.filled = "";
    try {
      const address = new URL(url, location.href);
      address.searchParams.set("part", "1");
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      box.innerHTML = await answer.text();
      document.dispatchEvent(new CustomEvent("portal:added", { detail: box }));     /* combos in it come to life */
    } catch {
      delete filters.dataset.filled;
      box.textContent = $("#texts")?.dataset.failed ?? "";
    }
  }
  filters?.addEventListener("toggle", async event => {
    if (event.target === filters && filters.open) { await fill(); $("[data-find]", filters)?.focus({ preventScroll: true }); }
    if (event.target.matches("[data-ff]") && event.target.open) {
      all("[data-ff][open]", filters).forEach(d => { if (d !== event.target) d.open = false; });
      event.target.scrollIntoView({ block: "nearest" });
    }
  }, true);
  filters?.addEventListener("input", event => {
    if (!event.target.matches("[data-find]")) return;
    const word = event.target.value.trim().toLowerCase();
    for (const ff of all("[data-ff]", filters)) ff.hidden = word !== "" && !$("summary", ff).textContent.toLowerCase().includes(word);
    for (const group of all("[data-ff-group]", filters)) group.hidden = word !== "";
    filters.classList.toggle("is-finding", word !== "");
  });
  filters?.addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("[data-find]")) return;
    event.preventDefault();
    const first = all("[data-ff]", filters).find(ff => !ff.hidden);
    if (first) { first.open = true; $("input:not([type=hidden])", first)?.focus(); }
  });
})();
