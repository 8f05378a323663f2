// What the pages do beyond HTML and htmx. Everything also works without this file.
"use strict";

const FAILURES_BEFORE_SAYING = 3;

const poller = () => document.getElementById("summary-poller");
const say = (text) => { document.getElementById("summary-status").textContent = text; };

// Times are written by the server in the reader's own zone, once it knows that zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax`;

// A form that was refused begins at its list of problems.
document.getElementById("error-summary")?.focus();

if (poller()) followSummary();

function followSummary() {
  let failures = 0;

  // A form tells the server what the page shows already, as the poller does in its address.
  document.body.addEventListener("htmx:configRequest", ({ target, detail }) => {
    if (target === poller()) return;
    detail.parameters.seen = new URL(poller().dataset.hxGet, location.href).searchParams.get("seen");
  });

  // A second click while the first is on its way asks for nothing new.
  document.body.addEventListener("htmx:confirm", (event) => {
    if (event.target.classList.contains("htmx-request")) event.preventDefault();
  });

  // Nobody reads a hidden tab. The poller asks again as soon as the tab is looked at.
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === poller() && document.hidden) event.preventDefault();
  });

  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.successful) return;
    const saidMore = detail.xhr.responseText.includes("#summary-status");
    if (failures >= FAILURES_BEFORE_SAYING && !saidMore) say("Connected again.");
    failures = 0;
  });

  const noAnswer = ({ target }) => {
    if (target !== poller()) return say("The server did not answer. Try again.");
    failures += 1;
    if (failures === FAILURES_BEFORE_SAYING) say("The server does not answer. This page keeps trying.");
  };
  document.body.addEventListener("htmx:sendError", noAnswer);
  document.body.addEventListener("htmx:timeout", noAnswer);
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) noAnswer(event);
    else refuse(event.target, event.detail.xhr);
  });

  // A page that comes back from the browser's memory has not asked since it was left.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    const element = poller();
    htmx.ajax("GET", element.dataset.hxGet, { source: element, target: element, swap: "outerHTML" });
  });
}

// The server said no: signed out, no longer shared, too often. Asking again would not help, so a poll ends.
function refuse(target, xhr) {
  const plain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
  say(plain ? xhr.responseText : "That did not work. Reload the page and try again.");
  if (target === poller() && xhr.status !== 429) {
    const ended = poller().cloneNode();
    ended.removeAttribute("data-hx-trigger");
    poller().replaceWith(ended);
  }
}
