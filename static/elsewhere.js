// Tells a person who is in another tab or program how things stand: in the title and, if asked to, by a notification.
"use strict";

const TELLING = "foreword.tell";  // in this browser's own memory
const UNDER_WAY = ["pending", "processing"];

const panel = () => document.getElementById("summary")?.dataset ?? {};
const stateOfSummary = () => document.getElementById("summary-body")?.dataset.state;
const isAway = () => document.hidden || !document.hasFocus();
const setTitle = (title) => { if (title && document.title !== title) document.title = title; };

let stateBefore = stateOfSummary();

function showInTitle() {
  const [before, now] = [stateBefore, stateOfSummary()];
  stateBefore = now;
  if (UNDER_WAY.includes(now)) return setTitle(panel().titleWriting);
  if (!UNDER_WAY.includes(before)) return;
  const ended = { complete: panel().titleComplete, failed: panel().titleFailed }[now] ?? panel().title;
  setTitle(isAway() ? ended : panel().title);
  if (document.hidden && ended !== panel().title) notify(ended);
}

// What was to be told has been seen.
function seeTitle() {
  if (!isAway() && !UNDER_WAY.includes(stateOfSummary())) setTitle(panel().title);
}

document.body.addEventListener("htmx:afterSwap", showInTitle);
document.addEventListener("visibilitychange", seeTitle);
window.addEventListener("focus", seeTitle);
showInTitle();

// -- notifications: chosen in each browser, which asks for permission only when the button is pressed ------------

const canTell = () => "Notification" in window && window.isSecureContext;

function isToBeTold() {
  try {
    return canTell() && Notification.permission === "granted" && localStorage.getItem(TELLING) === "yes";
  } catch {
    return false;  // a browser that keeps nothing for this site
  }
}

async function toggleTelling() {
  if (isToBeTold()) return remember(false);
  remember(await Notification.requestPermission() === "granted");
  if (!isToBeTold()) tell("summary-status", words.notAllowed);
}

function remember(wanted) {
  try {
    if (wanted) localStorage.setItem(TELLING, "yes");
    else localStorage.removeItem(TELLING);
  } catch { /* it stays off */ }
  showTelling();
}

function showTelling() {
  const [button, pressed] = [document.getElementById("summary-tell"), String(isToBeTold())];
  if (button && button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
}

// Several tabs that show the same document show one notification, because it bears the document's address.
function notify(title) {
  if (!isToBeTold()) return;
  try {
    const notification = new Notification(title, { tag: location.pathname });
    notification.onclick = () => { window.focus(); notification.close(); };
  } catch {
    remember(false);  // telephones have the interface, and refuse
  }
}

window.addEventListener("storage", showTelling);
document.body.addEventListener("htmx:load", showTelling);
window.addEventListener("DOMContentLoaded", showTelling);
