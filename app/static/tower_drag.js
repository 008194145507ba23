/* A building's grid: rooms are chosen by drawing a frame around them. With Ctrl or Shift they come to those chosen before. Cells are found
   by arithmetic, and only those that enter or leave the frame are touched. */
(() => {
  "use strict";
  const tower = document.querySelector("[data-tower]");
  if (!tower) return;
  const svg = tower.querySelector("[data-tower-body]"), scroll = tower.querySelector("[data-tower-scroll]"), band = tower.querySelector("[data-tower-band]");
  const STARTS = 5, EDGE = 28;
  const number = (el, name) => Number(el.getAttribute(name));
  const boxes = [...svg.querySelectorAll(".cell")].map(cell => {
    const body = cell.querySelector(".body"), x = number(body, "x"), y = number(body, "y");
    return { cell, x, y, right: x + number(body, "width"), bottom: y + number(body, "height"), on: false };
  });
  let from = null, at = null, frame = 0, dragged = false;

  const place = event => {
    const box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
    return { x: (event.clientX - box.left) / scale, y: (event.clientY - box.top) / scale, scale };
  };
  function draw() {
    frame = 0;
    if (!from || !at) return;
    const here = place(at), left = Math.min(from.x, here.x), right = Math.max(from.x, here.x), top = Math.min(from.y, here.y), bottom = Math.max(from.y, here.y);
    band.style.transform = `translate(${left * here.scale}px, ${top * here.scale}px)`;
    band.style.width = `${(right - left) * here.scale}px`;
    band.style.height = `${(bottom - top) * here.scale}px`;
    for (const box of boxes) {
      const on = box.x < right && box.right > left && box.y < bottom && box.bottom > top;
      if (on !== box.on) { box.on = on; box.cell.classList.toggle("is-band", on); }
    }
    const view = scroll.getBoundingClientRect(), x = step(at.clientX, view.left, view.right), y = step(at.clientY, view.top, view.bottom);
    if (x || y) { scroll.scrollBy(x, y); frame = requestAnimationFrame(draw); }
  }
  const step = (value, low, high) => (value < low + EDGE ? -14 : value > high - EDGE ? 14 : 0);
  function end(keep) {
    if (dragged) {
      const list = boxes.filter(b => b.on).map(b => b.cell);
      for (const box of boxes) if (box.on) { box.on = false; box.cell.classList.remove("is-band"); }
      tower.classList.remove("is-dragging");
      band.hidden = true;
      if (keep) document.dispatchEvent(new CustomEvent("portal:tower-band", { detail: { cells: list, add: from.add } }));
    }
    cancelAnimationFrame(frame);
    from = at = null;
    frame = 0;
  }
  scroll.addEventListener("pointerdown", event => {
    dragged = false;
    if (event.button !== 0 || event.pointerType === "touch" || event.offsetX > scroll.clientWidth || event.target === scroll && event.offsetY > scroll.clientHeight) return;
    if (!event.target.closest(".tower-body, .tower-sheet")) return;
    from = { ...place(event), clientX: event.clientX, clientY: event.clientY, add: event.ctrlKey || event.metaKey || event.shiftKey };
  });
  addEventListener("pointermove", event => {
    if (!from) return;
    if (!dragged) {
      if (Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) < STARTS) return;
      dragged = true;
      tower.classList.add("is-dragging");
      band.hidden = false;
      document.dispatchEvent(new CustomEvent("portal:tower-busy"));
    }
    at = { clientX: event.clientX, clientY: event.clientY };
    frame ||= requestAnimationFrame(draw);
  });
  addEventListener("pointerup", () => { if (from && dragged) draw(); end(true); });
  addEventListener("pointercancel", () => end(false));
  addEventListener("keydown", event => { if (event.key === "Escape" && dragged && from) { event.stopImmediatePropagation(); end(false); } }, true);
  /* A link would be dragged away as such, and the click that ends a frame opens nothing */
  scroll.addEventListener("dragstart", event => event.preventDefault());
  scroll.addEventListener("click", event => { if (dragged) { event.preventDefault(); event.stopPropagation(); dragged = false; } }, true);
})();
