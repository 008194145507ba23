/* Placing buildings on the picture of an area: by dragging, by choosing and clicking, by keyboard; one or several at once. Each step is saved
   at once, with what was seen before, so that nobody overwrites a place that somebody else has given; what could not be saved stays and is
   sent again. Undo takes back step by step. */
(() => {
  "use strict";
  const root = document.querySelector("[data-plan-edit]");
  if (!root) return;
  const $ = (sel, from = root) => from.querySelector(sel);
  const all = (sel, from = root) => [...from.querySelectorAll(sel)];
  const texts = document.querySelector("#texts")?.dataset ?? {}, words = root.dataset, url = words.planEdit;
  const svg = $("[data-spots]"), site = $("[data-site]"), state = $("[data-state]"), retry = $("[data-retry]");
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  const toast = (text, tone) => document.dispatchEvent(new CustomEvent("portal:toast", { detail: { text, tone } }));

  const spots = new Map(all(".spot").map(el => [Number(el.dataset.id), el]));
  const tray = new Map(all(".unplaced-b").map(el => [Number(el.dataset.id), el]));
  const read = el => (el.dataset.x === "" ? null : [Number(el.dataset.x), Number(el.dataset.y)]);
  const stored = new Map([...spots].map(([id, el]) => [id, read(el)]));     /* as the server has them */
  const at = new Map(stored);                                              /* as they stand here */
  const chosen = new Set(), past = [];
  const same = (a, b) => a === b || (a && b && a[0] === b[0] && a[1] === b[1]);
  const round = n => Math.round(Math.max(0, Math.min(100, n)) * 100) / 100;
  const names = ids => (ids.length > 3 ? fill(words.several, { n: ids.length }) : ids.map(id => spots.get(id).dataset.number).join(", "));

  /* Drawing what is known */
  function draw(id, place = at.get(id)) {
    const el = spots.get(id), plate = el.firstElementChild;
    el.toggleAttribute("hidden", !place);
    if (place) { plate.setAttribute("x", `${place[0]}%`); plate.setAttribute("y", `${place[1]}%`); }
    const button = tray.get(id);
    button.hidden = Boolean(place);
  }
  function refresh() {
    const open = [...at.values()].filter(p => !p).length;
    $("[data-unplaced-count]").textContent = open;
    $("[data-unplaced-none]").hidden = open > 0;
    $("[data-place-all-row]").hidden = open === 0;
    for (const [id, el] of spots) { el.setAttribute("aria-pressed", chosen.has(id)); tray.get(id).setAttribute("aria-pressed", chosen.has(id)); }
    $("[data-undo]").disabled = past.length === 0;
    $("[data-off]").disabled = ![...chosen].some(id => at.get(id));
    site.classList.toggle("is-waiting", [...chosen].some(id => !at.get(id)));
    rove();
  }
  function rove(to) {
    const shown = [...spots.values()].filter(el => !el.hasAttribute("hidden"));
    const on = to ?? shown.find(el => el.tabIndex === 0) ?? shown[0];
    for (const el of spots.values()) el.tabIndex = el === on ? 0 : -1;
  }
  function choose(ids, only = true) {
    if (only) chosen.clear();
    for (const id of ids) chosen.add(id);
    refresh();
  }

  /* Saving: one request at a time, with everything that differs from what the server has */
  let busy = false, timer = 0, failed = false;
  const different = () => [...at].filter(([id, place]) => !same(place, stored.get(id)));
  function tell(text, bad = false) { state.textContent = text; state.classList.toggle("is-bad", bad); retry.hidden = !bad; failed = bad; }
  function soon(wait = 0) { clearTimeout(timer); timer = setTimeout(save, wait); }
  async function renew() {
    const answer = await fetch(url, { headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => null);
    if (!answer?.ok) return null;
    const now = await answer.json();
    if (now.csrf_token) document.querySelectorAll("[name=csrf_token]").forEach(input => { input.value = now.csrf_token; });
    return now;
  }
  async function send(places) {
    const body = JSON.stringify({ places });
    for (let again = 0; ; again++) {
      const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": $("[name=csrf_token]").value };
      const answer = await fetch(url, { method: "POST", body, headers, redirect: "manual", keepalive: body.length < 60000 }).catch(() => null);
      if (answer?.status !== 400 || again || !(await renew())) return answer;
    }
  }
  async function save() {
    if (busy) return;
    const changes = different();
    if (!changes.length) { tell(words.saved); return; }
    busy = true;
    tell(words.saving);
    const answer = await send(changes.map(([id, to]) => ({ id, to, was: stored.get(id) })));
    busy = false;
    if (answer?.ok) {
      for (const [id, place] of changes) stored.set(id, place);
      if (different().length) soon(); else tell(words.saved);
    } else if (answer?.status === 409 || answer?.status === 422) {
      const text = (await answer.json()).text, now = await renew();
      if (!now) { tell(words.notSaved, true); return; }
      past.length = 0;                                  /* what was before is no longer what would come back */
      for (const p of now.places) if (spots.has(p.id)) { const place = p.x === "" ? null : [Number(p.x), Number(p.y)]; stored.set(p.id, place); at.set(p.id, place); draw(p.id); }
      tell(words.saved);
      toast(text, "amber");
      refresh();
    } else tell(answer?.status === 403 ? words.denied : answer && answer.status < 500 ? texts.signedOut : words.notSaved, true);
  }
  retry.addEventListener("click", save);
  addEventListener("online", () => { if (failed) save(); });
  addEventListener("beforeunload", event => { if (different().length) event.preventDefault(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && different().length && !failed) save(); });

  /* A step: places of some buildings, to be saved and to be taken back as one */
  function step(places, text, { merge = "", wait = 0 } = {}) {
    const before = new Map([...places.keys()].map(id => [id, at.get(id)]));
    if ([...places].every(([id, place]) => same(place, before.get(id)))) return;
    const last = past.at(-1);
    if (!(merge && last?.merge === merge)) past.push({ before, merge });
    for (const [id, place] of places) { at.set(id, place); draw(id); }
    if (text) state.dataset.did = text;
    refresh();
    soon(wait);
  }
  function undo() {
    const last = past.pop();
    if (!last) return;
    for (const [id, place] of last.before) { at.set(id, place); draw(id); }
    choose(last.before.keys());
    toast(fill(words.undone, { what: names([...last.before.keys()]) }), "blue");
    soon();
  }
  function off(ids) {
    const gone = ids.filter(id => at.get(id));
    if (!gone.length) return;
    const stay = document.activeElement?.closest?.(".spot");
    step(new Map(gone.map(id => [id, null])));
    chosen.clear();
    refresh();
    toast(fill(words.taken, { what: names(gone) }), "green");
    if (stay) (all(".spot:not([hidden])")[0] ?? tray.get(gone[0]))?.focus();
  }
  /* Several at one point: side by side, row under row, as many as there is room for */
  function spread(ids, x, y) {
    const w = site.offsetWidth, h = site.offsetHeight, gap = [100 * 56 / w, 100 * 44 / h], room = Math.max(1, Math.floor((100 - x) / gap[0]) + 1);
    const across = ids.length > 4 ? Math.min(room, Math.ceil(Math.sqrt(ids.length))) : Math.min(room, ids.length);
    return new Map(ids.map((id, n) => [id, [round(x + (n % across) * gap[0]), round(y + Math.floor(n / across) * gap[1])]]));
  }
  const point = event => { const box = svg.getBoundingClientRect(); return [100 * (event.clientX - box.left) / box.width, 100 * (event.clientY - box.top) / box.height]; };
  const inside = event => {
    const pane = site.parentElement.getBoundingClientRect();
    return event.clientX >= pane.left && event.clientX <= pane.right && event.clientY >= pane.top && event.clientY <= pane.bottom;
  };
  function placed(places) {
    step(places);
    toast(fill(words.placed, { what: names([...places.keys()]) }), "green");
    choose(places.keys());
    rove(spots.get([...places.keys()][0]));
  }

  /* As far as all of them can go together: at the edge they keep their places to each other */
  const within = (places, ...way) => way.map((d, n) => Math.max(-Math.min(...places.map(p => p[n])), Math.min(100 - Math.max(...places.map(p => p[n])), d)));

  /* The click that ends a drag is none of its own */
  let suppress = false;
  function quiet() { suppress = true; setTimeout(() => { suppress = false; }); }

  /* On the picture */
  let drag = null;
  svg.addEventListener("pointerdown", event => {
    const el = event.target.closest(".spot");
    if (!el || event.button) return;
    const id = Number(el.dataset.id), more = event.shiftKey || event.ctrlKey || event.metaKey;
    event.preventDefault();
    el.focus({ preventScroll: true });
    rove(el);
    if (more) { if (chosen.has(id)) chosen.delete(id); else chosen.add(id); refresh(); return; }
    const ids = chosen.has(id) ? [...chosen].filter(i => at.get(i)) : [id];
    drag = { id, ids, from: point(event), start: new Map(ids.map(i => [i, at.get(i)])), moved: false };
    svg.setPointerCapture(event.pointerId);
  });
  /* A finger on a building moves the building, elsewhere the picture; touch-action does not reach into SVG */
  svg.addEventListener("touchstart", event => { if (event.target.closest(".spot")) event.preventDefault(); }, { passive: false });
  svg.addEventListener("pointermove", event => {
    if (!drag) return;
    const [x, y] = point(event), [dx, dy] = within([...drag.start.values()], x - drag.from[0], y - drag.from[1]);
    if (!drag.moved && Math.hypot(dx * site.offsetWidth, dy * site.offsetHeight) < 300) return;
    if (!drag.moved && !chosen.has(drag.id)) choose([drag.id]);
    drag.moved = true;
    site.classList.add("is-dragging");
    drag.to = new Map([...drag.start].map(([id, [sx, sy]]) => [id, [round(sx + dx), round(sy + dy)]]));
    for (const [id, place] of drag.to) draw(id, place);
  });
  svg.addEventListener("pointerup", event => {
    if (!drag) return;
    const { id, ids, to, moved } = drag;
    drag = null;
    quiet();
    site.classList.remove("is-dragging");
    if (!moved) choose([id]);
    else if (inside(event)) step(to);
    else { ids.forEach(i => draw(i)); off(ids); }        /* dragged off the picture */
  });
  svg.addEventListener("pointercancel", () => { if (drag) { drag.ids.forEach(id => draw(id)); drag = null; } });
  site.addEventListener("click", event => {
    if (suppress || event.target.closest(".spot")) return;
    const waiting = [...chosen].filter(id => !at.get(id));
    if (waiting.length) placed(spread(waiting, ...point(event).map(round))); else choose([]);
  });

  /* From the tray: drag, or choose and click; Enter places in the middle of what is seen */
  let ghost = null;
  const lift = event => { ghost.el.style.left = `${event.clientX}px`; ghost.el.style.top = `${event.clientY}px`; };
  $("[data-unplaced]").addEventListener("pointerdown", event => {
    const button = event.target.closest(".unplaced-b");
    if (!button || event.button || event.pointerType === "touch") return;
    ghost = { id: Number(button.dataset.id), x: event.clientX, y: event.clientY, el: null };
    event.preventDefault();
    button.focus({ preventScroll: true });
  });
  document.addEventListener("pointermove", event => {
    if (!ghost) return;
    if (!ghost.el) {
      if (Math.hypot(event.clientX - ghost.x, event.clientY - ghost.y) < 4) return;
      if (!chosen.has(ghost.id)) choose([ghost.id]);
      ghost.ids = [...chosen].filter(id => !at.get(id));
      ghost.el = document.createElement("div");
      ghost.el.className = "plan-ghost";
      ghost.el.textContent = names(ghost.ids);
      document.body.append(ghost.el);
    }
    lift(event);
    site.classList.toggle("is-over", inside(event));
  });
  document.addEventListener("pointerup", event => {
    if (!ghost) return;
    const { el, ids } = ghost;
    ghost = null;
    site.classList.remove("is-over");
    if (!el) return;
    el.remove();
    quiet();
    if (inside(event)) placed(spread(ids, ...point(event).map(round)));
  });
  let anchor = null;
  $("[data-unplaced]").addEventListener("click", event => {
    const button = event.target.closest(".unplaced-b");
    if (!button || suppress) return;
    const id = Number(button.dataset.id), shown = all(".unplaced-b:not([hidden])").map(b => Number(b.dataset.id));
    if (event.detail === 0) { middle([id]); return; }    /* by Enter or Space */
    if (event.shiftKey && anchor !== null) {
      const [a, b] = [shown.indexOf(anchor), shown.indexOf(id)].sort((p, q) => p - q);
      choose(shown.slice(a, b + 1), false);
    } else if (chosen.has(id)) { chosen.delete(id); refresh(); } else { for (const i of [...chosen]) if (at.get(i)) chosen.delete(i); choose([id], false); }
    anchor = id;
  });
  function middle(ids) {
    const pane = site.parentElement, x = 100 * (pane.scrollLeft + pane.clientWidth / 2) / site.offsetWidth, y = 100 * (pane.scrollTop + pane.clientHeight / 2) / site.offsetHeight;
    placed(spread(ids, round(x), round(y)));
    spots.get(ids[0]).focus();
  }
  $("[data-place-all]").addEventListener("click", () => {
    const ids = [...at].filter(([, place]) => !place).map(([id]) => id), across = Math.max(1, Math.ceil(Math.sqrt(ids.length * site.offsetWidth / site.offsetHeight)));
    const down = Math.ceil(ids.length / across);
    placed(new Map(ids.map((id, n) => [id, [round(100 * (n % across + 0.5) / across), round(100 * (Math.floor(n / across) + 0.5) / down)]])));
  });

  /* Keys */
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  svg.addEventListener("keydown", event => {
    const el = event.target.closest(".spot"), way = STEPS[event.key];
    if (!el) return;
    const id = Number(el.dataset.id), ids = chosen.has(id) ? [...chosen].filter(i => at.get(i)) : [id];
    if (way && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      if (!chosen.has(id)) choose([id]);
      const far = event.shiftKey ? 5 : 0.5, [dx, dy] = within(ids.map(i => at.get(i)), way[0] * far, way[1] * far);
      step(new Map(ids.map(i => [i, [round(at.get(i)[0] + dx), round(at.get(i)[1] + dy)]])), "", { merge: `keys ${ids.join()}`, wait: 500 });
      const [x, y] = at.get(id);
      el.setAttribute("aria-label", fill(words.at, { number: el.dataset.number, x, y }));
      el.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); off(ids); }
    else if (event.key === " " || event.key === "Enter") { event.preventDefault(); if (chosen.has(id)) chosen.delete(id); else chosen.add(id); refresh(); }
    else if (event.key === "Tab" && !event.ctrlKey && !event.altKey) {        /* from building to building, then out */
      const shown = all(".spot:not([hidden])"), next = shown[shown.indexOf(el) + (event.shiftKey ? -1 : 1)];
      if (next) { event.preventDefault(); rove(next); next.focus(); }
    }
  });
  document.addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); undo(); }
    else if (event.key === "Escape" && chosen.size) choose([]);
  });
  $("[data-undo]").addEventListener("click", undo);
  $("[data-off]").addEventListener("click", () => off([...chosen]));
  refresh();
})();
