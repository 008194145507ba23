/* A masked value shows for a moment in place of its mask: the button asks for it (POST, form #reveal), and it is masked again after some
   seconds, when the button is pressed once more, or when the page is left. Without script the button leads to a page with the value. */
(() => {
  "use strict";
  const texts = document.querySelector("#texts")?.dataset ?? {};
  const form = document.querySelector("form#reveal");
  if (!form) return;
  const shown = new Map();                          /* button: its timer */
  const toast = text => document.dispatchEvent(new CustomEvent("portal:toast", { detail: { text, tone: "amber" } }));

  function set(button, text) {
    const place = button.closest("[data-reveal]"), masked = place.querySelector("[data-masked]"), value = place.querySelector("[data-revealed]");
    const word = button.querySelector("[data-word]");
    button.dataset.show ??= button.getAttribute("aria-label");
    word.dataset.word ||= word.textContent;
    masked.hidden = text !== null;
    value.hidden = text === null;
    value.textContent = text ?? "";
    word.textContent = text === null ? word.dataset.word : button.dataset.word;
    button.setAttribute("aria-label", text === null ? button.dataset.show : `${button.dataset.word}: ${button.dataset.label}`);
    const use = button.querySelector("use");
    use?.setAttribute("href", use.getAttribute("href").replace(/#.*$/, text === null ? "#i-eye" : "#i-eye-off"));
  }
  function hide(button) {
    clearTimeout(shown.get(button));
    shown.delete(button);
    set(button, null);
  }

  async function ask(button) {
    button.disabled = true;
    const data = new FormData(form);
    data.set(button.name, button.value);
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } }).catch(() => null);
    const told = answer?.headers.get("Content-Type")?.includes("json") ? await answer.json().catch(() => null) : null;
    button.disabled = false;
    button.focus({ preventScroll: true });
    if (answer?.ok && typeof told?.text === "string") {
      set(button, told.text);
      shown.set(button, setTimeout(() => hide(button), told.seconds * 1000));
    } else toast(told?.detail ?? told?.message ?? (answer?.redirected ? texts.signedOut : texts.noAnswer));
  }

  document.addEventListener("click", event => {
    const button = event.target.closest("button[form=reveal]");
    if (!button) return;
    event.preventDefault();
    if (shown.has(button)) hide(button);
    else ask(button);
  });
  addEventListener("pagehide", () => { for (const button of [...shown.keys()]) hide(button); });
})();
