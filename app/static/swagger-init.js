/* The interface description: Flask-AppBuilder's Swagger UI, told by data attributes where the description is. */
addEventListener("DOMContentLoaded", () => {
  "use strict";
  const box = document.querySelector("#swagger");
  if (!box || !window.SwaggerUIBundle) return;
  box.replaceChildren();
  window.SwaggerUIBundle({
    url: box.dataset.url,
    domNode: box,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    docExpansion: "none",
    deepLinking: true,
    validatorUrl: null,
    requestInterceptor(request) {
      if (box.dataset.csrf && new URL(request.url, location.href).origin === location.origin) request.headers["X-CSRFToken"] = box.dataset.csrf;
      return request;
    },
  });

  /* It leaves fields without a name: the label, the head or the parameter beside them is theirs */
  const nameOf = field =>
    field.closest("label")?.firstChild?.textContent.trim() ||
    field.closest(".servers")?.querySelector(".servers-title")?.textContent ||
    field.closest("tr")?.querySelector(".parameter__name")?.textContent.replace(/\s*\*.*$/, "") ||
    field.closest(".opblock-section, .response, .responses-wrapper")?.querySelector("h4, .response-col_status")?.textContent ||
    box.getAttribute("aria-label");
  const named = () => {
    for (const field of box.querySelectorAll("select, textarea, input:not([type=hidden])")) {
      if (!field.getAttribute("aria-label") && !field.labels?.[0]?.textContent.trim()) field.setAttribute("aria-label", nameOf(field));
    }
    for (const code of box.querySelectorAll("pre.microlight:not([tabindex])")) code.tabIndex = 0;       /* it scrolls, so keys must reach it */
  };
  new MutationObserver(named).observe(box, { childList: true, subtree: true });
});
