// What can be done with a summary only where a script runs: copying and printing it.
"use strict";

// What would do nothing without a script is not shown without one; that also holds for what comes in later.
const reveal = (root) => { for (const button of root.querySelectorAll("[data-scripted]")) button.hidden = !serves(button); };
const serves = (button) => button.id !== "summary-tell" || canTell();

document.addEventListener("click", ({ target }) => {
  const pressed = target.closest("button")?.id;
  if (pressed === "summary-print") window.print();
  if (pressed === "summary-copy") copySummary();
  if (pressed === "summary-tell") toggleTelling();
});

async function copySummary() {
  const copied = await copy(document.getElementById("summary-text"));
  tell("summary-status", copied ? words.copied : words.notCopied);
}

// As text and as it looks, so that it can be pasted anywhere. Some browsers, and pages without HTTPS, know only the old way.
async function copy(element) {
  const forms = { "text/plain": asText(element), "text/html": asHTML(element) };
  try {
    const pieces = Object.entries(forms).map(([type, text]) => [type, new Blob([text], { type })]);
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(pieces))]);
    return true;
  } catch {
    return copyTheOldWay(element, forms);
  }
}

// The browser copies what is selected, so the reader's own selection is put back; the focus stays where it is.
function copyTheOldWay(element, forms) {
  const selection = getSelection();
  const before = selection.rangeCount ? selection.getRangeAt(0) : null;
  let copied = false;
  const fill = (event) => {
    for (const [type, text] of Object.entries(forms)) event.clipboardData.setData(type, text);
    event.preventDefault();
    copied = true;
  };
  selection.selectAllChildren(element);
  document.addEventListener("copy", fill);
  const allowed = document.execCommand("copy");
  document.removeEventListener("copy", fill);
  selection.removeAllRanges();
  if (before) selection.addRange(before);
  return allowed && copied;
}

// Points of a list keep their marks.
function asText(element) {
  const point = (item) => `- ${item.innerText}`;
  const block = (node) => (node.matches("ul, ol") ? [...node.children].map(point).join("\n") : node.innerText);
  return element.children.length ? [...element.children].map(block).join("\n\n") : element.innerText;
}

// Links that lead to places of this page lead to this page from elsewhere too.
function asHTML(element) {
  const copy = element.cloneNode(true);
  for (const link of copy.querySelectorAll("a")) link.setAttribute("href", link.href);
  return copy.innerHTML;
}

document.body.addEventListener("htmx:load", ({ target }) => reveal(target));
window.addEventListener("DOMContentLoaded", () => reveal(document));
