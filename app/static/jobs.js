/* Jobs: the tray in the topbar, a message when one ends on whatever page one is, and the parts [data-job] that show a long step in its
   place. Asked for only while something runs: the cookie portal_jobs, set by the server when one asks for a job, says so. */
(() => {
  "use strict";
  const tray = document.querySelector("[data-tray]");
  const texts = document.querySelector("#texts")?.dataset ?? {};
  const expected = () => /(?:^|; )portal_jobs=1/.test(document.cookie);
  const json = async url => {
    const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
    return answer?.ok && !answer.redirected ? answer.json().catch(() => null) : null;
  };
  /* Soon at first, then less often; seldom where nobody looks */
  const pause = tries => (document.hidden ? 15000 : tries < 20 ? 1000 : tries < 60 ? 2000 : 5000);

  /* Those that ran when a page of this browser last looked: whatever has ended since is told, once */
  const KEY = "portal.jobs";
  const kept = () => { try { return JSON.parse(localStorage.getItem(KEY)) ?? []; } catch { return []; } };
  const keep = ids => { try { localStorage.setItem(KEY, JSON.stringify(ids)); } catch { /* private window: no message then */ } };
  const TONES = { done: "green", failed: "red", broken: "amber", cancelled: "blue" };

  function tell({ open, ended }) {
    if (document.hidden) return;
    const before = kept();
    keep(open.map(job => job.id));
    for (const job of ended.filter(one => before.includes(one.id))) {
      if (document.querySelector(`[data-job^="/jobs/${job.id}/"]`)) continue;      /* the page itself shows it */
      document.dispatchEvent(new CustomEvent("portal:toast", { detail: { text: job.text, tone: TONES[job.state], action: job.action } }));
    }
  }

  if (tray) {
    const pop = tray.querySelector("[data-tray-pop]"), label = tray.querySelector("[data-tray-label]"), dot = tray.querySelector("[data-tray-count]");
    const bar = tray.querySelector("progress");
    let tries = 0, timer = 0;
    const draw = state => {
      const one = state.open.length === 1 ? state.open[0] : null;
      tray.toggleAttribute("data-busy", state.open.length > 0);
      label.textContent = state.title;
      dot.textContent = state.open.length || "";
      dot.hidden = !state.open.length;
      bar.hidden = one?.percent == null;
      if (one?.percent != null) bar.value = one.percent;
      if (!pop.contains(document.activeElement) || !tray.open) pop.innerHTML = state.html;
      else for (const fresh of new DOMParser().parseFromString(state.html, "text/html").querySelectorAll("progress")) {
        const old = [...pop.querySelectorAll("progress")].find(p => p.getAttribute("aria-label") === fresh.getAttribute("aria-label"));
        if (old && fresh.hasAttribute("value")) old.value = fresh.value;
      }
    };
    const look = async () => {
      clearTimeout(timer);
      const state = await json(tray.dataset.tray);
      if (!state) return;
      draw(state);
      tell(state);
      if (state.open.length) timer = setTimeout(look, pause(tries++));
    };
    const begin = () => { tries = 0; look(); };
    tray.addEventListener("toggle", () => { if (tray.open) begin(); });
    document.addEventListener("portal:jobs", begin);                        /* a script that asked for a job says so */
    document.addEventListener("visibilitychange", () => { if (!document.hidden && expected()) begin(); });
    setInterval(() => { if (!timer && expected() && !document.hidden) begin(); }, 5000);      /* another tab asked for one */
    if (expected() || kept().length) begin();
  }

  /* A long step in its place */
  for (const part of document.querySelectorAll("[data-job][data-open]")) {
    const inside = part.querySelector("[data-job-inside]"), said = part.querySelector("[data-job-said]");
    let tries = 0, quarter = 0;
    const look = async () => {
      const state = await json(part.dataset.job);
      if (!state) { setTimeout(look, 10000); return; }
      if (state.open) {
        if (!inside.contains(document.activeElement)) inside.innerHTML = state.html;
        else {
          const fresh = new DOMParser().parseFromString(state.html, "text/html");
          for (const what of ["progress", ".job-note", ".job-head"]) {
            const old = inside.querySelector(what), now = fresh.querySelector(what);
            if (old && now && !old.contains(document.activeElement)) old.replaceWith(now);
          }
        }
        const step = Math.floor((state.percent ?? 0) / 25);
        if (step > quarter) { quarter = step; said.textContent = `${state.percent} %`; }
        setTimeout(look, pause(tries++));
        return;
      }
      said.textContent = state.text;
      keep(kept().filter(id => id !== state.id));
      if (state.state === "done" && part.dataset.next) location.assign(part.dataset.next);
      else if ("stay" in part.dataset) inside.innerHTML = state.html;
      else location.reload();
    };
    setTimeout(look, 700);
  }

  /* Cancel and run again without leaving the page one is on */
  document.addEventListener("submit", async event => {
    const form = event.target.closest?.("[data-job-act]");
    if (!form || !form.closest("[data-tray-pop]")) return;
    event.preventDefault();
    const token = form.elements.namedItem("csrf_token").value;
    form.querySelector("button").disabled = true;
    const body = new URLSearchParams({ csrf_token: token });
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    document.activeElement?.blur();
    document.dispatchEvent(new CustomEvent("portal:toast", { detail: { text: told?.text ?? texts.noAnswer ?? "", tone: answer?.ok ? "blue" : "amber" } }));
    document.dispatchEvent(new CustomEvent("portal:jobs"));
  });
})();
