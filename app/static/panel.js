/* A record that a combobox lacks is made in a panel beside the form: its own add page without the frame, sent by script, with all input
   kept when something is wrong. What was made is chosen, and the focus goes back. The form behind stays in view and in use.
   Asked for by portal:new of combo.js. */
(() => {
  "use strict";
  const texts = document.querySelector("#texts")?.dataset ?? {};
  const $ = (sel, from = panel) => from.querySelector(sel);
  const all = (sel, from = panel) => [...from.querySelectorAll(sel)];
  const PREFIX = "panel-";
  const panel = document.createElement("dialog");
  panel.className = "panel";
  panel.dataset.panel = "";
  panel.setAttribute("aria-labelledby", `${PREFIX}title`);
  document.body.append(panel);

  let box = null, address = "", before = "", typed = "";
  const form = () => $("form[method=post][data-unsaved]");
  const held = () => (form() ? new URLSearchParams([...new FormData(form())].filter(([name, v]) => typeof v === "string" && name !== "csrf_token")).toString() : "");
  const dirty = () => panel.open && form() !== null && (held() !== before || "dirty" in form().dataset);

  /* Two forms share the page: what the second brings gets names of its own */
  function renamed(root) {
    for (const el of all("[id]", root)) el.id = PREFIX + el.id;
    for (const name of ["for", "form", "aria-labelledby", "aria-describedby", "aria-controls"]) {
      for (const el of all(`[${name}]`, root)) el.setAttribute(name, el.getAttribute(name).trim().split(/\s+/).map(id => PREFIX + id).join(" "));
    }
    for (const el of all("a[href^='#']", root)) el.setAttribute("href", `#${PREFIX}${el.hash.slice(1)}`);
    return root;
  }

  function show(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    renamed(holder.content);
    const title = document.createElement("h2"), cross = document.createElement("button"), head = document.createElement("header");
    title.id = `${PREFIX}title`;
    title.tabIndex = -1;
    title.textContent = $("h1", holder.content)?.textContent ?? "";
    cross.type = "button";
    cross.className = "btn btn--quiet btn--icon";
    cross.dataset.close = "";
    cross.setAttribute("aria-label", texts.panelClose ?? "");
    cross.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${texts.icons}#i-x"/></svg>`;
    head.className = "panel-head";
    head.append(title, cross);
    for (const el of all(".page-head, .toc, [name=_next], [data-next-error]", holder.content)) el.remove();
    for (const el of all("[data-save]", holder.content)) el.firstChild.textContent = `${texts.panelSave} `;
    panel.replaceChildren(head, holder.content);
    panel.dispatchEvent(new CustomEvent("portal:added", { bubbles: true }));
  }

  function remark(text) {
    const note = document.createElement("div");
    note.className = "note tone-red";
    note.setAttribute("role", "alert");
    note.dataset.remark = "";
    note.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${texts.icons}#i-warn"/></svg><div></div>`;
    note.lastElementChild.textContent = text;
    $("[data-remark]")?.remove();
    (form() ?? panel).prepend(note);
    note.scrollIntoView({ block: "nearest" });
  }

  const out = answer => Boolean(answer?.redirected) || answer?.status === 401;
  const ask = (method, body) => fetch(address, { method, body, credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);

  /* What was typed in vain leaves the combobox until the panel is done, so that nothing complains about it meanwhile */
  const put = (id, title) => box?.dispatchEvent(new CustomEvent("portal:set", { detail: { id, text: title } }));

  async function open(target, { url, label, text, within, typed: words }) {
    if (panel.open && dirty()) { $("input:not([type=hidden]), select, textarea", form())?.focus(); return; }
    box = target;
    typed = words;
    if (typed) put("", "");
    const to = new URL(url, location.href);
    for (const [name, id] of Object.entries(within)) to.searchParams.set(name, id);
    if (text) to.searchParams.set("text", text);
    to.searchParams.set("panel", "1");
    address = to.href;
    show(`<h1></h1><div class="panel-wait" aria-busy="true"></div>`);
    $("h2").textContent = label;
    panel.show();
    $("h2").focus();
    const answer = await ask("GET");
    if (!panel.open || address !== to.href) return;
    if (!answer?.ok || answer.redirected) { remark(out(answer) ? texts.signedOut : texts.panelUnread); return; }
    show(await answer.text());
    before = held();
    ($("[autofocus]", form()) ?? firstEmpty() ?? $("h2")).focus();
  }
  const firstEmpty = () => all("input:not([type=hidden], [readonly]), select, textarea", form()).find(el => el.offsetParent && !el.value && !el.closest("[data-level]"));

  async function send() {
    const button = $("[data-save]");
    if (button.classList.contains("is-busy")) return;
    button.classList.add("is-busy");
    let answer = await ask("POST", new FormData(form()));
    if (answer?.status === 400 && !answer.redirected && (await renewed())) answer = await ask("POST", new FormData(form()));
    button.classList.remove("is-busy");
    if (!panel.open) return;
    const type = answer?.headers.get("Content-Type") ?? "";
    if (answer?.status === 201 && type.includes("json")) { made(await answer.json()); return; }
    if (answer && [409, 410, 422].includes(answer.status) && !answer.redirected) {
      const scrolled = panel.scrollTop;
      show(await answer.text());
      panel.scrollTop = scrolled;
      ($(".note[data-focus], .note[tabindex]") ?? $("[aria-invalid=true]") ?? $("h2")).focus();
      return;
    }
    remark(out(answer) ? texts.panelOut : answer?.status === 403 ? texts.panelRefused : texts.panelFailed);
  }

  /* The page may have outlived its session: a fresh form has a fresh token */
  async function renewed() {
    const answer = await ask("GET");
    if (!answer?.ok || answer.redirected) return false;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const fresh = $("[name=csrf_token]", holder.content)?.value;
    if (fresh) all("[name=csrf_token]").forEach(input => { input.value = fresh; });
    return Boolean(fresh);
  }

  function made({ id, text }) {
    const target = box;
    typed = "";
    close();
    target?.dispatchEvent(new CustomEvent("portal:pick", { detail: { id } }));
    document.dispatchEvent(new CustomEvent("portal:toast", { detail: { text: (texts.panelAdded ?? "").replace("{record}", text) } }));
  }

  function close() {
    panel.close();
    panel.replaceChildren();
    if (typed) put("", typed);
    box?.querySelector("[role=combobox]")?.focus();
    box = null;
  }
  /* The form brings its own question for those who leave it unsaved */
  function leave() {
    const question = $("[data-leave-dialog]");
    if (dirty() && question) question.showModal(); else close();
  }

  document.addEventListener("portal:new", event => open(event.target, event.detail));
  panel.addEventListener("submit", event => { event.preventDefault(); event.stopPropagation(); send(); });
  panel.addEventListener("click", event => {
    const go = event.target.closest("[data-go]"), link = event.target.closest("a[href]");
    if (go) {
      go.closest("dialog").close();
      if (go.dataset.go) close();
    } else if (event.target.closest("[data-close]")) leave();
    else if (link && !link.target) {
      event.preventDefault();
      const to = link.getAttribute("href").startsWith("#") ? document.getElementById(link.hash.slice(1)) : null;
      if (to) { to.focus({ preventScroll: true }); (to.closest(".field") ?? to).scrollIntoView({ block: "center" }); } else if (!link.hash) leave();
    }
  });
  /* Keys in the panel are the panel's: the page behind must not save itself */
  panel.addEventListener("keydown", event => {
    const key = event.key.toLowerCase();
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && (key === "s" || key === "enter")) {
      event.preventDefault();
      event.stopPropagation();
      if (form()) send();
    } else if (key === "f8") {
      event.preventDefault();
      event.stopPropagation();
      const wrong = all("[aria-invalid=true]"), at = wrong.indexOf(document.activeElement);
      wrong[(at + 1) % wrong.length]?.focus();
    } else if (key === "escape" && !event.target.closest("[data-leave-dialog]")) {
      event.stopPropagation();
      if (!event.defaultPrevented) { event.preventDefault(); leave(); }
    }
  });
  addEventListener("beforeunload", event => { if (dirty()) event.preventDefault(); });
})();
