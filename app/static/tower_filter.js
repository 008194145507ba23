/* A building's grid: classes of the legend, marks and words let some rooms stand out; the others grow faint. All of it stands in the
   address. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const tower = $("[data-tower]"), legend = $("[data-tower-legend]"), search = $("[data-tower-find]"), hits = $("[data-tower-hits]");
  if (!tower) return;
  const cells = [...tower.querySelectorAll(".cell")], FLAG = "flag:";
  let found = null, asked = 0, timer = 0;
  const input = search.elements.q;
  const id = cell => cell.getAttribute("href").split("/").pop();
  const only = () => (legend ? [...new FormData(legend).getAll("only")] : []);

  function draw() {
    const wanted = only(), shades = new Set(wanted.filter(v => !v.startsWith(FLAG))), flags = wanted.filter(v => v.startsWith(FLAG));
    for (const cell of cells) {
      const { k = "", g = "" } = cell.dataset;
      const shown = (!found || found.has(id(cell))) && (!shades.size || shades.has(k)) && (!flags.length || flags.some(f => g.split(" ").includes(f)));
      cell.classList.toggle("is-dim", !shown);
    }
    const all = $("[data-tower-all]");
    if (all) all.hidden = !wanted.length;
    write(wanted);
  }
  function write(wanted) {
    const colour = search.elements.colour.value, query = new URLSearchParams();
    if (colour) query.set("colour", colour);
    for (const value of wanted) query.append("only", value);
    if (input.value.trim()) query.set("q", input.value.trim());
    history.replaceState(history.state, "", `${location.pathname}?${query}${location.hash}`);
    const print = $(".tower-print");
    if (print) print.href = `${print.href.split("?")[0]}?${query}`;
    /* What is looked for, and marks, mean the same in other colours; classes do not */
    for (const link of document.querySelectorAll("[data-colour]")) {
      const other = new URLSearchParams(new URL(link.href).search);
      other.delete("only"); other.delete("q");
      for (const value of wanted) if (value.startsWith(FLAG)) other.append("only", value);
      if (query.has("q")) other.set("q", query.get("q"));
      link.href = `?${other}`;
    }
  }
  async function look() {
    const q = input.value.trim(), turn = ++asked;
    if (!q) { found = null; hits.textContent = ""; draw(); return; }
    try {
      const answer = await fetch(`${search.dataset.towerFind}?${new URLSearchParams({ q })}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const { ids } = await answer.json();
      if (turn !== asked) return;
      found = new Set(ids.map(String));
      hits.textContent = ids.length ? hits.dataset.some.replace("{n}", ids.length.toLocaleString("en")) : hits.dataset.none;
    } catch {
      if (turn !== asked) return;
      found = null;
      hits.textContent = hits.dataset.failed;
    }
    draw();
    const first = found?.size && cells.findLast(c => found.has(id(c)));
    if (first) first.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  legend?.addEventListener("change", draw);
  legend?.addEventListener("submit", event => { event.preventDefault(); draw(); });
  $("[data-tower-all] a")?.addEventListener("click", event => {
    event.preventDefault();
    for (const box of legend.querySelectorAll(":checked")) box.checked = false;
    draw();
    legend.querySelector("input[name=only]").focus();
  });
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 160); });
  search.addEventListener("submit", event => {
    event.preventDefault();
    clearTimeout(timer);
    look().then(() => { if (found?.size) cells.find(c => found.has(id(c))).focus(); });
  });
  input.addEventListener("keydown", event => { if (event.key === "Escape" && input.value) { input.value = ""; look(); event.preventDefault(); } });
  if (input.value.trim()) look(); else write(only());
})();
