/* Forms: what is unsaved, Ctrl S, the next error, calendar, files, the section in view. Drafts: form_draft.js; checks: form_check.js. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const texts = $("#texts")?.dataset ?? {};
  const say = (key, value) => (texts[key] ?? "").replace("{n}", value);

  /* Unsaved: a dot at the label, a count in the save bar, a question before leaving. dataset.leaving says why the page is left:
     sent, keep, discard; form_draft.js reads it. */
  const form = $("[data-unsaved]"), badge = $("[data-changes]"), dialog = $("[data-leave-dialog]");
  const state = el => (/^(checkbox|radio)$/.test(el.type) ? String(el.checked) : el.value);
  if (form) {
    const was = new Map();
    const inputs = () => all("input, select, textarea", form).filter(el => el.type !== "hidden" && el.type !== "file" && !el.matches(".pick, [data-level] *"));
    inputs().forEach(el => was.set(el, state(el)));
    const dirty = () => inputs().filter(el => was.has(el) && was.get(el) !== state(el));
    const unsaved = () => !form.dataset.leaving && (dirty().length > 0 || "dirty" in form.dataset);
    const show = () => {
      const changed = dirty();
      all(".field.changed", form).forEach(f => f.classList.remove("changed"));
      changed.forEach(el => el.closest(".field")?.classList.add("changed"));
      if (badge) {
        badge.hidden = !unsaved();
        badge.textContent = changed.length ? say("unsaved", all(".field.changed", form).length || changed.length) : texts.notSaved ?? "";
      }
    };
    for (const type of ["input", "change", "portal:changed"]) form.addEventListener(type, show);
    form.addEventListener("submit", event => {
      if (form.dataset.leaving) { event.preventDefault(); return; }              /* a second press while it is being sent */
      form.dataset.leaving = "sent";
      (event.submitter ?? $("[data-save]"))?.classList.add("is-busy");
    });
    addEventListener("pageshow", event => {
      if (event.persisted) { delete form.dataset.leaving; all(".btn.is-busy").forEach(b => b.classList.remove("is-busy")); }
      show();
    });
    addEventListener("beforeunload", event => { if (unsaved()) event.preventDefault(); });

    /* Links of this page ask in words; closing and reloading can only be asked about by the browser */
    document.addEventListener("click", event => {
      const link = event.target.closest("a[href]");
      if (!dialog || !link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      if ((link.target && link.target !== "_self") || link.hasAttribute("download") || !unsaved()) return;
      if (link.origin !== location.origin || (link.hash && link.pathname + link.search === location.pathname + location.search)) return;
      event.preventDefault();
      dialog.dataset.address = link.href;
      dialog.showModal();
    });
    dialog?.addEventListener("click", event => {
      const way = event.target.closest("[data-go]")?.dataset.go;
      if (way === undefined) return;
      dialog.close();
      if (!way) return;
      if (way === "discard") form.dispatchEvent(new Event("portal:discard"));
      form.dataset.leaving = way;
      location.assign(dialog.dataset.address);
    });
    document.addEventListener("submit", event => { if (event.target.querySelector("[data-discards]")) form.dataset.leaving = "discard"; });
  }

  /* Errors: the link in the note and F8 go into the field itself */
  function goto(el) {
    if (!el) return;
    el.focus({ preventScroll: true });
    (el.closest(".field") ?? el).scrollIntoView({ block: "center" });
  }
  const wrong = () => all("[aria-invalid=true]");
  const nextError = () => {
    const list = wrong(), at = list.findIndex(el => el === document.activeElement);
    goto(list[(at + 1) % list.length]);
  };
  document.addEventListener("click", event => {
    const link = event.target.closest(".note a[href^='#f-'], [data-next-error]");
    if (!link) return;
    event.preventDefault();
    if (link.matches("[data-next-error]")) nextError();
    else goto(document.getElementById(link.hash.slice(1)));
  });

  /* Ctrl S saves, Ctrl Enter saves and opens the next one */
  const press = button => {
    document.activeElement?.dispatchEvent(new Event("change", { bubbles: true }));
    button.click();
  };
  document.addEventListener("keydown", event => {
    const only = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && !dialog?.open;
    const button = !only ? null : event.key.toLowerCase() === "s" ? $("[data-save]") : event.key === "Enter" ? $("[data-save-add]") : null;
    if (button) { event.preventDefault(); press(button); }
    if (event.key === "F8" && wrong().length) { event.preventDefault(); nextError(); }
  });

  /* Calendar: people type dates; the button opens the browser's own calendar */
  document.addEventListener("click", event => {
    const button = event.target.closest("[data-pick]");
    if (!button) return;
    const input = $("input", button.parentElement);
    let pick = $(".pick", button.parentElement);
    if (!pick) {
      pick = document.createElement("input");
      pick.type = "date"; pick.className = "pick"; pick.tabIndex = -1;
      pick.setAttribute("aria-hidden", "true");
      button.before(pick);
      pick.addEventListener("change", () => {
        const time = input.value.match(/\d{1,2}:\d{2}.*$/)?.[0];
        input.value = pick.value + (time ? ` ${time}` : "");
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.focus();
      });
    }
    if (/^\d{4}-\d{2}-\d{2}/.test(input.value)) pick.value = input.value.slice(0, 10);
    try { pick.showPicker(); } catch { input.focus(); }
  });

  /* Files: what was chosen is told; dropping on the field is choosing */
  for (const upload of all("[data-upload]")) {
    const file = $("input[type=file]", upload), drop = $(".drop", upload), name = $("[data-name]", upload);
    const first = name.textContent, most = Number(upload.dataset.most) || Infinity, large = $("[data-too-large]", upload);
    const over = () => [...file.files].some(f => f.size > most);
    const tell = () => {
      if (large) large.hidden = !over();
      const n = file.files.length;
      name.textContent = n === 0 ? first : n === 1 ? file.files[0].name : say("files", n);
      drop.classList.toggle("has-file", n > 0);
    };
    file.addEventListener("change", tell);
    for (const type of ["dragenter", "dragover"]) drop.addEventListener(type, event => { event.preventDefault(); drop.classList.add("is-over"); });
    for (const type of ["dragleave", "drop"]) drop.addEventListener(type, event => { event.preventDefault(); drop.classList.remove("is-over"); });
    drop.addEventListener("drop", event => { if (event.dataTransfer.files.length) { file.files = event.dataTransfer.files; tell(); } });
    upload.addEventListener("submit", event => {
      if (!file.files.length || over()) { event.preventDefault(); file.click(); return; }   /* a file too large is not even sent */
      event.submitter?.classList.add("is-busy");
    });
    tell();
  }

  /* The table of contents marks the section in view */
  const marks = new Map(all(".toc a").map(a => [document.getElementById(a.hash.slice(1)), a]));
  if (marks.size > 1 && "IntersectionObserver" in window) {
    const seen = new Set();
    const watch = new IntersectionObserver(entries => {
      for (const e of entries) if (e.isIntersecting) seen.add(e.target); else seen.delete(e.target);
      const top = [...marks.keys()].find(s => seen.has(s));
      if (!top) return;
      for (const [section, link] of marks) if (section === top) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }, { root: $("main"), rootMargin: "0px 0px -40% 0px" });
    for (const section of marks.keys()) if (section) watch.observe(section);
  }
})();
