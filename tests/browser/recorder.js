// Runs before anything of the page, and keeps what its reader would notice.
(() => {
  const LIVE = "[aria-live], [role=status], [role=alert], [role=log], output";
  const noticed = { announcements: [], focusins: [], changes: [] };
  window.noticed = noticed;

  const describe = ({ type, target, attributeName, addedNodes, removedNodes }) => {
    const name = (node) => node.id ? `#${node.id}` : node.nodeName;
    return `${type} ${name(target)} ${attributeName || ""} +[${[...addedNodes].map(name)}] -[${[...removedNodes].map(name)}]`;
  };
  const isPoller = (node) => node.id === "summary-poller";
  const ofThePoller = ({ type, target, addedNodes, removedNodes }) =>
    isPoller(target) || (type === "childList" && [...addedNodes, ...removedNodes].every(isPoller));

  // What stands there when the page has been parsed is not announced; every later change of a live region is.
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver((records) => {
      noticed.changes.push(...records.filter((record) => !ofThePoller(record)).map(describe));
      const element = ({ target }) => target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      const regions = new Set(records.filter(({ type }) => type !== "attributes").map((record) => element(record)?.closest(LIVE)));
      for (const { addedNodes } of records) {
        for (const node of addedNodes) if (node.matches?.(LIVE)) regions.add(node);
      }
      for (const region of regions) {
        const text = region?.textContent.trim();
        if (text) noticed.announcements.push(text);
      }
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    window.nodes = Object.fromEntries(
      [...document.querySelectorAll("#summary-status, .summary-controls form, .summary-controls button")]
        .map((node) => [node.id || node.className, node]));
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
})();
