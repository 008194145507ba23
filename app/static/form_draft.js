/* Drafts: what stands in a form is kept on the server while somebody types, so that closing the page, another computer or a session
   that ended loses nothing. Asked for by data-draft (the address) on the form. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const PAUSE = 2000;
  const texts = document.querySelector("#texts")?.dataset ?? {};
  const told = document.querySelector("[data-kept]"), signedOut = document.querySelector("[data-session-gone]");
  const token = () => form.elements.namedItem("_form");

  const held = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  const content = () => { const all = held(); all.delete("csrf_token"); all.delete("_form"); return all.toString(); };
  const unsaved = () => "dirty" in form.dataset || form.querySelector(".field.changed") !== null;
  const over = () => form.dataset.leaving === "sent" || form.dataset.leaving === "discard";

  let kept = content(), mine = false, timer = 0, busy = false, again = false;

  function tell(time) {
    if (!told) return;
    told.hidden = time === "";
    told.textContent = time === null ? texts.draftFailed ?? "" : (texts.draft ?? "").replace("{time}", time);
  }
  const ask = (method, url, body, last) => fetch(url, {
    method, body, keepalive: last, redirect: "manual", credentials: "same-origin",
    headers: { Accept: "application/json", "X-CSRFToken": form.elements.namedItem("csrf_token")?.value ?? "" },
  });

  /* A page that outlived its session takes a fresh token, when there is a session again */
  async function renewed() {
    const answer = await ask("GET", form.dataset.draft);
    if (!answer.ok) return false;
    const fresh = (await answer.json()).csrf_token;
    document.querySelectorAll("input[name=csrf_token]").forEach(input => { input.value = fresh; });
    return true;
  }

  async function post(last, retried = false) {
    const now = content();
    const answer = await ask("POST", form.dataset.draft, held(), last);
    if (answer.ok) {
      kept = now;
      mine = true;
      if (signedOut) signedOut.hidden = true;
      tell((await answer.json()).kept);
    } else if (answer.status === 409 && form.elements.namedItem("_version") && !retried) {
      /* Saved already, gone back to, changed again: a filling-in of its own */
      token().value = crypto.getRandomValues(new Uint32Array(4)).reduce((all, n) => all + n.toString(36).padStart(7, "0"), "");
      await post(last, true);
    } else if (answer.type === "opaqueredirect" || answer.status === 400 || answer.status === 401) {
      if (!retried && await renewed()) await post(last, true);
      else if (signedOut) signedOut.hidden = false;
    } else tell(null);
  }

  async function keep(last = false) {
    clearTimeout(timer);
    if (over() || content() === kept) return;
    if (busy && !last) { again = true; return; }
    busy = true;
    try {
      if (unsaved()) await post(last);
      else if (mine) await discard();
    } catch { tell(null); }                                       /* no connection: the next change tries again */
    busy = false;
    if (again) { again = false; soon(); }
  }
  const soon = () => { clearTimeout(timer); timer = setTimeout(keep, PAUSE); };

  async function discard() {
    const url = new URL(form.dataset.draft, location.href);
    url.searchParams.set("_form", token().value);
    mine = false;
    kept = content();
    tell("");
    await ask("DELETE", url, undefined, true);
  }

  for (const type of ["input", "change", "portal:changed"]) form.addEventListener(type, soon);
  form.addEventListener("portal:discard", () => { clearTimeout(timer); discard().catch(() => {}); });
  form.addEventListener("submit", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", () => { keep(document.visibilityState === "hidden"); });
  addEventListener("pagehide", () => { keep(true); });
  if (told?.dataset.kept) { mine = true; tell(told.dataset.kept); }
})();
