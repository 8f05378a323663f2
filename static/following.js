// How a page of a document follows what is under way, beyond htmx. Without it, "Check for updates" asks.
"use strict";

const FAILURES_BEFORE_SAYING = 3;
const GAP_MS = 100;  // between the same words and themselves, for somebody who listens
const HIDDEN_LOOK_MS = 10_000;  // between two looks of a hidden tab, in which somebody asked to be told of the end

// Whatever is said is written by the server, in the reader's language.
const words = document.getElementById("words").dataset;

// A page may follow several things: each has an element that asks the server, and a region in which is said what it hears.
const isPoller = (element) => element.classList.contains("poller");
const pollerOf = (element) => (isPoller(element) ? element : document.querySelector(element.dataset.hxTarget));
const shownBy = (poller) => new URL(poller.dataset.hxGet, location.href).searchParams.get("seen");
// By the time of an answer, what asked may have left the page, and htmx speaks from the body.
const asker = ({ target, detail }) => detail.requestConfig?.elt ?? target;
const say = (element, text) => tell(pollerOf(element).dataset.says, text);

// A screen reader is silent about words that are written over themselves, so they are taken away before.
function tell(id, text) {
  const region = document.getElementById(id);
  if (region.textContent.trim() !== text) { region.textContent = text; return; }
  region.textContent = "";
  setTimeout(() => { region.textContent ||= text; }, GAP_MS);
}

// A form tells the server what the page shows already, as its poller does in its address.
document.body.addEventListener("htmx:configRequest", ({ target, detail: { parameters } }) => {
  if (isPoller(target)) return;
  parameters.seen = shownBy(pollerOf(target));
  if (!target.classList.contains("updates")) return;  // all that follows stops together, and goes on together
  for (const poller of document.querySelectorAll(".poller")) parameters[poller.dataset.shownAs] = shownBy(poller);
});

// A second click while the first is on its way asks for nothing new.
document.body.addEventListener("htmx:confirm", (event) => {
  if (event.target.classList.contains("htmx-request")) event.preventDefault();
});

// Nobody reads a hidden tab. The pollers ask again as soon as the tab is looked at; before that only, and seldom,
// for somebody who wants to be told of the end.
const lastLooks = new Map();
document.body.addEventListener("htmx:beforeRequest", (event) => {
  const { target } = event;
  if (!isPoller(target)) return;
  const tooSoon = Date.now() - (lastLooks.get(target.id) ?? 0) < HIDDEN_LOOK_MS;
  if (document.hidden && (tooSoon || !isToBeTold())) return event.preventDefault();
  lastLooks.set(target.id, Date.now());
});

const failures = new Map();  // by region: how many polls in a row had no answer
let teller = null;  // the one region in which it was said that the server does not answer

document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  const { says } = pollerOf(asker(event)).dataset;
  failures.set(says, 0);
  if (says === teller && event.detail.xhr.responseText.includes(`#${says}`)) teller = null;  // the answer says more
  tellWhenConnected();
});

// Several pollers lose the server together, and find it again one after the other. Either is said once.
function tellWhenConnected() {
  if (!teller || [...failures.values()].some((count) => count >= FAILURES_BEFORE_SAYING)) return;
  tell(teller, words.connectedAgain);
  teller = null;
}

function noAnswer(event) {
  const elt = asker(event);
  if (!isPoller(elt)) return say(elt, words.noAnswer);
  const { says } = elt.dataset;
  failures.set(says, (failures.get(says) || 0) + 1);
  if (teller || failures.get(says) !== FAILURES_BEFORE_SAYING) return;
  teller = says;
  say(elt, words.lost);
}
document.body.addEventListener("htmx:sendError", noAnswer);
document.body.addEventListener("htmx:timeout", noAnswer);
document.body.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status >= 500) return noAnswer(event);
  const { says } = pollerOf(asker(event)).dataset;
  failures.set(says, 0);
  if (says === teller) teller = null;
  refuse(asker(event), event.detail.xhr);
});

// The server said no: signed out, no longer shared, too often. Asking again would not help, so a poll ends.
function refuse(target, xhr) {
  const plain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
  say(target, plain ? xhr.responseText : words.refused);
  if (isPoller(target) && xhr.status !== 429) {
    const ended = target.cloneNode();
    ended.removeAttribute("data-hx-trigger");
    target.replaceWith(ended);
  }
}
