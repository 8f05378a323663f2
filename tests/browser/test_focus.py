"""Whichever control has the focus, following a summary leaves it where it is."""

import pytest

from tests.provider import says

# Whatever can be pressed in the panel, shown or not; what is hidden takes the focus once it is shown for it.
CONTROLS = """() => [...document.querySelectorAll("#summary :is(a, button, select, summary)")]
  .filter((element) => element.checkVisibility() && !element.closest("#summary-text"))
  .map((element) => element.id || element.parentElement.id + " > summary")"""
PRESSED = "document.getElementById('summary-regenerate').click()"  # by a script, which moves no focus


@pytest.fixture
def written(ada, provider):
    """A document that has a summary, with everything unfolded."""
    provider.default = says("The channel silted up.", between=0.02)
    ada.add()
    ada.summarise()
    ada.page.locator("#summary-options > summary").click()
    return ada


def test_each_control_in_turn_keeps_the_focus_while_another_take_is_written(written):
    controls = written.page.evaluate(CONTROLS)
    assert {"summary-start", "summary-check", "summary-regenerate", "summary-length", "summary-updates"} <= {*controls}
    assert {"summary-options > summary", "summary-copy", "summary-markdown", "summary-receipt"} <= {*controls}
    for take, control in enumerate(controls, start=2):
        written.page.locator(f"#{control}").focus()
        written.page.evaluate("window.focused = document.activeElement")
        written.forget()
        written.page.evaluate(PRESSED)
        written.until(lambda: written.announcements == ["Summarising The harbour", "Summary ready"], control)
        assert written.page.evaluate("document.activeElement === focused && focused !== document.body"), control
        assert written.page.evaluate("noticed.focusins") == [], (control, take)
