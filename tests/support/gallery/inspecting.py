"""What can be found out about a page that is open, whichever it is."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

from tests.support.reader import Tab

# All that axe asks of pages by default, which is WCAG A and AA and its best practices, and this, which it does not.
RULES = {"rules": {"target-size": {"enabled": True}}}
CONTRAST = {"runOnly": ["color-contrast"]}
AXE = """
    async (options) => {
      const { violations } = await axe.run({ resultTypes: ["violations"], ...options });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}: ${failureSummary}`));
    }
"""
# Texts that lie upon one another: of two different elements, and by more than the space that belongs to a line.
OVERLAPS = """
    () => {
      const within = (element, { left, right, top, bottom }) => {
        for (let one = element; one !== document.body; one = one.parentElement) {
          if (getComputedStyle(one).overflowY === "visible") continue;
          const box = one.getBoundingClientRect();
          [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
          [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
        }
        return { left, right, top, bottom };
      };
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const boxes = [];
      while (walker.nextNode()) {
        const text = walker.currentNode, element = text.parentElement;
        if (!text.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
        if (element.closest(".sr-only, .skip-link, svg, option, script, style")) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        for (const box of range.getClientRects()) boxes.push({ box: within(element, box), text });
      }
      boxes.sort((one, other) => one.box.top - other.box.top);
      const found = [];
      boxes.forEach((one, index) => {
        for (const other of boxes.slice(index + 1)) {
          if (other.box.top > one.box.bottom - 5) break;
          if (other.box.bottom - other.box.top < 5) continue;
          const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
          if (one.text !== other.text && across > 2)
            found.push(`${one.text.data.trim().slice(0, 60)} / ${other.text.data.trim().slice(0, 60)}`);
        }
      });
      return found;
    }
"""
# What is cut off where there is no bar to scroll by.
CUT_OFF = """
    () => [...document.querySelectorAll("body *")]
      .filter((element) => element.checkVisibility() && !element.closest(".sr-only, .skip-link, svg, input, select"))
      .filter((element) => {
        const { overflowX, overflowY } = getComputedStyle(element);
        const cut = (overflow) => ["hidden", "clip"].includes(overflow);
        return (cut(overflowX) && element.scrollWidth > element.clientWidth + 1)
          || (cut(overflowY) && element.scrollHeight > element.clientHeight + 1);
      })
      .map((element) => element.outerHTML.slice(0, 200))
"""
# Controls whose edge cannot be seen, though they are no links in a text.
WITHOUT_EDGES = """
    () => [...document.querySelectorAll("button:not(.link), .button, .input, select, textarea")]
      .filter((element) => element.checkVisibility())
      .filter((element) => {
        const style = getComputedStyle(element);
        return style.borderTopStyle === "none" || parseFloat(style.borderTopWidth) < 1
          || /^rgba.* 0\\)$/.test(style.borderTopColor);
      })
      .map((element) => element.outerHTML.slice(0, 200))
"""
# WCAG 2.2, 1.4.12: what a reader may set, by a style sheet of their own.
SPACING = """
    () => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`
        * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
        p { margin-bottom: 2em !important; }
      `);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    }
"""
UNFOLD = "for (const folded of document.querySelectorAll('details')) folded.open = true"


def take_axe(tab: Tab) -> None:
    """Bring axe onto the page. It is evaluated and not loaded, so the page's policy may stay as it is."""
    tab.page.evaluate(AXE_SCRIPT)


def violations(tab: Tab, options: dict[str, Any]) -> list[str]:
    return tab.page.evaluate(AXE, options)


def resize(tab: Tab, width: int, scale: int = 1) -> None:
    """Give the window another width, in CSS pixels, each of which is so many on the screen."""
    size = {"width": width, "height": 800, "deviceScaleFactor": scale, "mobile": False}
    tab.page.context.new_cdp_session(tab.page).send("Emulation.setDeviceMetricsOverride", size)
    tab.page.wait_for_function("width => innerWidth === width", arg=width)


def unfold(tab: Tab) -> None:
    """Open all that is folded."""
    tab.page.evaluate(UNFOLD)


def misfits(tab: Tab) -> list[str]:
    """What does not fit: a page that moves sideways, targets that are too small, texts that lie upon one another."""
    sideways = [f"{tab.overflow()} px too wide"] if tab.overflow() > 0 else []
    return [*sideways, *tab.small_targets(), *tab.page.evaluate(OVERLAPS), *tab.page.evaluate(CUT_OFF)]


def without_edges(tab: Tab) -> list[str]:
    return tab.page.evaluate(WITHOUT_EDGES)


def space_out(tab: Tab) -> None:
    tab.page.evaluate(SPACING)
