// What the pages do beyond HTML and htmx. Everything also works without this file.
"use strict";

const FAILURES_BEFORE_SAYING = 3;

// A page may follow several things: each has an element that asks the server, and a region in which is said what it hears.
const isPoller = (element) => element.classList.contains("poller");
const pollerOf = (element) => (isPoller(element) ? element : document.querySelector(element.dataset.hxTarget));
// By the time of an answer, what asked may have left the page, and htmx speaks from the body.
const asker = ({ target, detail }) => detail.requestConfig?.elt ?? target;
const say = (element, text) => { document.getElementById(pollerOf(element).dataset.says).textContent = text; };

// Times are written by the server in the reader's own zone, once it knows that zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const secure = location.protocol === "https:" ? "; secure" : "";
if (zone) document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;

// A form that was refused begins at its list of problems.
document.getElementById("error-summary")?.focus();

if (document.querySelector(".poller")) followThePollers();

function followThePollers() {
  const failures = new Map();  // by region: how many polls in a row had no answer
  let teller = null;  // the one region in which it was said that the server does not answer

  // A form tells the server what the page shows already, as its poller does in its address.
  document.body.addEventListener("htmx:configRequest", ({ target, detail }) => {
    if (isPoller(target)) return;
    detail.parameters.seen = new URL(pollerOf(target).dataset.hxGet, location.href).searchParams.get("seen");
  });

  // A second click while the first is on its way asks for nothing new.
  document.body.addEventListener("htmx:confirm", (event) => {
    if (event.target.classList.contains("htmx-request")) event.preventDefault();
  });

  // Nobody reads a hidden tab. The pollers ask again as soon as the tab is looked at.
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (isPoller(event.target) && document.hidden) event.preventDefault();
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) return;
    const { says } = pollerOf(asker(event)).dataset;
    failures.set(says, 0);
    if (says === teller && event.detail.xhr.responseText.includes(`#${says}`)) teller = null;  // the answer says more
    tellWhenConnected();
  });

  // Several pollers lose the server together, and find it again one after the other. Either is said once.
  const tellWhenConnected = () => {
    if (!teller || [...failures.values()].some((count) => count >= FAILURES_BEFORE_SAYING)) return;
    document.getElementById(teller).textContent = "Connected again.";
    teller = null;
  };

  const noAnswer = (event) => {
    const elt = asker(event);
    if (!isPoller(elt)) return say(elt, "The server did not answer. Try again.");
    const { says } = elt.dataset;
    failures.set(says, (failures.get(says) || 0) + 1);
    if (teller || failures.get(says) !== FAILURES_BEFORE_SAYING) return;
    teller = says;
    say(elt, "The server does not answer. This page keeps trying.");
  };
  document.body.addEventListener("htmx:sendError", noAnswer);
  document.body.addEventListener("htmx:timeout", noAnswer);
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) return noAnswer(event);
    const { says } = pollerOf(asker(event)).dataset;
    failures.set(says, 0);
    if (says === teller) teller = null;
    refuse(asker(event), event.detail.xhr);
  });

  // A page that comes back from the browser's memory has not asked since it was left.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const element of document.querySelectorAll(".poller")) {
      htmx.ajax("GET", element.dataset.hxGet, { source: element, target: element, swap: "outerHTML" });
    }
  });
}

// The server said no: signed out, no longer shared, too often. Asking again would not help, so a poll ends.
function refuse(target, xhr) {
  const plain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
  say(target, plain ? xhr.responseText : "That did not work. Reload the page and try again.");
  if (isPoller(target) && xhr.status !== 429) {
    const ended = target.cloneNode();
    ended.removeAttribute("data-hx-trigger");
    target.replaceWith(ended);
  }
}
