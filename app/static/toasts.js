/* Messages at the lower edge: those that came with the page, and those that scripts ask for:
     document.dispatchEvent(new CustomEvent("portal:toast", {detail: {text, tone, action: {label, href | event}}}))
   tone: green (done; the default), blue (to know), amber, red. action.href is gone to, action.event is dispatched on the document.
   They wait while someone reads them (pointer, focus, another window), and the key T goes to the newest one. */
(() => {
  "use strict";
  const box = document.querySelector("[data-toasts]");
  if (!box) return;
  const texts = document.querySelector("#texts")?.dataset ?? {};
  const MOST = 4;
  let back = null;                                  /* where the focus was before it went to a message */

  const make = (tag, cls, text) => {
    const el = document.createElement(tag);
    if (cls) el.className = cls;
    if (text !== undefined) el.textContent = text;
    return el;
  };
  function icon(name, size = "") {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS(svg.namespaceURI, "use");
    svg.setAttribute("class", `icon${size}`);
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${texts.icons}#i-${name}`);
    svg.append(use);
    return svg;
  }

  function close(toast) {
    const had = toast.contains(document.activeElement);
    toast.remove();
    if (had) (back?.isConnected ? back : document.querySelector("main"))?.focus({ preventScroll: true });
  }
  /* Long texts and those with something to do stay longer */
  function wait(toast) {
    let left = 5000 + 45 * toast.textContent.length + (toast.querySelector(".toast-text :is(a, button), .toast-act") ? 5000 : 0);
    const timer = setInterval(() => {
      if (!toast.isConnected) clearInterval(timer);
      else if (document.hidden || box.matches(":hover, :focus-within")) left = Math.max(left, 2500);
      else if ((left -= 250) <= 0) { clearInterval(timer); close(toast); }
    }, 250);
  }

  function show({ text = "", tone = "green", action = null } = {}) {
    const toast = make("div", "toast"), cross = make("button", "toast-x");
    const bad = tone === "red" || tone === "amber";
    if (bad) toast.setAttribute("role", "alert");
    toast.append(icon(bad ? "warn" : tone === "blue" ? "info" : "check"), make("div", "toast-text", text));
    if (action?.label) {
      const act = make(action.href ? "a" : "button", "toast-act", action.label);
      if (action.href) act.href = action.href;
      else {
        act.type = "button";
        act.addEventListener("click", () => { close(toast); document.dispatchEvent(new CustomEvent(action.event, { detail: action.detail })); });
      }
      toast.append(act);
    }
    cross.type = "button";
    cross.dataset.closeToast = "";
    cross.setAttribute("aria-label", texts.close ?? "");
    cross.append(icon("x", " icon--s"));
    toast.append(cross);
    while (box.children.length >= MOST) box.firstElementChild.remove();
    box.append(toast);
    wait(toast);
  }

  document.addEventListener("portal:toast", event => show(event.detail));
  box.addEventListener("click", event => {
    const cross = event.target.closest("[data-close-toast]");
    if (cross) close(cross.closest(".toast"));
  });
  box.addEventListener("focusin", event => { if (!box.contains(event.relatedTarget)) back = event.relatedTarget; });
  box.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    close(event.target.closest(".toast"));
  });
  /* portal.js hands the key T on, so that it obeys the setting for single keys */
  document.addEventListener("portal:to-toast", () => box.lastElementChild?.querySelector("a, button")?.focus());
  for (const toast of box.children) wait(toast);
})();
