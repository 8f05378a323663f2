// Runs before anything of the page, and keeps what its reader would notice.
(() => {
  const LIVE = "[aria-live], [role=status], [role=alert], [role=log], output";
  const noticed = { announcements: [], speakers: [], focusins: [], changes: [], summaries: [] };
  window.noticed = noticed;

  const describe = ({ type, target, attributeName, addedNodes, removedNodes }) => {
    const name = (node) => node.id ? `#${node.id}` : node.nodeName;
    return `${type} ${name(target)} ${attributeName || ""} +[${[...addedNodes].map(name)}] -[${[...removedNodes].map(name)}]`;
  };
  const isPoller = (node) => node.classList?.contains("poller");
  const CONTROLS = "#summary-status, .summary-controls form, .summary-controls button, #extraction-status, .extraction-controls button";
  window.nodes = {};
  const remember = (root) => {
    for (const node of root.querySelectorAll?.(CONTROLS) ?? []) window.nodes[node.id || node.className] ??= node;
  };
  const ofThePoller = ({ type, target, addedNodes, removedNodes }) =>
    isPoller(target) || (type === "childList" && [...addedNodes, ...removedNodes].every(isPoller));

  // What stands there when the page has been parsed is not announced; every later change of a live region is.
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver((records) => {
      noticed.changes.push(...records.filter((record) => !ofThePoller(record)).map(describe));
      const element = ({ target }) => target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      const regions = new Set(records.filter(({ type }) => type !== "attributes").map((record) => element(record)?.closest(LIVE)));
      for (const { addedNodes } of records) {
        for (const node of addedNodes) {
          if (node.matches?.(LIVE)) regions.add(node);
          for (const inner of node.querySelectorAll?.(LIVE) ?? []) regions.add(inner);
          remember(node);
        }
      }
      for (const region of regions) {
        const text = region?.textContent.trim();
        if (!text) continue;
        noticed.announcements.push(text);
        noticed.speakers.push(region.id);
      }
      const summary = document.getElementById("summary-text")?.textContent.trim();
      if (summary && summary !== noticed.summaries.at(-1)) noticed.summaries.push(summary);
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    remember(document);
  });

  document.addEventListener("focusin", ({ target }) => noticed.focusins.push(target.id), true);
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
    console.error(`CSP: ${violatedDirective} ${blockedURI}`);
  });

  // A tab that is looked away from, for whoever calls lookAway().
  let hidden = false;
  Object.defineProperty(Document.prototype, "hidden", { get: () => hidden });
  Object.defineProperty(Document.prototype, "visibilityState", { get: () => hidden ? "hidden" : "visible" });
  const turn = (away) => () => { hidden = away; document.dispatchEvent(new Event("visibilitychange", { bubbles: true })); };
  window.lookAway = turn(true);
  window.lookBack = turn(false);

  // Between a text and the ground that it really stands on, as WCAG counts it.
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const isOpaque = (node) => (parts(getComputedStyle(node).backgroundColor)[3] ?? 1) === 1;
  const linear = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = (colour) => {
    const [red, green, blue] = parts(colour).map((value) => linear(value / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  window.contrast = (element) => {
    let ground = element;
    while (!isOpaque(ground)) ground = ground.parentElement;
    const lights = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor].map(luminance);
    return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
  };
})();
