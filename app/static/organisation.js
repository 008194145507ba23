/* The tree of the organisation: a row is dragged onto the one it shall belong to, which sends the form that also works by hand; and the list
   of places is narrowed by what is typed. */
(() => {
  "use strict";
  const rows = document.querySelector("[data-org]"), form = document.querySelector("[data-org-form]");
  let dragged = null;
  const rowOf = event => event.target.closest?.(".org-row");
  /* Below itself nothing can be put: the rows behind it that stand deeper */
  const inside = row => {
    for (let at = row.previousElementSibling, depth = Number(row.dataset.depth); at; at = at.previousElementSibling) {
      if (Number(at.dataset.depth) >= depth) continue;
      depth = Number(at.dataset.depth);
      if (at === dragged) return true;
    }
    return row === dragged;
  };
  const mark = row => { for (const el of rows.querySelectorAll(".is-target")) el.classList.remove("is-target"); row?.classList.add("is-target"); };
  rows?.addEventListener("dragstart", event => {
    dragged = rowOf(event)?.dataset.move ? rowOf(event) : null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.name);
    dragged.classList.add("is-dragged");
  });
  rows?.addEventListener("dragover", event => {
    const row = rowOf(event);
    if (!dragged || !row || inside(row)) { mark(null); return; }
    event.preventDefault();
    mark(row);
  });
  rows?.addEventListener("dragend", () => { dragged?.classList.remove("is-dragged"); dragged = null; mark(null); });
  rows?.addEventListener("drop", event => {
    const row = rowOf(event);
    if (!dragged || !row || inside(row)) return;
    event.preventDefault();
    form.action = dragged.dataset.move;
    form.elements.parent.value = row.dataset.id;
    form.submit();
  });

  const find = document.querySelector("[data-org-find]"), list = document.querySelector("[data-org-places]");
  find?.addEventListener("input", () => {
    const word = find.value.trim().toLowerCase();
    const has = el => el.textContent.toLowerCase().includes(word);
    for (const place of list.children) {
      const inner = [...place.querySelectorAll(".choices .choice")], own = place.dataset.place.toLowerCase().includes(word);
      for (const el of inner) el.hidden = !own && !has(el);
      place.hidden = !own && inner.every(el => el.hidden);
      const more = place.querySelector("details");
      if (word && more && !own && !place.hidden) more.open = true;
    }
  });
})();
