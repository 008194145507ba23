/* The main menu: found by typing (汉字, pinyin, initials, English), folded to icons, sections and place remembered. What the server
   must know before it draws a page stands in cookies (portal_side, portal_nav); the place of the scrollbar in this tab alone. */
(() => {
  "use strict";
  const root = document.documentElement, side = document.querySelector("#side");
  if (!side) return;
  const $ = (sel, from = side) => from.querySelector(sel);
  const all = (sel, from = side) => [...from.querySelectorAll(sel)];
  const menu = $("[data-menu]"), find = $("[data-menu-words]"), none = $("[data-menu-none]"), fold = $("[data-side-toggle]");
  const narrow = matchMedia("(max-width: 900px)");
  const keep = (name, value) => document.dispatchEvent(new CustomEvent("portal:keep", { detail: { name, value } }));

  /* Folded: icons alone; looking something up lays the whole menu over the page until it is left */
  const folded = () => root.dataset.side === "icons" && !narrow.matches;
  const peek = on => { if (on) root.dataset.peek = ""; else delete root.dataset.peek; };
  function setFolded(on) {
    peek(false);
    if (on) root.dataset.side = "icons"; else delete root.dataset.side;
    keep("side", on ? "icons" : "full");
    $("span", fold).textContent = on ? fold.dataset.unfold : fold.dataset.fold;
  }
  fold.addEventListener("click", event => { event.preventDefault(); setFolded(root.dataset.side !== "icons"); });
  side.addEventListener("click", event => {
    const summary = event.target.closest("summary");
    if (!summary || !folded() || "peek" in root.dataset) return;
    event.preventDefault();
    all("details").forEach(d => { d.open = d === summary.parentElement; });
    peek(true);
    summary.focus();
  });
  document.addEventListener("click", event => { if (!side.contains(event.target)) peek(false); });
  side.addEventListener("focusout", event => { if (event.relatedTarget && !side.contains(event.relatedTarget)) peek(false); });

  /* Sections: only what a person opened or closed is remembered, not what a search opened */
  let searching = false;
  side.addEventListener("click", event => {
    const details = event.target.closest("summary")?.parentElement;
    if (!details || searching || (folded() && !("peek" in root.dataset))) return;
    const cookie = /(?:^|; )portal_nav=([^;]*)/.exec(document.cookie)?.[1] ?? "";
    const others = cookie.split(".").filter(part => part && part.slice(1) !== details.dataset.nav);
    keep("nav", [...others, (details.open ? "-" : "+") + details.dataset.nav].join("."));      /* it opens or closes right after this */
  });

  /* Searching: words of a section count for all that is in it; spaces and case do not count */
  const plain = text => text.toLowerCase().replace(/[\s'’]/g, "");
  let before = null;
  function look() {
    const word = plain(find.value);
    searching = word !== "";
    if (searching && !before) before = new Map(all("details").map(d => [d, d.open]));
    let found = 0;
    for (const section of all("details")) {
      const whole = (section.dataset.words ?? "").includes(word);
      let some = 0;
      for (const item of all("li", section)) {
        item.hidden = searching && !whole && !item.dataset.words.includes(word);
        if (!item.hidden) some += 1;
      }
      section.hidden = searching && !some;
      if (searching) section.open = true; else if (before) section.open = before.get(section);
      found += some;
    }
    $(".side-top").hidden = searching && !plain($(".side-top").textContent).includes(word);
    none.hidden = !searching || found > 0 || !$(".side-top").hidden;
    if (!searching) before = null;
  }
  const links = () => all("a", menu).filter(a => a.offsetParent);
  find.addEventListener("input", look);
  find.addEventListener("keydown", event => {
    if (event.isComposing) return;
    if (event.key === "Enter" && find.value.trim()) { event.preventDefault(); links()[0]?.click(); }
    if (event.key === "ArrowDown") { event.preventDefault(); links()[0]?.focus(); }
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (find.value) { find.value = ""; look(); } else { find.blur(); peek(false); }
    }
  });
  menu.addEventListener("keydown", event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    const stops = all("a, summary", menu).filter(el => el.offsetParent), to = stops[stops.indexOf(document.activeElement) + step];
    event.preventDefault();
    if (to) to.focus(); else if (step < 0) find.focus();
  });
  side.addEventListener("keydown", event => {
    if (event.key !== "Escape" || !("peek" in root.dataset)) return;
    event.preventDefault();
    peek(false);
    $("[data-menu-find]").focus();
  });
  $("[data-menu-find]").addEventListener("click", () => {
    if (narrow.matches) location.hash = "side"; else if (folded()) peek(true);
    find.focus();
    find.select();
  });

  /* The place: where it was in this tab, and the current page in sight */
  const stored = value => { try { return value === undefined ? sessionStorage.getItem("side") : sessionStorage.setItem("side", value); } catch { return null; } };
  menu.scrollTop = Number(stored() ?? 0);
  const here = $("[aria-current=page]", menu);
  if (here?.offsetParent) {
    const box = menu.getBoundingClientRect(), at = here.getBoundingClientRect();
    if (at.top < box.top || at.bottom > box.bottom) here.scrollIntoView({ block: "center" });
  }
  addEventListener("pagehide", () => { if (!searching) stored(String(menu.scrollTop)); });
})();
