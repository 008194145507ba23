/* A schedule: only what belongs to the choice is shown, and the next times follow what is typed. */
(() => {
  "use strict";
  const form = document.querySelector("[data-times]");
  if (!form) return;
  const every = form.querySelector("[data-every]"), kind = form.querySelector("[data-kind]"), box = form.querySelector("[data-next-times]");
  const show = () => {
    const chosen = [every.value, kind?.value];
    for (const field of form.querySelectorAll("[data-for]")) field.hidden = !field.dataset.for.split(" ").some(one => chosen.includes(one));
  };
  let timer = 0, asked = 0;
  const look = async () => {
    const mine = ++asked, values = new URLSearchParams([...new FormData(form)].filter(([name, v]) => name !== "csrf_token" && typeof v === "string"));
    const answer = await fetch(`${form.dataset.times}?${values}`).catch(() => null);
    if (mine === asked && answer?.ok && !answer.redirected) box.innerHTML = await answer.text();
  };
  form.addEventListener("input", event => {
    show();
    if (!["title", "kind"].includes(event.target.name)) { clearTimeout(timer); timer = setTimeout(look, 200); }
  });
  show();
})();
