/* Charts: plotly takes the place of the still drawing as soon as the page has nothing better to do. [data-chart] holds what it is given
   (reports/renderers/chart.py), data-plotly where the script lies. Colours stand there as names of tokens and are looked up in the theme of
   the moment, and again when it changes. Without script, and on paper, the drawing stays. */
(() => {
  "use strict";
  const root = document.documentElement;
  const SETTINGS = {displayModeBar: false, displaylogo: false, doubleClick: false, showTips: false, scrollZoom: false};
  const drawn = new Map();                                 /* box → where plotly draws */
  let loading = null;

  function load(box) {
    loading ??= new Promise((done, failed) => {
      /* Our policy refuses styles that a script writes; these elements tell it to leave them. portal.css has what is needed of them. */
      for (const id of box.dataset.guards.split(" ")) {
        if (document.getElementById(id)) continue;
        const guard = document.createElement("template");
        guard.id = id;
        guard.className = "no-inline-styles";
        document.head.append(guard);
      }
      const script = document.createElement("script");
      script.src = box.dataset.plotly;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
    return loading;
  }

  /* ── Tokens: "--blue" and "--blue/10" (so many percent of it) as colours of the present theme, "--sans" as a face ── */
  function colours(figure) {
    const probe = document.createElement("span"), known = new Map();
    probe.hidden = true;
    document.body.append(probe);
    const look = word => {
      const [token, part] = word.split("/");
      if (token === "--sans") return getComputedStyle(document.body).fontFamily;
      probe.style.color = `var(${token})`;
      const colour = getComputedStyle(probe).color;
      return part ? colour.replace(/rgba?\(([^,]+,[^,]+,[^,)]+).*/, (_all, rgb) => `rgba(${rgb}, ${part / 100})`) : colour;
    };
    const resolve = value => {
      if (typeof value === "string" && value.startsWith("--")) {
        if (!known.has(value)) known.set(value, look(value));
        return known.get(value);
      }
      if (Array.isArray(value)) return value.map(resolve);
      if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v)]));
      return value;
    };
    const found = resolve(figure);
    probe.remove();
    return found;
  }

  /* ── What depends on the room there is ── */
  function fitted(box) {
    const figure = colours(JSON.parse(box.dataset.chart)), layout = figure.layout, width = box.clientWidth;
    const meta = layout.meta || {};
    Object.assign(layout, {width, height: box.clientHeight, autosize: false});
    if (meta.names) {                                      /* lying bars: names take what they need, two fifths at most */
      const most = Math.round(width * .4);
      layout.margin.l = Math.min(meta.names, most);
      if (meta.names > most) layout.yaxis.ticktext = layout.yaxis.ticktext.map(name => cut(name, Math.floor((most - 10) / 5.8)));
      if (meta.before) {                                   /* room for the numbers of bars that lead to the left */
        const [low, high] = layout.xaxis.range, room = width - layout.margin.l - layout.margin.r;
        layout.xaxis.range = [low - (high - low) * meta.before / Math.max(room - meta.before, 1), high];
      }
    } else if (meta.label) {
      const room = width - layout.margin.l - layout.margin.r;
      layout.xaxis.nticks = Math.max(1, Math.floor(room / meta.label));
      if (layout.xaxis.tickvals) {
        const every = Math.ceil(layout.xaxis.tickvals.length / layout.xaxis.nticks);
        for (const list of ["tickvals", "ticktext"]) layout.xaxis[list] = layout.xaxis[list].filter((_one, i) => i % every === 0);
      }
      if (meta.widest) layout.bargap = 1 - Math.min(.76, meta.widest / (room / meta.bars));
    }
    return figure;
  }
  function cut(name, most) {                               /* in halves of a 汉字 */
    const text = new DOMParser().parseFromString(name, "text/html").body.textContent;
    const wide = c => /[\u1100-\u11ff\u2e80-\uffdc]/.test(c) ? 2 : 1;
    let sum = [...text].reduce((all, c) => all + wide(c), 0);
    if (sum <= most) return name;
    let short = [...text];
    while (short.length && sum > most - 2) sum -= wide(short.pop());
    return `${short.join("").trimEnd()}…`.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  }

  function draw(box) {
    const live = drawn.get(box), figure = fitted(box);
    if (!figure.layout.width || !figure.layout.height) return;
    window.Plotly.react(live, figure.data, figure.layout, SETTINGS);
  }

  function start(box) {
    const live = document.createElement("div");
    live.className = "chart-live";
    live.setAttribute("aria-hidden", "true");              /* the box says what the chart says; its table has the numbers */
    box.append(live);
    drawn.set(box, live);
    draw(box);
    const url = event => {                                 /* of a page of the portal, '' where a bar leads nowhere */
      const to = event.points[0]?.customdata?.[1];
      return to && new URL(to, location.href).origin === location.origin ? to : "";
    };
    live.on("plotly_click", event => { if (url(event)) location.assign(url(event)); });
    live.on("plotly_hover", event => live.classList.toggle("is-link", url(event) !== ""));
    live.on("plotly_unhover", () => live.classList.remove("is-link"));
    box.classList.add("is-live");
    sizes.observe(box);
  }

  const sizes = new ResizeObserver(entries => {
    for (const {target: box} of entries) {
      const layout = drawn.get(box)?.layout;               /* it also tells of boxes that stayed as they are */
      if (layout && box.isConnected && (layout.width !== box.clientWidth || layout.height !== box.clientHeight)) draw(box);
    }
  });
  function again() {
    for (const [box, live] of drawn) {
      if (box.isConnected) draw(box);
      else { sizes.unobserve(box); window.Plotly.purge(live); drawn.delete(box); }
    }
  }

  /* Boxes of this page, and those that other scripts bring later */
  async function look() {
    const fresh = [...document.querySelectorAll("[data-chart]:not([data-begun])")];
    if (!fresh.length) return;
    for (const box of fresh) box.dataset.begun = "";
    try {
      await load(fresh[0]);
    } catch {
      return;                                              /* the drawing stays, which shows the same */
    }
    for (const box of fresh) if (box.isConnected) start(box);
  }
  const soon = window.requestIdleCallback ?? (act => setTimeout(act, 200));
  if (document.readyState === "complete") soon(look); else addEventListener("load", () => soon(look));
  new MutationObserver(look).observe(document.getElementById("main") ?? document.body, {childList: true, subtree: true});

  new MutationObserver(again).observe(root, {attributes: true, attributeFilter: ["data-theme"]});
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) matchMedia(query).addEventListener("change", again);
})();
