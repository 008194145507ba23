/* Lists: chosen rows, the row cursor, the menu that adds a condition. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const typing = el => /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio)$/.test(el.type);

  /* Selection: the row shows it, the foot counts it */
  const table = $("[data-grid]"), bar = $("[data-bulk]"), head = $("[data-all]");
  const boxes = table ? all("tbody .pin-1 input[type=checkbox]", table) : [];
  let last = null;
  function recount() {
    const n = boxes.filter(b => b.checked).length;
    for (const box of boxes) {
      if (box.checked) box.closest("tr").setAttribute("aria-selected", "true");
      else box.closest("tr").removeAttribute("aria-selected");
    }
    if (head) { head.checked = n > 0 && n === boxes.length; head.indeterminate = n > 0 && n < boxes.length; }
    if (bar && boxes.length) { const out = $("[data-n]", bar); if (out) out.textContent = n; bar.classList.toggle("list-foot--bulk", n > 0); }
  }
  function choose(box, on, range) {
    const from = boxes.indexOf(last), to = boxes.indexOf(box);
    if (range && from >= 0) boxes.slice(Math.min(from, to), Math.max(from, to) + 1).forEach(b => { b.checked = on; });
    box.checked = on;
    last = box;
    recount();
  }
  const none = () => { boxes.forEach(b => { b.checked = false; }); recount(); };

  function moveCursor(step) {
    const rows = all("tbody tr", table), at = rows.findIndex(r => r.classList.contains("cursor"));
    const to = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    if (!to) return;
    rows[at]?.classList.remove("cursor");
    to.classList.add("cursor");
    to.scrollIntoView({ block: "nearest" });
    $("th a, td a", to)?.focus({ preventScroll: true });
  }

  if (table) {
    document.addEventListener("click", event => {
      const box = event.target;
      if (boxes.includes(box)) choose(box, box.checked, event.shiftKey);
      if (event.target.closest("[data-unselect]")) setTimeout(none);
    });
    document.addEventListener("change", event => {
      if (event.target === head) { boxes.forEach(b => { b.checked = head.checked; }); recount(); }
    });
    document.addEventListener("keydown", event => {
      if (event.key === "Escape" && !event.defaultPrevented && boxes.some(b => b.checked) && !typing(event.target)) { none(); return; }
      if (document.documentElement.dataset.keys === "off" || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.toLowerCase();
      if (key === "j" || key === "k") moveCursor(key === "j" ? 1 : -1);
      if (key === "x") { const box = $("tr.cursor .pin-1 input", table); if (box) choose(box, !box.checked, event.shiftKey); }
    });
    addEventListener("pageshow", recount);
    recount();
  }

  /* Conditions: ask at once for the address that holds it, f=field:operator:value */
  const BETWEEN = "..", OR = "|";
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
    if (takes === "many") return `${field}:${op.value}:${picked.flatMap(v => v.split(/\s*[,，、;；|]\s*/)).filter(Boolean).join(OR)}`;
    if (picked.length > 1 && form.querySelector("[name=op][value=in]")) return `${field}:in:${picked.join(OR)}`;
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
    } else address.searchParams.append("f", made);
    location.assign(address);
  });

  /* A field of the menu is found by typing; the first input of the opened one takes focus */
  const filters = $("[data-filters]");
  filters?.addEventListener("toggle", event => {
    if (event.target === filters && filters.open) $("[data-find]", filters)?.focus({ preventScroll: true });
    if (event.target.matches("[data-ff]") && event.target.open) {
      all("[data-ff][open]", filters).forEach(d => { if (d !== event.target) d.open = false; });
      event.target.scrollIntoView({ block: "nearest" });
    }
  }, true);
  filters?.addEventListener("input", event => {
    if (!event.target.matches("[data-find]")) return;
    const word = event.target.value.trim().toLowerCase();
    for (const ff of all("[data-ff]", filters)) ff.hidden = word !== "" && !$("summary", ff).textContent.toLowerCase().includes(word);
  });
  filters?.addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("[data-find]")) return;
    event.preventDefault();
    const first = all("[data-ff]", filters).find(ff => !ff.hidden);
    if (first) { first.open = true; $("input:not([type=hidden])", first)?.focus(); }
  });
})();
