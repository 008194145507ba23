/* Matching columns: every change is sent at once, and the part comes back as the server understands it; what is being typed is only
   looked at (data-live), so that the caret stays. The form works without script by its buttons. */
(() => {
  "use strict";
  const root = document.querySelector("[data-match]"), said = document.querySelector("[data-said]");
  if (!root) return;
  const PAUSE = 350;
  let queue = Promise.resolve(), timer = 0, waiting = null;
  const form = () => root.querySelector("form[data-map]");

  function data(what) {
    const sent = new FormData(form());
    sent.set("_do", what);
    return sent;
  }
  async function post(what) {
    const answer = await fetch(form().action, { method: "POST", body: new URLSearchParams(data(what)), headers: { "X-Part": "1" } }).catch(() => null);
    if (!answer || answer.redirected || ![200, 409, 422].includes(answer.status)) {
      document.dispatchEvent(new CustomEvent("portal:toast", { detail: { text: root.dataset.failed, tone: "amber" } }));
      return null;
    }
    return answer;
  }

  /* Where the focus was, by what survives a new drawing */
  function here() {
    const el = document.activeElement;
    if (!root.contains(el)) return null;
    const line = el.closest("tr[id]");
    return { id: el.id, name: el.name ?? "", value: el.tagName === "BUTTON" ? el.value : null, line: line?.id, scroll: root.querySelector(".scroll-x")?.scrollLeft ?? 0 };
  }
  function back(place, wanted) {
    const open = root.querySelector("#rules");
    const find = () => {
      if (wanted) { const el = root.querySelector(wanted); if (el) return el; }
      if (!place) return null;
      if (place.id) { const el = document.getElementById(place.id); if (el) return el; }
      if (place.name && place.value === null) { const el = root.querySelector(`[name="${CSS.escape(place.name)}"]`); if (el && !el.hidden) return el; }
      if (place.line) return document.getElementById(place.line)?.querySelector("input:not([type=hidden]), button") ?? null;
      return open?.querySelector("input:not([type=hidden]), select, button") ?? null;
    };
    const scroll = root.querySelector(".scroll-x");
    if (scroll && place) scroll.scrollLeft = place.scroll;
    find()?.focus({ preventScroll: Boolean(place) && !wanted });
  }

  const run = job => { queue = queue.then(job, job); return queue; };
  function send(what, wanted) {
    clearTimeout(timer);
    waiting = null;
    return run(async () => {
      const answer = await post(what);
      if (!answer) return;
      const html = await answer.text(), place = here();
      const folds = [...root.querySelectorAll("details[id]")].map(d => [d.id, d.open]);
      root.innerHTML = html;
      for (const [id, open] of folds) { const fold = document.getElementById(id); if (fold && open) fold.open = true; }
      root.dispatchEvent(new CustomEvent("portal:added", { bubbles: true, detail: root }));
      const focus = root.querySelector("[data-focus]");
      back(place, focus ? `#${focus.id}-find` : wanted);
      const part = root.querySelector("[name=_part]")?.value;
      if (part !== undefined) history.replaceState(history.state, "", `${location.pathname}?part=${part}`);
      said.textContent = answer.ok ? root.dataset.kept : "";
    });
  }
  function look(number) {
    clearTimeout(timer);
    waiting = null;
    return run(async () => {
      const answer = await post(`look:${number}`);
      if (!answer) return;
      if (!answer.headers.get("Content-Type")?.includes("json")) {        /* changed elsewhere meanwhile: the page says so */
        root.innerHTML = await answer.text();
        root.dispatchEvent(new CustomEvent("portal:added", { bubbles: true, detail: root }));
        return;
      }
      const { seen, html } = await answer.json();
      form().elements._seen.value = seen;
      const shows = root.querySelector("[data-examples]");
      if (shows && html) shows.innerHTML = html;
      said.textContent = root.dataset.kept;
    });
  }

  root.addEventListener("input", event => {
    const number = event.target.dataset?.live;
    if (number === undefined) return;
    clearTimeout(timer);
    waiting = number;
    timer = setTimeout(() => look(number), PAUSE);
  });
  root.addEventListener("change", event => {
    const el = event.target;
    if (!el.form?.matches("[data-map]") || el.matches("[data-still]")) return;
    if (el.dataset.live !== undefined) { look(el.dataset.live); return; }
    if (el.dataset.add) { if (el.value) send(el.dataset.add, el.dataset.add.startsWith("add") ? ".rule-one:last-child :is(.input)" : "#join-column"); return; }
    send(el.matches("[data-reread]") ? "reread" : "save");
  });
  document.addEventListener("click", event => {
    const button = event.target.closest("button[name=_do]");
    if (!button?.form?.matches("[data-map]")) return;
    if (button.value === "try") { clearTimeout(timer); return; }          /* goes on to the next page */
    event.preventDefault();
    if (button.value === "save" && button.matches(".vh")) return;
    send(button.value, button.value.startsWith("open") ? "#rules :is(.input, input:not([type=hidden]))" : null);
  });
  /* Enter in a field keeps it; it does not press the first button of the form */
  root.addEventListener("keydown", event => {
    const el = event.target;
    if (event.key !== "Enter" || event.isComposing || !el.matches("input") || !el.form?.matches("[data-map]") || event.defaultPrevented) return;
    const words = el.closest("[data-words]");
    if (words) {
      event.preventDefault();
      const all = [...words.querySelectorAll("input:not([type=hidden])")], row = el.closest("tr");
      if (event.altKey) row.querySelector("[data-take]")?.click();
      const open = all.slice(all.indexOf(el) + 1);
      (open.find(i => !i.value && i.closest("tr").matches(".is-bad")) ?? open[0] ?? el).focus();
      return;
    }
    event.preventDefault();
    if (el.matches("[data-still]")) send("reread"); else if (el.dataset.live !== undefined) look(el.dataset.live); else send("save");
  });
  root.addEventListener("click", event => {
    const take = event.target.closest("[data-take]");
    if (!take) return;
    const row = take.closest("tr"), input = row.querySelector("input:not([type=hidden])");
    input.value = take.dataset.take;
    row.classList.remove("is-bad");
    take.remove();
    look(input.dataset.live);
  });
  /* A range of columns with Shift: day_1 … day_31 */
  let last = null;
  root.addEventListener("click", event => {
    const box = event.target;
    if (!box.matches?.("[data-range]")) return;
    const boxes = [...root.querySelectorAll("[data-range]")], from = boxes.findIndex(b => b.id === last), to = boxes.indexOf(box);
    if (event.shiftKey && from >= 0) for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked;
    last = box.id;
  }, true);
  /* What was typed a moment ago is kept before the page goes */
  addEventListener("beforeunload", () => { if (waiting !== null) navigator.sendBeacon(form().action, new URLSearchParams(data(`look:${waiting}`))); });
})();
