// What the library does beyond HTML and htmx. Everything also works without this file.
"use strict";

// What only works here is shown here only.
document.documentElement.classList.add("scripted");

// Every box of the page, or none where all are ticked already.
document.addEventListener("click", ({ target }) => {
  if (!target.closest(".select-all")) return;
  const boxes = [...document.querySelectorAll(".library input[type=checkbox]")];
  const on = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = on;
});

// A search that the server refused is sent without htmx, so that its page says why: signed out, or too often.
document.body.addEventListener("htmx:responseError", ({ target }) => target.submit());
for (const lost of ["htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(lost, () => {
    const status = document.getElementById("library-status");
    status.textContent = status.dataset.noAnswer;
  });
}
