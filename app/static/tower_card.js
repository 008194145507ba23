/* A building's grid: what a room says of itself, when the mouse rests on it or the focus is there. Asked for when it is wanted, once. */
(() => {
  "use strict";
  const tower = document.querySelector("[data-tower]"), card = document.getElementById("tower-card");
  if (!tower || !card) return;
  const svg = tower.querySelector("[data-tower-body]"), known = new Map(), MOST = 300;
  let cell = null, timer = 0;

  function hide() {
    clearTimeout(timer);
    if (!cell) return;
    cell.classList.remove("is-hover");
    cell.removeAttribute("aria-describedby");
    cell = null;
    card.hidden = true;
  }
  async function text(id) {
    if (!known.has(id)) {
      const answer = await fetch(tower.dataset.card + id, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return "";
      if (known.size >= MOST) known.clear();
      known.set(id, await answer.text());
    }
    return known.get(id);
  }
  function place() {
    const box = cell.querySelector(".body").getBoundingClientRect(), w = card.offsetWidth, h = card.offsetHeight;
    card.style.left = `${Math.max(8, Math.min(box.left - 4, innerWidth - w - 8))}px`;
    card.style.top = `${box.bottom + 6 + h <= innerHeight - 8 || box.top < h + 12 ? box.bottom + 6 : box.top - h - 6}px`;
  }
  async function show(next) {
    hide();
    cell = next;
    cell.classList.add("is-hover");
    let html = "";
    try { html = await text(next.getAttribute("href").split("/").pop()); } catch { /* without an answer there is no card */ }
    if (cell !== next || !html) return;
    card.innerHTML = html;
    card.hidden = false;
    cell.setAttribute("aria-describedby", card.id);
    place();
  }
  const busy = () => tower.classList.contains("is-dragging");
  svg.addEventListener("pointerover", event => {
    const next = event.target.closest(".cell");
    if (event.pointerType === "touch" || !next || next === cell || busy()) return;
    clearTimeout(timer);
    timer = setTimeout(() => { if (!busy()) show(next); }, card.hidden ? 160 : 40);
  });
  svg.addEventListener("pointerout", event => {
    if (event.relatedTarget?.closest?.(".cell")) return;
    clearTimeout(timer);
    timer = setTimeout(hide, 80);
  });
  /* A key that is held down runs over many rooms: only where it rests is asked */
  svg.addEventListener("focusin", event => {
    const next = event.target.closest(".cell");
    if (!next?.matches(":focus-visible")) return;
    clearTimeout(timer);
    timer = setTimeout(() => show(next), known.has(next.getAttribute("href").split("/").pop()) ? 0 : 140);
  });
  svg.addEventListener("focusout", hide);
  document.addEventListener("portal:tower-busy", hide);
  document.addEventListener("keydown", event => { if (event.key === "Escape" && !card.hidden) hide(); }, true);
  tower.querySelector("[data-tower-scroll]").addEventListener("scroll", () => { if (cell?.matches(":focus")) place(); else hide(); }, { passive: true });
})();
