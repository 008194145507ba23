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
});
