/* The way back to a list is the way to the list as it was: its address is kept for this tab, and the links to it on the pages of its
   records lead there. An address that says something itself is left alone. */
(() => {
  "use strict";
  const list = document.querySelector("[data-list]");
  const stored = (key, value) => { try { return value === undefined ? sessionStorage.getItem(key) : sessionStorage.setItem(key, value); } catch { return null; } };
  if (document.body.classList.contains("bare")) {          /* nobody is signed in: the next one need not know what was looked for */
    try { for (const key of Object.keys(sessionStorage)) if (key.startsWith("list ")) sessionStorage.removeItem(key); } catch { /* nothing is kept */ }
  } else if (list) stored(`list ${location.pathname}`, location.search);
  else for (const link of document.querySelectorAll("main a[href]")) {
    const search = link.search || link.hash ? null : stored(`list ${link.pathname}`);
    if (search) link.search = search;
  }
})();
