/* Rules of a role: choosing a kind of record, a field or a place adds its row, which the server draws; a cross takes one away. Without
   script the same is done by buttons of the form. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-part]");
  if (!form) return;
  const made = html => {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    return holder.content.firstElementChild;
  };
  const changed = () => { form.dataset.dirty = ""; form.dispatchEvent(new Event("portal:changed")); };
  async function part(params) {
    const url = new URL(form.dataset.part, location.href);
    for (const [name, value] of params) url.searchParams.append(name, value);
    const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    return answer?.ok && !answer.redirected ? made(await answer.text()) : null;
  }
  const reveals = () => [...form.querySelectorAll("[data-verb=reveal]:checked")].map(box => ["given", box.value]);
  const row = name => form.querySelector(`[data-rule="${CSS.escape(name)}"]`);

  const add = {
    async scope(_place, id) {
      const old = row(`scope:${id}`);
      if (old) return back(old);
      const fresh = await part([["scope", id]]);
      if (fresh) form.querySelector("[data-rules=scope]").append(fresh);
      return fresh;
    },
    async level(_place, id) {
      const old = row(`level:${id}`);
      if (old) return back(old);
      const fresh = await part([["level", id], ...reveals()]);
      if (fresh) form.querySelector("[data-rules=level]").append(fresh);
      return fresh;
    },
    async place(holder, id) {
      const value = `${holder.dataset.kind}:${id}`, places = holder.closest("[data-places]");
      const old = places.querySelector(`.limit-place input[value="${CSS.escape(value)}"]`);
      if (old) { old.checked = true; return null; }
      const fresh = await part([["scope", holder.dataset.scope], ["place", value]]);
      if (fresh) places.insertBefore(fresh, places.querySelector(".limit-place-add"));
      return null;
    },
  };
  /* A rule that was taken away and is chosen again */
  function back(old) {
    const select = old.querySelector("select");
    if (old.hidden) { old.hidden = false; select.value = [...select.options].find(o => o.value && !o.defaultSelected)?.value ?? ""; }
    return old;
  }

  form.addEventListener("portal:chosen", async event => {
    const box = event.target, holder = box.closest("[data-adds]"), id = box.querySelector("input[type=hidden]").value;
    if (!holder || !id) return;
    const fresh = await add[holder.dataset.adds](holder, id);
    box.dispatchEvent(new CustomEvent("portal:set", { detail: { id: "", text: "" } }));
    if (fresh) {
      fresh.dispatchEvent(new Event("portal:added", { bubbles: true }));
      fresh.querySelector("select")?.focus();
    }
    changed();
  });

  form.addEventListener("click", event => {
    const cross = event.target.closest("[data-drop-rule]");
    if (!cross) return;
    const rule = cross.closest("[data-rule]"), next = rule.parentElement.nextElementSibling?.querySelector("[role=combobox]");
    rule.querySelector("select").value = "";
    rule.hidden = true;
    next?.focus();
    changed();
  });
})();
