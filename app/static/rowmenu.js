/* One menu serves all rows of a list; where there is no script its button leads to the record. And counts that the page left open. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const pop = $("[data-row-pop]");
  let button = null;

  function close(focus) {
    if (!button) return;
    pop.hidden = true;
    button.setAttribute("aria-expanded", "false");
    if (focus) button.focus();
    button = null;
  }

  function open(from) {
    close(false);
    const row = from.closest("tr"), url = from.getAttribute("href");
    for (const item of all("[data-do]", pop)) {
      const what = item.dataset.do;
      item.href = url + what;
      item.hidden = (what === "/edit" && !("edit" in row.dataset)) || (what === "/delete" && !("delete" in row.dataset));
    }
    button = from;
    button.setAttribute("aria-expanded", "true");
    from.closest("td").append(pop);                     /* behind its button, so that Tab goes on into it */
    pop.hidden = false;
    const at = from.getBoundingClientRect(), w = pop.offsetWidth, h = pop.offsetHeight;
    pop.style.left = `${Math.max(8, Math.min(at.right - w, innerWidth - w - 8))}px`;
    pop.style.top = `${at.bottom + 4 + h <= innerHeight || at.top < h ? at.bottom + 4 : at.top - h - 4}px`;
    $("[data-do]:not([hidden])", pop).focus({ preventScroll: true });
  }

  if (pop) {
    for (const b of all("[data-more]")) { b.setAttribute("role", "button"); b.setAttribute("aria-expanded", "false"); }
    document.addEventListener("click", event => {
      const from = event.target.closest("[data-more]");
      if (from && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        if (from === button) close(true); else open(from);
      } else if (!pop.contains(event.target)) close(false);
    });
    document.addEventListener("keydown", event => {
      if (event.key === " " && event.target.matches("[data-more]")) { event.preventDefault(); event.target.click(); }
      if (!button) return;
      if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(true); }
      if (event.key === "Tab" && !pop.contains(document.activeElement)) close(false);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const items = all("[data-do]:not([hidden])", pop), now = items.indexOf(document.activeElement);
      items[(now + step + items.length) % items.length].focus();
    }, true);
    document.addEventListener("focusin", event => { if (button && event.target !== button && !pop.contains(event.target)) close(false); });
    document.addEventListener("scroll", event => { if (!pop.contains(event.target)) close(false); }, true);
    addEventListener("pageshow", () => close(false));
  }

  /* A long list stops counting; the exact number is asked for once people see the page */
  const counts = $("[data-counts]");
  if (counts) {
    fetch(counts.dataset.counts, { headers: { Accept: "application/json" } })
      .then(answer => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then(found => {
        const format = new Intl.NumberFormat("en");
        for (const mark of all("[data-count]")) { mark.textContent = format.format(found[mark.dataset.count]); mark.removeAttribute("title"); }
      })
      .catch(() => { /* "more than" stays true */ });
  }
})();
