/* Columns and order of a list: fields are found by typing, put in order by dragging, by Alt ↑ ↓ or by their buttons; Shift and a click
   on a head sorts by one more column. The forms work without this. */
(() => {
  "use strict";
  const $ = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];

  /* A column moves among the others; the first one stays where it is */
  function move(item, step) {
    const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other || !other.draggable) return;
    if (step < 0) other.before(item); else other.after(item);
    say(item);
  }
  function say(item) {
    const form = item.closest("[data-columns]"), items = all("[data-col]", item.parentElement);
    const what = $("label span", item).textContent, n = items.indexOf(item) + 1;
    $("[data-said]", form).textContent = form.dataset.moved.replace("{what}", what).replace("{n}", n).replace("{all}", items.length);
    item.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("click", event => {
    const button = event.target.closest("[data-columns] button[name=up], [data-columns] button[name=down]");
    if (button) {
      event.preventDefault();
      move(button.closest("[data-col]"), button.name === "up" ? -1 : 1);
      button.focus();
    }
    const up = event.target.closest("[data-order-up]"), drop = event.target.closest("[data-order-drop]");
    if (up) swap(up.closest("li"), up.closest("li").previousElementSibling);
    if (drop) {
      for (let row = drop.closest("li"); row?.nextElementSibling; row = row.nextElementSibling) swap(row, row.nextElementSibling);
      $("select", drop.closest("ol").lastElementChild).value = "";
    }
    const head = event.target.closest("thead a[data-add]");
    if (head && event.shiftKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      location.assign(head.dataset.add);
    }
  });
  function swap(row, other) {
    if (!row || !other) return;
    const mine = all("select", row), theirs = all("select", other);
    mine.forEach((select, i) => { [select.value, theirs[i].value] = [theirs[i].value, select.value]; });
  }
  document.addEventListener("keydown", event => {
    const item = event.target.closest?.("[data-columns] [data-col]");
    if (item && event.altKey && /^Arrow(Up|Down)$/.test(event.key) && item.draggable) {
      event.preventDefault();
      const held = event.target;
      move(item, event.key === "ArrowUp" ? -1 : 1);
      held.focus();
    }
    const head = event.target.closest?.("thead a[data-add]");
    if (head && event.key === "Enter" && event.shiftKey) { event.preventDefault(); location.assign(head.dataset.add); }
    if (event.key === "Enter" && event.target.matches?.("[data-columns] [data-find]")) event.preventDefault();
  });
  /* A click with Shift would mark text or open a window */
  document.addEventListener("mousedown", event => { if (event.shiftKey && event.target.closest("thead a[data-add]")) event.preventDefault(); });

  /* A field that is ticked joins those that are shown */
  document.addEventListener("change", event => {
    if (!event.target.matches("[data-columns] input[name=col]") || !event.target.checked) return;
    const item = event.target.closest("[data-col]");
    const last = all("[data-col]", item.parentElement).filter(i => i !== item && $("input[type=checkbox]", i).checked).pop();
    if (last && last.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING) { last.after(item); say(item); event.target.focus(); }
  });

  document.addEventListener("input", event => {
    if (!event.target.matches("[data-columns] [data-find]")) return;
    const word = event.target.value.trim().toLowerCase();
    const items = all("[data-col]", event.target.form);
    for (const item of items) item.hidden = word !== "" && !$("label", item).textContent.toLowerCase().includes(word);
    $("[data-nothing]", event.target.form).hidden = items.some(item => !item.hidden);
  });

  let dragged = null;
  document.addEventListener("dragstart", event => {
    dragged = event.target.closest?.("[data-columns] [data-col][draggable=true]");
    if (!dragged) return;
    dragged.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.col);
  });
  document.addEventListener("dragover", event => {
    const over = dragged && event.target.closest?.("[data-columns] [data-col]");
    if (!over || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    if (over === dragged) return;
    const box = over.getBoundingClientRect(), below = event.clientY > box.top + box.height / 2 || !over.draggable;
    if (below) over.after(dragged); else over.before(dragged);
  });
  document.addEventListener("drop", event => { if (dragged) event.preventDefault(); });
  document.addEventListener("dragend", () => { dragged?.classList.remove("is-dragged"); if (dragged) say(dragged); dragged = null; });
})();
