/* The plan of an area: the card of a building, read from the table below; larger and smaller; a hand that moves the picture.
   Placing buildings: plan_edit.js. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const scroll = $("[data-site-scroll]"), site = $("[data-site]");

  /* Larger and smaller: what is in the middle stays there */
  const SIZES = ["", "is-15", "is-2", "is-3", "is-4"];
  let size = 0;
  function resize(step) {
    const next = Math.max(0, Math.min(SIZES.length - 1, size + step));
    if (next === size) return;
    const x = (scroll.scrollLeft + scroll.clientWidth / 2) / site.offsetWidth, y = (scroll.scrollTop + scroll.clientHeight / 2) / site.offsetHeight;
    site.classList.remove(...SIZES.filter(Boolean));
    size = next;
    if (SIZES[size]) site.classList.add(SIZES[size]);
    scroll.scrollTo(x * site.offsetWidth - scroll.clientWidth / 2, y * site.offsetHeight - scroll.clientHeight / 2);
    for (const button of all("[data-zoom]")) button.disabled = Number(button.dataset.zoom) < 0 ? size === 0 : size === SIZES.length - 1;
  }
  for (const button of site ? all("[data-zoom]") : []) {
    button.disabled = Number(button.dataset.zoom) < 0;
    button.addEventListener("click", () => resize(Number(button.dataset.zoom)));
  }

  /* A mouse moves the picture by its empty places; a finger does so anyway */
  if (site && !$("[data-plan-edit]")) {
    let from = null;
    site.addEventListener("pointerdown", event => {
      if (event.pointerType !== "mouse" || event.button || event.target.closest(".spot")) return;
      from = { x: event.clientX + scroll.scrollLeft, y: event.clientY + scroll.scrollTop };
      site.setPointerCapture(event.pointerId);
    });
    site.addEventListener("pointermove", event => { if (from) scroll.scrollTo(from.x - event.clientX, from.y - event.clientY); });
    for (const end of ["pointerup", "pointercancel"]) site.addEventListener(end, () => { from = null; });
  }

  /* The card */
  const table = $("[data-plan-table]");
  if (!table) return;
  const heads = all("thead th", table).map(th => th.textContent.trim());
  const card = document.createElement("div");
  card.className = "hovercard plan-card";
  card.setAttribute("aria-hidden", "true");              /* its words stand in the table, and the figure in the name of the building */
  card.hidden = true;
  document.body.append(card);
  function fill(id) {
    const row = $(`tr[data-id="${id}"]`, table), cells = all("th, td", row).map(c => c.textContent.trim());
    const title = document.createElement("p"), name = document.createElement("b"), facts = document.createElement("dl");
    name.textContent = cells[1] === "—" ? cells[0] : cells[1];
    title.append(name);
    facts.className = "facts";
    for (let i = 2; i < cells.length; i++) {
      if (cells[i] === "—") continue;
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = heads[i];
      dd.textContent = cells[i];
      facts.append(dt, dd);
    }
    card.replaceChildren(title, facts);
  }
  function show(link) {
    fill(link.dataset.id);
    card.hidden = false;
    const at = link.getBoundingClientRect(), w = card.offsetWidth, h = card.offsetHeight;
    const right = at.right + 10 + w < innerWidth;
    card.style.left = `${Math.max(8, right ? at.right + 10 : at.left - w - 10)}px`;
    card.style.top = `${Math.max(54, Math.min(at.top + at.height / 2 - h / 2, innerHeight - h - 8))}px`;
  }
  const hide = () => { card.hidden = true; };
  const link = event => event.target.closest?.(".plan-main a[data-id]");
  document.addEventListener("pointerover", event => {
    if (event.pointerType !== "mouse") return;
    const over = link(event);
    if (over) show(over); else hide();
  });
  document.addEventListener("focusin", event => { const on = link(event); if (on && on.matches(":focus-visible")) show(on); else hide(); });
  document.addEventListener("scroll", hide, true);
  document.addEventListener("keydown", event => { if (event.key === "Escape") hide(); });
})();
