/* Changing many records: choosing “Set to” goes into the input, and nothing is sent twice. */
(() => {
  "use strict";
  document.addEventListener("change", event => {
    if (!event.target.matches("[data-change] [type=radio][value=set]")) return;
    const input = event.target.closest("[data-change]").querySelector(".change-to :is(input:not([type=hidden]), select, textarea)");
    input?.focus();
  });
  for (const form of document.querySelectorAll("[data-once], [data-bulk-form]")) {
    let sent = false;
    form.addEventListener("submit", event => {
      if (sent) { event.preventDefault(); return; }
      sent = true;
      (event.submitter ?? form.querySelector("[type=submit]"))?.classList.add("is-busy");
    });
    addEventListener("pageshow", () => { sent = false; document.querySelectorAll(".btn.is-busy").forEach(b => b.classList.remove("is-busy")); });
  }
})();
