/* Saved views: how many records each finds, and a menu for the tabs that find no room. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const tabs = $("[data-tabs]");
  if (!tabs) return;

  async function count() {
    const answer = await fetch(tabs.dataset.viewCounts, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;      /* without numbers the tabs work as well */
    const found = await answer.json();
    for (const place of all("[data-of]")) {
      if (!(place.dataset.of in found) || place.textContent) continue;
      place.textContent = found[place.dataset.of];
      place.hidden = false;
    }
    room();
  }

  /* The open tab is in sight; what is out of sight stands in the menu behind */
  const more = $("[data-more-tabs]");
  function room() {
    const open = $("[aria-current]", tabs);
    if (open) tabs.scrollLeft = Math.max(0, open.offsetLeft + open.offsetWidth + 40 - tabs.clientWidth);
    if (more && tabs.scrollWidth > tabs.clientWidth + 1) more.hidden = false;
  }
  room();
  addEventListener("resize", room);
  if (tabs.dataset.viewCounts) (window.requestIdleCallback ?? setTimeout)(count);
})();
