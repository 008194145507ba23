/* A picture on the whole screen: the ones beside it by arrows, keys or a swipe; whole or in full size; back to where one was.
   Asked for by data-light (the caption) on the links to pictures; without script, or with Ctrl, they open as links do. */
(() => {
  "use strict";
  const dialog = document.querySelector("[data-lightbox]");
  if (!dialog) return;
  const $ = sel => dialog.querySelector(sel);
  const stage = $("[data-stage]"), img = $("[data-shown]"), zoom = $("[data-zoom]"), unread = $("[data-unread]");
  let links = [], at = 0, opener = null, from = null, grip = null;

  const zoomed = () => zoom.getAttribute("aria-pressed") === "true";
  function full(on) {
    if (on && zoom.disabled) return;
    zoom.setAttribute("aria-pressed", String(on));
    dialog.classList.toggle("is-full", on);
    if (on) { stage.tabIndex = 0; stage.focus(); stage.scrollTo((stage.scrollWidth - stage.clientWidth) / 2, (stage.scrollHeight - stage.clientHeight) / 2); }
    else stage.removeAttribute("tabindex");
  }
  function show(to) {
    at = (to + links.length) % links.length;
    const link = links[at], name = link.querySelector("img").alt;
    full(false);
    unread.hidden = true;
    stage.setAttribute("aria-busy", "true");
    img.src = link.href;
    img.alt = name;
    $("[data-title]").textContent = name;
    $("[data-place]").textContent = links.length > 1 ? `${at + 1} / ${links.length}` : "";
    const file = new URL(link.href);
    file.searchParams.set("download", "1");
    $("[data-download]").href = file.href;
    for (const step of dialog.querySelectorAll("[data-step]")) step.hidden = links.length < 2;
    for (const beside of [at + 1, at - 1]) if (links.length > 1) new Image().src = links[(beside + links.length) % links.length].href;
  }
  img.addEventListener("load", () => {
    stage.removeAttribute("aria-busy");
    zoom.disabled = img.naturalWidth <= stage.clientWidth && img.naturalHeight <= stage.clientHeight;       /* it is whole already */
  });
  img.addEventListener("error", () => { stage.removeAttribute("aria-busy"); unread.hidden = false; });

  document.addEventListener("click", event => {
    const link = event.target.closest("[data-light]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    opener = link;
    links = [...link.closest("[data-pics]").querySelectorAll("[data-light]")];
    dialog.showModal();
    show(links.indexOf(link));
  });
  dialog.addEventListener("close", () => {
    img.removeAttribute("src");
    (links[at]?.isConnected ? links[at] : opener)?.focus();
  });
  dialog.addEventListener("click", event => {
    const step = event.target.closest("[data-step]");
    if (step) show(at + Number(step.dataset.step));
    else if (event.target.closest("[data-close]") || event.target === stage) dialog.close();
    else if (event.target.closest("[data-zoom]") || (event.target === img && !grip?.far)) full(!zoomed());
  });
  dialog.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1 }[event.key];
    if (step && !(zoomed() && event.key.startsWith("Arrow"))) { event.preventDefault(); if (links.length > 1) show(at + step); }   /* arrows pan what is large */
    else if (event.key === "Home" || event.key === "End") { event.preventDefault(); show(event.key === "Home" ? 0 : links.length - 1); }
    else if (event.key.toLowerCase() === "z") full(!zoomed());
  });

  /* A finger swipes to the next one, when the picture is not larger than the screen; a mouse pulls the large one */
  stage.addEventListener("touchstart", event => {
    from = event.touches.length === 1 && !zoomed() && (window.visualViewport?.scale ?? 1) < 1.05 ? event.touches[0] : null;
  }, { passive: true });
  stage.addEventListener("touchend", event => {
    if (!from || links.length < 2) return;
    const x = event.changedTouches[0].clientX - from.clientX, y = event.changedTouches[0].clientY - from.clientY;
    from = null;
    if (Math.abs(x) > 48 && Math.abs(x) > 2 * Math.abs(y)) show(at + (x < 0 ? 1 : -1));
  }, { passive: true });
  stage.addEventListener("pointerdown", event => {
    grip = event.pointerType === "mouse" ? { x: event.clientX, y: event.clientY, left: stage.scrollLeft, top: stage.scrollTop, far: false } : null;
    if (grip && zoomed()) event.preventDefault();
  });
  stage.addEventListener("pointermove", event => {
    if (!grip || !event.buttons || !zoomed()) return;
    const x = event.clientX - grip.x, y = event.clientY - grip.y;
    grip.far ||= Math.hypot(x, y) > 4;
    stage.scrollTo(grip.left - x, grip.top - y);
  });
})();
