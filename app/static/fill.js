/* Menus whose contents come when they are opened: <details data-fill="address">. The same address is a page where there is no script. */
(() => {
  "use strict";
  async function fill(menu) {
    if ("filled" in menu.dataset) return;
    menu.dataset.filled = "";
    const pop = menu.querySelector(".pop"), address = new URL(menu.dataset.fill, location.href);
    address.searchParams.set("part", "1");
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      pop.innerHTML = await answer.text();
      document.dispatchEvent(new CustomEvent("portal:added", { detail: pop }));
    } catch {
      delete menu.dataset.filled;
      location.assign(menu.dataset.fill);             /* signed out, or the portal restarts: the page says what is the matter */
      return;
    }
    if (!menu.open) return;
    menu.dispatchEvent(new Event("toggle"));           /* it has another size now: it is put in its place again */
    (pop.querySelector("[data-focus], input:not([type=hidden], [disabled]):not([type=checkbox], [type=radio]), input[type=checkbox]:not(:disabled), select"))?.focus({ preventScroll: true });
  }
  document.addEventListener("toggle", event => {
    if (event.target.matches?.("details[data-fill]") && event.target.open) fill(event.target);
  }, true);

  /* Cancel in a menu closes it */
  document.addEventListener("click", event => {
    const menu = event.target.closest(".part-cancel")?.closest("details[data-fill]");
    if (!menu) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
