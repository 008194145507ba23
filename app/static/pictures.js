/* The pictures of a record: chosen, dropped, pasted or taken with a phone's camera, each seen at once and uploaded by itself; put in order
   by dragging or Alt ← →, with their captions, turned, removed and brought back. Asked for by data-pictures (the address) on the gallery,
   whose other data-* are the words. All of it works without this file, by the forms of the gallery. */
(() => {
  "use strict";
  const box = document.querySelector("[data-pictures]");
  if (!box) return;
  const $ = (sel, from = box) => from.querySelector(sel);
  const all = (sel, from = box) => [...from.querySelectorAll(sel)];
  const words = box.dataset, texts = document.querySelector("#texts")?.dataset ?? {};
  const list = $("[data-pics]"), waits = "waits" in words, form = document.getElementById("record");
  const AT_ONCE = 2;
  const fill = (text = "", values = {}) => Object.entries(values).reduce((all, [name, value]) => all.replace(`{${name}}`, value), text);
  const say = (key, values) => { $("[data-pictures-said]").textContent = fill(words[key], values); };
  const toast = detail => document.dispatchEvent(new CustomEvent("portal:toast", { detail }));
  const tiles = () => all("[data-picture]", list);
  const nameOf = tile => $("img", tile).alt;
  const csrf = () => document.querySelector("[name=csrf_token]")?.value ?? "";

  /* What depends on the place of a picture, and on how many there are */
  function refresh() {
    const now = tiles();
    now.forEach((tile, i) => {
      const caption = $("[name=caption]", tile).value.trim(), name = caption || fill(words.nth, { n: i + 1 });
      $("img", tile).alt = name;
      $("[data-light]", tile).dataset.light = caption;
      $("[name=caption]", tile).setAttribute("aria-label", fill(words.captionOf, { name }));
      $("summary", tile).setAttribute("aria-label", fill(words.moreOf, { name }));
      $("[data-cover]", tile).hidden = i > 0 || now.length < 2;
      for (const button of all("[data-to]", tile)) button.disabled = button.dataset.to === "after" ? i === now.length - 1 : i === 0;
    });
    for (const count of document.querySelectorAll("[data-pictures-count]")) count.textContent = now.length;
    if (list.parentElement.matches(".pad")) list.parentElement.hidden = !list.children.length;
    if (waits) keepForm(now.map(tile => tile.dataset.picture).join(" "));
  }
  /* The pictures of a form whose record does not exist yet are something unsaved, and belong to its draft */
  function keepForm(ids) {
    let input = form.elements.namedItem("_pictures");
    if (!input) {
      if (!ids) return;
      input = document.createElement("input");
      input.type = "hidden"; input.name = "_pictures";
      form.append(input);
    }
    if (input.value === ids) return;
    input.value = ids;
    if (ids) form.dataset.dirty = "";
    form.dispatchEvent(new Event("portal:changed"));
  }
  function put(html, tile) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const fresh = holder.content.querySelector("[data-picture]");
    tile.replaceWith(fresh);
    refresh();
    return fresh;
  }

  /* Asking: a page that outlived its session takes a new token, once there is a session again */
  async function renewed() {
    const answer = await fetch(words.token, { headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => null);
    if (!answer?.ok) return false;
    const fresh = (await answer.json()).csrf_token;
    document.querySelectorAll("[name=csrf_token]").forEach(input => { input.value = fresh; });
    return true;
  }
  const why = status => (status === 0 || status === 302 || status === 400 || status === 401 ? texts.signedOut : { 403: words.denied, 404: words.gone }[status]);
  async function change(tile, what, values = {}, late = "") {
    const url = `${words.pictures}/${tile.dataset.picture}/${what}`;
    tile.setAttribute("aria-busy", "true");
    let answer = null;
    for (let again = 0; again < 2; again++) {
      const headers = { Accept: "application/json", "X-CSRFToken": csrf() };
      answer = await fetch(url, { method: "POST", body: new URLSearchParams(values), headers, redirect: "manual", keepalive: true }).catch(() => null);
      if (answer?.status !== 400 || !(await renewed())) break;
    }
    tile.removeAttribute("aria-busy");
    if (answer?.ok) return answer.json();
    toast({ tone: "red", text: (answer && (answer.status === 404 && late ? late : why(answer.status))) || words.notDone });
    return null;
  }
  let last = Promise.resolve();                       /* changes follow one another, so that the last one wins */
  const inTurn = job => { last = last.then(job, job); return last; };

  /* ── Adding ── */
  const coming = new Map();                           /* tile of a picture on its way: {file, state: waits | goes | stopped | refused} */
  const inState = (...states) => [...coming].filter(([, item]) => states.includes(item.state)).map(([tile]) => tile);
  let sum = 0, stored = 0, held = null;               /* held: the button that saves the form as soon as all pictures are there */

  function add(files) {
    if (!inState("waits", "goes").length) sum = stored = 0;
    for (const file of files) begin(file);
    next();
  }
  function begin(file) {
    const tile = $("[data-coming]").content.firstElementChild.cloneNode(true), img = $("img", tile);
    /* Several go at once and arrive in any order, so each brings its place */
    const position = 1 + Math.max(-1, ...tiles().map(other => Number(other.dataset.position)), ...[...coming.values()].map(other => other.position));
    const item = { file, position, state: "waits", preview: URL.createObjectURL(file), request: null };
    coming.set(tile, item);
    sum += 1;
    img.addEventListener("load", () => { img.hidden = false; });
    img.src = item.preview;
    $("[data-name]", tile).textContent = $("[data-name]", tile).title = file.name;
    $("progress", tile).setAttribute("aria-label", fill(words.sending, { name: file.name }));
    list.insertBefore(tile, $(".pic-add", list));
    if (list.parentElement.matches(".pad")) list.parentElement.hidden = false;
    tile.scrollIntoView({ block: "nearest" });
    if (file.size > words.most * 1024 * 1024) stop(tile, "refused", fill(words.tooLarge, { n: words.most }));
    else if (file.type && !file.type.startsWith("image/")) stop(tile, "refused", words.noPicture);
  }
  function next() {
    for (const tile of inState("waits").slice(0, AT_ONCE - inState("goes").length)) send(tile);
    if (inState("waits", "goes").length) return;
    if (sum > 1) say("stored", { n: stored, all: sum });
    if (!held) return;
    const button = held;
    held = null;
    button.classList.remove("is-busy");
    if (inState("stopped").length) ask(); else form.requestSubmit(button);
  }
  async function send(tile) {
    const item = coming.get(tile);
    item.state = "goes";
    const file = await readable(item.file);
    if (!coming.has(tile)) return;                    /* left out meanwhile */
    const request = item.request = new XMLHttpRequest(), data = new FormData(), bar = $("progress", tile), share = $("[data-share]", tile);
    data.append("pictures", file, file.name);
    data.append("position", item.position);
    request.open("POST", words.pictures);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrf());
    request.upload.addEventListener("progress", event => {
      bar.value = Math.round(event.loaded / event.total * 100);
      share.textContent = `${bar.value} %`;
    });
    request.upload.addEventListener("load", () => { bar.removeAttribute("value"); share.textContent = words.storing; });
    request.addEventListener("loadend", () => { if (coming.has(tile)) answered(tile, request); });
    request.send(data);
  }
  async function answered(tile, request) {
    const item = coming.get(tile), answer = json(request.responseText);
    if (request.status === 200 && answer?.html) {
      URL.revokeObjectURL(item.preview);
      coming.delete(tile);
      stored += 1;
      put(answer.html, tile);
    } else if (request.status === 400 && !item.renewed && (await renewed())) {
      item.renewed = true;
      item.state = "waits";
    } else if (answer?.error) stop(tile, "refused", answer.error);
    else if (request.status === 413) stop(tile, "refused", fill(words.tooLarge, { n: words.most }));
    else if (request.status === 403 || request.status === 404) stop(tile, "refused", why(request.status));
    /* An answer that is none: a page to sign in, a failure, or no connection */
    else stop(tile, "stopped", request.status === 200 || request.status === 400 || request.status === 401 ? texts.signedOut : words.failed);
    next();
  }
  const json = text => { try { return JSON.parse(text); } catch { return null; } };
  /* Pictures that the portal does not read, such as those of iPhones, become JPG where the browser reads them */
  async function readable(file) {
    if (/^image\/(jpe?g|pjpeg|png|webp|gif|bmp)$/.test(file.type) || !(file.type || /\.hei[cf]$/i.test(file.name))) return file;
    try {
      const picture = await createImageBitmap(file), canvas = document.createElement("canvas"), part = Math.min(1, 4000 / Math.max(picture.width, picture.height));
      canvas.width = Math.round(picture.width * part);
      canvas.height = Math.round(picture.height * part);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise(done => { canvas.toBlob(done, "image/jpeg", .92); });
      return blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
    } catch { return file; }                          /* the portal says what is wrong with it, and what to do */
  }
  function stop(tile, state, text) {
    coming.get(tile).state = state;
    tile.classList.add("is-bad");
    $("progress", tile).hidden = true;
    $("[data-share]", tile).textContent = "";
    $("[data-why]", tile).hidden = false;
    $("[data-why]", tile).setAttribute("role", "alert");
    $("[data-why] span", tile).textContent = text;
    $("[data-retry]", tile).hidden = state !== "stopped";
  }
  function leaveOut(tile) {
    const { request, preview } = coming.get(tile), after = tile.nextElementSibling;
    coming.delete(tile);
    request?.abort();
    URL.revokeObjectURL(preview);
    tile.remove();
    refresh();
    ($("[data-stop], [data-light], [data-add]", after ?? box) ?? $("[data-add]")).focus();
    next();
  }
  function again(tile) {
    tile.classList.remove("is-bad");
    for (const part of ["[data-why]", "[data-retry]"]) $(part, tile).hidden = true;
    $("progress", tile).hidden = false;
    $("progress", tile).value = 0;
    Object.assign(coming.get(tile), { state: "waits", renewed: false });
    $("[data-stop]", tile).focus();
    next();
  }

  box.addEventListener("change", event => {
    if (!event.target.matches("[data-add]")) return;
    add([...event.target.files]);
    event.target.value = "";                          /* nothing is sent twice, and the same file can be chosen again */
  });
  document.addEventListener("paste", event => {
    const files = [...(event.clipboardData?.files ?? [])].filter(file => file.type.startsWith("image/"));
    if (!files.length || event.target.closest?.("input, textarea, select, [contenteditable], dialog") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    /* A browser calls every picture of the clipboard the same */
    add(files.map(file => (/^image\.\w+$/.test(file.name) ? new File([file], `${words.pasted}.${file.name.split(".").pop()}`, { type: file.type }) : file)));
  });

  /* Dropping: the gallery takes files; elsewhere on the page they must not make the browser leave it */
  let dragged = null, before = null;
  const files = event => !dragged && event.dataTransfer?.types.includes("Files");
  const light = (ready, over) => {
    box.classList.toggle("is-ready", ready);
    box.classList.toggle("is-over", over);
    $(".drop-here").hidden = !over;
  };
  for (const type of ["dragenter", "dragover"]) {
    document.addEventListener(type, event => {
      if (!files(event)) return;
      const over = box.contains(event.target);
      event.preventDefault();
      event.dataTransfer.dropEffect = over ? "copy" : "none";
      light(true, over);
    });
  }
  document.addEventListener("dragleave", event => { if (!event.relatedTarget) light(false, false); });
  document.addEventListener("drop", event => {
    if (!files(event)) return;
    event.preventDefault();
    light(false, false);
    if (box.contains(event.target)) add([...event.dataTransfer.files]);
  });

  /* Saving waits for pictures on their way, and asks about those that did not get there */
  function ask() {
    toast({ tone: "red", text: words.unfinished });
    $("[data-retry]", inState("stopped")[0]).focus();
  }
  document.addEventListener("submit", event => {
    if (event.target !== form || !form) return;
    const stopped = inState("stopped").length;
    if (!stopped && !inState("waits", "goes").length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (stopped) { ask(); return; }
    held = event.submitter ?? document.querySelector("[data-save]");
    held.classList.add("is-busy");
    say("wait");
    toast({ tone: "blue", text: words.wait });
  }, true);
  addEventListener("beforeunload", event => { if (inState("waits", "goes", "stopped").length) event.preventDefault(); });

  /* ── Changing ── */
  function move(tile, to) {
    const others = tiles().filter(other => other !== tile), was = tiles().indexOf(tile);
    to = Math.max(0, Math.min(to, others.length));
    const focus = tile.contains(document.activeElement) ? document.activeElement : null;
    list.insertBefore(tile, others[to] ?? others.at(-1)?.nextSibling ?? null);
    focus?.focus();
    refresh();
    tile.scrollIntoView({ block: "nearest" });
    return { was, to };
  }
  async function moved(tile, { was, to }) {
    if (was === to) return;
    if (await inTurn(() => change(tile, "move", { to }))) say("moved", { name: nameOf(tile), n: to + 1, all: tiles().length });
    else move(tile, was);
  }
  const acts = {
    move(tile, button) {
      const at = tiles().indexOf(tile);
      moved(tile, move(tile, { first: 0, before: at - 1, after: at + 1 }[button.dataset.to]));
      $("summary", tile).focus();
    },
    async turn(tile) {
      $("summary", tile).focus();
      const answer = await inTurn(() => change(tile, "turn"));
      if (!answer) return;
      const had = tile.contains(document.activeElement), caption = $("[name=caption]", tile), fresh = put(answer.html, tile);
      $("[name=caption]", fresh).value = caption.value;     /* what is being typed */
      if (had) $("summary", fresh).focus();
      say("turned", { name: nameOf(fresh) });
    },
    async delete(tile) {
      const at = tiles().indexOf(tile), name = nameOf(tile);
      if (!(await inTurn(() => change(tile, "delete")))) return;
      const had = tile.contains(document.activeElement);
      tile.remove();
      refresh();
      if (had) (tiles().length ? $("[data-light]", tiles()[Math.min(at, tiles().length - 1)]) : $("[data-add]")).focus();
      toast({ text: fill(words.removed, { name }), action: { label: texts.undo, event: "portal:picture-back", detail: { tile, at } } });
    },
  };
  document.addEventListener("portal:picture-back", async ({ detail: { tile, at } }) => {
    const answer = await inTurn(() => change(tile, "restore", {}, words.tooLate));
    if (!answer) return;
    list.insertBefore(tile, tiles()[at] ?? tiles().at(-1)?.nextSibling ?? list.firstChild);
    $("[data-light]", put(answer.html, tile)).focus();
  });
  async function caption(input) {
    const tile = input.closest("[data-picture]"), text = input.value.trim();
    if (text === input.defaultValue.trim()) return;
    if (!(await inTurn(() => change(tile, "caption", { caption: text })))) return;
    input.defaultValue = input.title = text;
    if (document.activeElement !== input) input.value = text;
    refresh();
    say("captioned");
  }

  list.addEventListener("click", event => {
    const tile = event.target.closest(".pic"), button = event.target.closest("button[formaction]");
    if (event.target.closest("[data-stop]")) leaveOut(tile);
    else if (event.target.closest("[data-retry]")) again(tile);
    if (!button) return;
    event.preventDefault();
    button.closest("details").open = false;
    acts[button.getAttribute("formaction").split("/").pop()](tile, button);
  });
  list.addEventListener("submit", event => {
    const input = $("[name=caption]", event.target);
    if (!event.target.closest("[data-picture]")) return;
    event.preventDefault();
    caption(input);
  });
  list.addEventListener("change", event => { if (event.target.name === "caption") caption(event.target); });
  list.addEventListener("keydown", event => {
    const tile = event.target.closest("[data-picture]");
    if (!tile || event.isComposing) return;
    if (event.target.name === "caption") {
      if (event.key === "Escape") { event.target.value = event.target.defaultValue; event.target.blur(); }
      return;
    }
    const step = event.altKey ? { ArrowLeft: -1, ArrowRight: 1 }[event.key] : 0;
    if (step) { event.preventDefault(); moved(tile, move(tile, tiles().indexOf(tile) + step)); }
    if (event.key === "Delete" && event.target.matches("[data-light]")) acts.delete(tile);
  });

  /* Order by dragging; let go elsewhere, and all is as before */
  list.addEventListener("dragstart", event => {
    dragged = event.target.closest?.(".pic-open")?.closest("[data-picture]") ?? null;
    if (!dragged) return;
    before = tiles().indexOf(dragged);
    event.dataTransfer.clearData();
    event.dataTransfer.setData("text/plain", nameOf(dragged));
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage($("img", dragged), 40, 30);
    dragged.classList.add("is-dragged");
  });
  list.addEventListener("dragover", event => {
    if (!dragged) return;
    event.preventDefault();
    const over = event.target.closest("[data-picture]");
    if (!over || over === dragged) return;
    const edge = over.getBoundingClientRect();
    list.insertBefore(dragged, event.clientX > edge.left + edge.width / 2 ? over.nextSibling : over);
  });
  list.addEventListener("drop", event => { if (dragged) event.preventDefault(); });
  list.addEventListener("dragend", event => {
    if (!dragged) return;
    const tile = dragged, to = tiles().indexOf(tile);
    dragged = null;
    tile.classList.remove("is-dragged");
    if (event.dataTransfer.dropEffect === "none") { move(tile, before); return; }
    refresh();
    moved(tile, { was: before, to });
  });
  refresh();
})();
