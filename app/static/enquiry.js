/* Enquiries: while figures are worked out the result says that it is of before. */
(() => {
  "use strict";
  const result = document.querySelector("[data-enquiry-result]");
  if (!result) return;
  let timer = 0;
  const wait = () => { timer = setTimeout(() => result.setAttribute("aria-busy", "true"), 300); };
  document.addEventListener("submit", event => { if (event.target.closest("[data-enquiry]") && !event.defaultPrevented) wait(); });
  document.addEventListener("click", event => {
    const link = event.target.closest("[data-enquiry] a[href], .enquiry-kinds a[href], .table--figures a[href]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) wait();
  });
  addEventListener("pageshow", () => { clearTimeout(timer); result.removeAttribute("aria-busy"); });
})();
