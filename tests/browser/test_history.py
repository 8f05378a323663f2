"""Back, forward and reload show what is true, whether the browser keeps pages in its memory or asks for them anew."""

import secrets
import shutil

import pytest
from playwright.sync_api import expect

from tests.support import servers, stack
from tests.support.reader import Reader

KEEPS_PAGES = {"ignore_default_args": ["--disable-back-forward-cache"]}  # as browsers do that no test drives


@pytest.fixture(scope="module")
def keeping(browser):
    """Another Chromium, which keeps pages in its memory."""
    path = shutil.which("chromium")
    chromium = browser.browser_type.launch(executable_path=path, args=stack.CHROMIUM, **KEEPS_PAGES)
    yield chromium
    chromium.close()


@pytest.fixture(params=[True, False], ids=["kept", "not kept"])
def kept(request):
    return request.param


@pytest.fixture
def ada(request, kept, running, provider):
    """Somebody of her own, with one tab, which notes whether its pages came from memory."""
    chromium = request.getfixturevalue("keeping" if kept else "browser")
    with chromium.new_context(base_url=running.address) as context:
        context.add_init_script("window.cameBack = []; addEventListener('pageshow', (e) => cameBack.push(e.persisted))")
        yield Reader(context, f"{secrets.token_hex(4)}@example.org").sign_up()


def go(tab, steps, address):
    tab.page.evaluate(f"void history.go({steps})")
    tab.page.wait_for_url(address, wait_until="commit")  # a page from memory is not loaded


def test_each_of_them_shows_how_things_stand(ada, hold, running):
    rest = hold()
    document = ada.add()
    ada.press("start")
    ada.reads("The channel")
    ada.page.get_by_role("link", name="Library").click()
    expect(ada.page.locator(".badge").first).to_have_text("Being written")
    rest.set()
    servers.wait_until(lambda: not running.in_progress(), "it is written")
    go(ada, -1, f"**/documents/{document}")
    ada.sees("complete").reads("The channel silted up.")
    go(ada, 1, "**/documents")
    expect(ada.page.locator(".badge").first).to_have_text("Summary ready")
    go(ada, -1, f"**/documents/{document}")
    ada.sees("complete").page.wait_for_load_state()
    ada.page.reload()
    assert ada.text.inner_text() == "The channel silted up."


def test_back_after_an_edit_shows_the_text_of_now(ada):
    document = ada.add()
    ada.edit(document, "A lighthouse stands where the harbour was.")
    go(ada, -2, f"**/documents/{document}")
    expect(ada.page.locator("article")).to_contain_text("A lighthouse stands")


def test_back_after_logging_out_shows_nothing_of_it(ada):
    ada.add(title="Secret plans")
    ada.page.get_by_role("button", name="Log out").click()
    expect(ada.page.get_by_text("You are logged out.")).to_be_visible()
    ada.page.evaluate("void history.back()")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Log in")
    expect(ada.page.get_by_text("Secret plans")).to_have_count(0)


@pytest.mark.parametrize("kept", [True], ids=["kept"])
def test_what_was_being_typed_is_still_there(ada):
    ada.page.goto("/documents/new")
    ada.page.get_by_label("Text").fill("What I was writing.")
    ada.page.get_by_role("link", name="Library").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Library")
    go(ada, -1, "**/documents/new")
    ada.until(lambda: ada.page.evaluate("cameBack") == [False, True], "it comes from memory")
    assert ada.page.get_by_label("Text").input_value() == "What I was writing."
