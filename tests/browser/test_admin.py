"""The pages of administrators in a real browser, with JavaScript and without, and on a telephone."""

import os
import subprocess
import sys
import zlib

import pytest
from playwright.sync_api import expect
from redis import Redis

from tests.support import servers

PAGES = ("/admin", "/admin/people", "/admin/work", "/admin/cache")
LONG = f"{'a-very-long-name-' * 3}of-nobody"
PHONE = {"width": 320, "height": 640}


@pytest.fixture(scope="package")
def administrator(running, signed_in):
    """The cookies of Dora, who is an administrator."""
    cookies = signed_in("dora")
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "make-admin", "dora@example.org"]
    subprocess.run(command, cwd=servers.ROOT, env={**os.environ, **running.environment}, check=True)
    return cookies


@pytest.fixture
def dora(reader, administrator):
    return reader("dora", storage_state=administrator).tab()


@pytest.fixture
def plain(reader, administrator):
    """Dora in a browser that runs no JavaScript."""
    return reader("dora", storage_state=administrator, java_script_enabled=False).tab()


def said(tab):
    return tab.page.locator(".flash")


# -- RQ's dashboard: any breach of its CSP fails the test --------------------------------------------------


def test_the_queues_in_redis_are_listed(dora, ada):
    ada.add()
    ada.summarise()
    dora.page.goto("/admin")
    dora.page.get_by_role("link", name="Queues in Redis").click()
    expect(dora.page.locator("table#queues [data-role=queue]", has_text="high")).to_be_visible()
    dora.page.get_by_role("link", name="Workers").click()
    expect(dora.page.locator("table#workers [data-role=worker]", has_text="high").first).to_be_visible()
    dora.page.get_by_role("link", name="Back to").click()
    expect(dora.page.get_by_role("heading", level=1)).to_have_text("How the site does")


def test_a_queue_is_emptied_there_with_the_token_of_the_page(dora):
    dora.page.goto("/admin/queues/0/view/jobs/low/queued/8/asc/1")
    expect(dora.page.locator("table#jobs tbody")).to_contain_text("No jobs.")
    dora.page.locator("#empty-btn").click()
    with dora.page.expect_response("**/queue/low/queued/empty") as answer:
        dora.page.locator("#confirmation-modal-yes").click()
    assert answer.value.json() == {"status": "OK"}


def test_what_a_job_says_of_itself_is_shown_as_text(dora, running):
    redis = Redis.from_url(running.environment["REDIS_URL"])
    odd = {"origin": "<img src=x>", "description": "<b id=bold>x</b>", "created_at": "2026-01-01T00:00:00.000000Z"}
    redis.hset("rq:job:odd", mapping={**odd, "status": "queued", "data": zlib.compress(b'["x", null, [], {}]')})
    dora.page.goto("/admin/queues/0/view/job/odd")
    expect(dora.page.locator("#job-data")).to_contain_text("<b id=bold>x</b>")
    assert dora.page.locator("#job-data :is(img, #bold)").count() == 0
    redis.delete("rq:job:odd")


# -- our own pages -----------------------------------------------------------------------------------------


def test_whoever_signs_up_finds_no_way_there(reader):
    eve = reader("eve").sign_up()
    assert eve.page.get_by_role("link", name="Admin").count() == 0


def test_a_budget_is_set_without_javascript(plain, reader):
    ada = reader("ada")
    ada.sign_up()
    plain.page.goto("/documents")
    plain.page.get_by_role("link", name="Admin").click()
    plain.page.get_by_role("link", name="People").click()
    plain.page.get_by_label("Search addresses").fill(ada.email)
    plain.page.get_by_role("button", name="Search").click()
    plain.page.get_by_role("link", name=ada.email).click()
    plain.page.get_by_label("Dollars a month").fill("much")
    plain.page.get_by_role("button", name="Set the budget").click()
    expect(plain.page.get_by_label("Dollars a month")).to_have_value("much")
    plain.page.get_by_label("Dollars a month").fill("2.50")
    plain.page.get_by_role("button", name="Set the budget").click()
    expect(said(plain)).to_have_text(f"{ada.email} may spend $2.50 a month.")
    plain.forgive("422")


def test_an_account_is_deleted_after_asking_without_javascript(plain, reader):
    ada = reader("ada").sign_up()
    plain.page.goto(f"/admin/people?q={ada.reader.email}")
    plain.page.get_by_role("link", name=ada.reader.email).click()
    plain.page.get_by_role("button", name="Delete the account").click()
    plain.page.get_by_role("button", name="Delete the account and everything in it").click()
    expect(said(plain)).to_contain_text(f"{ada.reader.email} is deleted")
    ada.page.goto("/documents")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_copies_are_forgotten_and_the_summary_is_read_all_the_same_without_javascript(plain, ada):
    document = ada.add()
    ada.summarise()
    plain.page.goto("/admin/cache")
    plain.page.get_by_label("Number of the document").fill(str(document))
    plain.page.get_by_role("button", name="Forget its copies").click()
    expect(said(plain)).to_have_text(f"Forgot 1 copy of summaries of document {document}.")
    ada.open(document).sees("complete")


@pytest.mark.parametrize("address", PAGES)
def test_the_pages_fit_a_telephone_with_addresses_of_any_length(reader, administrator, hold, address):
    someone = reader(LONG).sign_up()
    hold()
    someone.add()
    someone.press("start")
    dora = reader("dora", storage_state=administrator, viewport=PHONE).tab()
    dora.page.goto(address)
    assert dora.overflow() <= 0
    assert dora.small_targets() == []
    someone.stop()


def test_somebody_s_page_fits_a_telephone_too(reader, administrator):
    someone = reader(LONG).sign_up()
    dora = reader("dora", storage_state=administrator, viewport=PHONE).tab()
    dora.page.goto(f"/admin/people?q={someone.reader.email}")
    dora.page.get_by_role("link", name=LONG).click()
    expect(dora.page.get_by_role("heading", level=1)).to_contain_text(LONG)
    assert dora.overflow() <= 0
    assert dora.small_targets() == []
    dora.page.get_by_role("button", name="Delete the account").click()
    expect(dora.page.get_by_role("heading", level=1)).to_have_text("Delete this account?")
    assert dora.overflow() <= 0
