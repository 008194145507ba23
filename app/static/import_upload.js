/* Uploading a file: dropped or chosen, with progress; a refused file keeps the page, and what was chosen, with the reason. Without
   script the form is sent as it is. */
(() => {
  "use strict";
  const $ = (sel, from) => from.querySelector(sel);
  for (const form of document.querySelectorAll("[data-upload]")) {
    const file = $("input[type=file]", form), drop = $(".drop", form), name = $("[data-name]", form);
    const way = $("[data-way]", form), bar = $("progress", way), told = $("[data-told]", way), problem = $("[data-problem]", form);
    const button = $("button[type=submit]", form), first = name.textContent;
    let said = -1;

    const tell = () => {
      name.textContent = file.files.length ? file.files[0].name : first;
      drop.classList.toggle("has-file", file.files.length > 0);
      if (file.files.length) problem.replaceChildren();
    };
    file.addEventListener("change", tell);
    /* A file may be dropped anywhere on the page: beside the box the browser would open it, and the page be gone */
    for (const type of ["dragenter", "dragover"]) document.addEventListener(type, event => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      drop.classList.add("is-over");
    });
    document.addEventListener("dragleave", event => { if (!event.relatedTarget) drop.classList.remove("is-over"); });
    document.addEventListener("drop", event => {
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      drop.classList.remove("is-over");
      file.files = event.dataTransfer.files;
      tell();
      button.focus();
    });

    function refuse(text) {
      const note = document.createElement("div"), inner = document.createElement("div");
      note.className = "note tone-red";
      note.setAttribute("role", "alert");
      note.tabIndex = -1;
      inner.textContent = text;
      note.append(inner);
      problem.replaceChildren(note);
      note.focus();
      way.hidden = true;
      button.disabled = false;
      button.classList.remove("is-busy");
    }

    form.addEventListener("submit", event => {
      event.preventDefault();
      if (!file.files.length) { file.click(); return; }
      if (file.files[0].size > (Number(form.dataset.most) || Infinity)) { refuse(form.dataset.tooLarge); return; }      /* is not even sent */
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", now => {
        if (!now.lengthComputable) return;
        const percent = Math.floor(100 * now.loaded / now.total);
        bar.value = percent;
        if (percent === 100) { bar.removeAttribute("value"); told.textContent = form.dataset.reads; }
        else if (Math.floor(percent / 10) > said) { said = Math.floor(percent / 10); told.textContent = form.dataset.sends.replace("{percent}", percent); }
      });
      request.addEventListener("load", () => {
        let answer = null;
        try { answer = JSON.parse(request.responseText); } catch { /* a page: signed out, or refused before it was read */ }
        if (answer?.url) { location.assign(answer.url); return; }
        const page = answer ? null : new DOMParser().parseFromString(request.responseText, "text/html");
        refuse(answer?.problem || page?.querySelector("[data-problem], main [role=alert], .error-card p:not(.mute)")?.textContent.trim() || form.dataset.failed);
      });
      request.addEventListener("error", () => refuse(form.dataset.failed));
      said = -1;
      bar.value = 0;
      told.textContent = "";
      way.hidden = false;
      button.disabled = true;
      button.classList.add("is-busy");
      request.send(new FormData(form));
    });
    addEventListener("pageshow", () => { way.hidden = true; button.disabled = false; button.classList.remove("is-busy"); tell(); });
  }
})();
