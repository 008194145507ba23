/* [data-copy]: a button that puts the text of a field on the clipboard and says so. Where the browser refuses (no HTTPS), the text is
   selected, so that Ctrl+C does it. */
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.querySelector(button.dataset.copy);
    field.addEventListener("focus", () => field.select());
    button.addEventListener("click", async () => {
      field.focus();
      field.select();
      const done = navigator.clipboard ? await navigator.clipboard.writeText(field.value).then(() => true, () => false) : document.execCommand("copy");
      if (done) document.dispatchEvent(new CustomEvent("portal:toast", { detail: { text: button.dataset.copied, tone: "green" } }));
    });
  }
})();
