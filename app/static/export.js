/* The page that exports a list: a title that is typed takes its column into the file. */
(() => {
  "use strict";
  document.addEventListener("input", event => {
    const title = event.target.closest?.(".export-title"), box = title?.closest("[data-col]").querySelector("[name=col]");
    if (title?.value && !box.checked) box.checked = true;
  });
  document.addEventListener("change", event => {
    if (!event.target.matches("[name=sum]:checked")) return;
    event.target.closest("[data-col]").querySelector("[name=col]").checked = true;
  });
  /* Enter in a title or in the search must not press the first button of the page */
  document.addEventListener("keydown", event => {
    if (event.key === "Enter" && event.target.matches(".export-title")) event.preventDefault();
  });
  /* Dragging begins at the row, never while text is marked in a title */
  document.addEventListener("pointerdown", event => {
    const row = event.target.closest(".export-list [data-col]");
    if (row) row.draggable = !event.target.closest(".export-title");
  });
})();
